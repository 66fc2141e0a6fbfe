"""Who a credential belongs to."""

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.fleet.access import GUEST, Caller, identify
from chalicelib.fleet.errors import FleetError, NotFound, Throttled, Unavailable
from chalicelib.fleet.limits import CREDENTIAL_LENGTH, SESSION_SECONDS, SESSION_SECONDS_MOST
from chalicelib.fleet.passwords import Password
from chalicelib.fleet.tokens import SECONDS_A_DAY as DAY
from chalicelib.fleet.tokens import Kind, Token, hash_of, new_token
from tests.fleet.memory_store import MemoryStore

NOW = 1_795_444_683.5
PASSWORD = Password("", "", n=2, r=1, p=1, generation=1)


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


def add(store: MemoryStore, credential: str, kind: Kind, **details: Any) -> Token:
    token = new_token(credential, kind, NOW, **details)
    store.create_token(token)
    return token


def test_each_kind_of_credential_makes_its_caller(store: MemoryStore) -> None:
    store.set_password(PASSWORD)
    reader = add(store, "reader", "api", scopes=frozenset(["read"]))
    agent = add(store, "agent", "agent", subject=7)
    session = add(store, "session", "session", subject=PASSWORD.generation, expires=int(NOW) + 60)
    assert identify(store, "reader", NOW) == Caller("token", reader.scopes, reader.id)
    assert identify(store, "agent", NOW) == Caller("agent", token_id=agent.id)
    assert identify(store, "session", NOW) == Caller("session", token_id=session.id)
    assert identify(store, "session", NOW, renew=True) == Caller("session", token_id=session.id, renewed=True)


def test_an_expired_credential_makes_a_guest(store: MemoryStore) -> None:
    token = add(store, "reader", "api", expires=int(NOW) + 60)
    assert identify(store, "reader", token.expires - 0.5).kind == "token"
    assert identify(store, "reader", token.expires) == GUEST


@pytest.mark.parametrize("credential", ["", "unknown", "x" * (CREDENTIAL_LENGTH + 1), "\ud800"])
def test_what_nobody_was_given_makes_a_guest(store: MemoryStore, credential: str) -> None:
    assert identify(store, credential, NOW) == GUEST


def test_a_session_of_another_password_makes_a_guest(store: MemoryStore) -> None:
    add(store, "session", "session", subject=PASSWORD.generation, expires=int(NOW) + 60)
    assert identify(store, "session", NOW) == GUEST
    for password, kind in ((PASSWORD, "session"), (replace(PASSWORD, generation=2), "guest")):
        store.set_password(password)
        assert identify(store, "session", NOW).kind == kind


def test_the_day_of_the_last_use_is_stored_once_a_day(store: MemoryStore, monkeypatch: pytest.MonkeyPatch) -> None:
    add(store, "reader", "api")
    for now, day in ((NOW, NOW // DAY), (NOW + 60, NOW // DAY), (NOW + DAY, NOW // DAY + 1)):
        identify(store, "reader", now)
        assert store.all_tokens[hash_of("reader")].last_used == day
    monkeypatch.setattr(store, "mark_used", lambda _: pytest.fail("it was written again"))
    identify(store, "reader", NOW + DAY + 60)


@pytest.mark.parametrize("error", [NotFound("gone", error="token_not_found"), Throttled(), Unavailable()])
def test_a_use_that_cannot_be_stored_keeps_nobody_from_reading(
    store: MemoryStore, monkeypatch: pytest.MonkeyPatch, error: FleetError
) -> None:
    add(store, "reader", "api")

    def fail(_: Token) -> None:
        raise error

    monkeypatch.setattr(store, "mark_used", fail)
    assert identify(store, "reader", NOW).kind == "token"


def test_a_session_is_extended_once_a_day_up_to_180_days_after_it_began(store: MemoryStore) -> None:
    store.set_password(PASSWORD)
    end = int(NOW) + SESSION_SECONDS_MOST
    add(store, "session", "session", subject=PASSWORD.generation, expires=int(NOW) + SESSION_SECONDS)
    for day in range(0, 175, 25):
        now = int(NOW) + day * DAY
        assert identify(store, "session", now, renew=True).renewed
        assert not identify(store, "session", now + 60, renew=True).renewed
        assert store.all_tokens[hash_of("session")].expires == min(now + SESSION_SECONDS, end)
    assert identify(store, "session", end - 1, renew=True).kind == "session"
    assert identify(store, "session", end, renew=True) == GUEST
