"""A credential that ends is flushed from API Gateway's authorizer cache, which would accept it for another minute."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from chalice.app import AuthRequest, AuthResponse, Chalice

from benchmarks.events import event
from benchmarks.watched_store import WatchedStore
from chalicelib.api.routes import ROUTES
from chalicelib.api.serving import Api
from chalicelib.fleet import sign_in, tokens
from tests.api.people.panel import PASSWORD, PASSWORD_TEXT, SAME_ORIGIN
from tests.support.dashboard import NOW

Gateway = Callable[..., int]


@pytest.fixture
def flushed() -> list[tuple[str, str]]:
    """API and stage of each flush."""
    return []


@pytest.fixture
def cookie(store: WatchedStore) -> str:
    store.set_password(PASSWORD)
    return f"nezha-dashboard={sign_in.sign_in(store, PASSWORD_TEXT, '127.0.0.1', NOW)}"


@pytest.fixture
def send(store: WatchedStore, flushed: list[tuple[str, str]], cookie: str) -> Gateway:
    """Sends what a signed-in person's page sends, and returns the status."""
    app = Chalice(app_name="test", configure_logs=False)

    @app.authorizer()
    def authorizer(_: AuthRequest) -> AuthResponse:
        return AuthResponse([], "nobody")

    def flush(api: str, stage: str) -> None:
        flushed.append((api, stage))

    api = Api(app, store, authorizer, lambda: NOW, report_interval=10, flush=300, gateway_forgets=flush)
    api.add(ROUTES)

    def ask(method: str, resource: str, body: object = None, *, path_id: str = "", deployed: bool = True) -> int:
        request = event(method, resource, json.dumps(body), path_id=path_id)
        request["headers"] = {**SAME_ORIGIN, "cookie": cookie}
        if deployed:
            request["requestContext"].update(apiId="abc", stage="prod")
        answer: Any = app(request, None)
        return int(answer["statusCode"])

    return ask


def test_deleting_a_token_flushes_the_cache(store: WatchedStore, send: Gateway, flushed: list[tuple[str, str]]) -> None:
    token, _ = tokens.create(store, NOW)
    assert send("DELETE", "/api/token/{id}", path_id=token.id) == 200
    assert flushed == [("abc", "prod")]


def test_signing_out_flushes_the_cache(send: Gateway, flushed: list[tuple[str, str]]) -> None:
    assert send("POST", "/api/logout") == 200
    assert flushed == [("abc", "prod")]


def test_a_new_password_flushes_the_cache(send: Gateway, flushed: list[tuple[str, str]]) -> None:
    assert send("POST", "/api/password", {"current": PASSWORD_TEXT, "new": "another long password"}) == 200
    assert flushed == [("abc", "prod")]


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (("DELETE", "/api/token/{id}"), 404),
        (("POST", "/api/password", {"current": "wrong password", "new": "another long password"}), 400),
    ],
)
def test_what_ends_no_credential_flushes_nothing(
    send: Gateway, flushed: list[tuple[str, str]], request_: tuple[Any, ...], status: int
) -> None:
    assert send(*request_, path_id="0123456789abcdef") == status
    assert flushed == []


def test_without_api_gateway_nothing_is_flushed(send: Gateway, flushed: list[tuple[str, str]]) -> None:
    assert send("POST", "/api/logout", deployed=False) == 200
    assert flushed == []
