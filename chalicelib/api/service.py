"""What every route has in common: who calls, how errors become answers, and the JSON envelope.

A view takes a `Call`, asks who it is from, parses, makes one call into the fleet, and renders. Chalice turns an
exception in a view into a 500 before any middleware sees it, so errors are translated around the view here.
"""

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import unquote

from chalice.app import Chalice, ChaliceAuthorizer, Request, Response

from chalicelib.api.v0 import json_text
from chalicelib.fleet import limits
from chalicelib.fleet.access import GUEST, Action, Caller, caller_of, may
from chalicelib.fleet.errors import (
    FleetError,
    Forbidden,
    InvalidInput,
    NotFound,
    Throttled,
    TooLarge,
    Unauthenticated,
    Unavailable,
)
from chalicelib.fleet.store import Store
from chalicelib.fleet.tokens import credential_in, hash_of, plausible

STATUSES: Mapping[type[FleetError], int] = {
    InvalidInput: 400,
    Unauthenticated: 401,
    Forbidden: 403,
    NotFound: 404,
    TooLarge: 413,
    Throttled: 429,
    Unavailable: 503,
}
"""The HTTP status of each error. The body's code equals it, but for 401: v0 clients test for 403."""

RETRY_AFTER_SECONDS = {429: 1, 503: 5}

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Answer:
    body: str
    status: int = 200
    content_type: str = "application/json; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)


def success(result_json: str, code: int = 0) -> Answer:
    """v0's envelope around a `result` that is JSON text already."""
    return Answer(f'{{"code":{code},"message":"success","result":{result_json}}}')


def failure(status: int, message: str, headers: Mapping[str, str] | None = None) -> Answer:
    """The shape of every error, also of those that are not made by this application."""
    seconds = RETRY_AFTER_SECONDS.get(status)
    retry = {"Retry-After": str(seconds)} if seconds else {}
    body = json_text({"code": 403 if status == 401 else status, "message": message})
    return Answer(body, status, headers={**retry, **(headers or {})})


@dataclass(frozen=True)
class Call:
    """One request being served. now: Unix seconds, read once. interval: s between two reports of an agent."""

    request: Request
    store: Store
    now: float
    interval: int

    @property
    def caller(self) -> Caller:
        """Who the custom authorizer found, on a route that it guards."""
        found: Mapping[str, str] = self.request.context.get("authorizer") or {}
        kind: Any = found.get("kind", "guest")
        scopes: Any = frozenset(found.get("scopes", "").split())
        return Caller(kind, scopes, found.get("token_id", ""))

    def require(self, action: Action) -> None:
        """The authorizer refused others already; this holds even where a route was left unguarded by mistake."""
        if not may(self.caller, action):
            raise Forbidden("This credential does not allow that.")

    @property
    def credential(self) -> str:
        """The raw credential of the Authorization header, on a route without the authorizer; "" for none."""
        return credential_in(self.request.headers.get("authorization"))

    def sender(self) -> Caller:
        """Who the Authorization header names, on a route without the authorizer; a bad credential counts as none."""
        if not plausible(self.credential):
            return GUEST
        return caller_of(self.store.token(hash_of(self.credential)), self.now)

    def query(self, name: str) -> str:
        """A query parameter, "" when absent; of several the first counts, as in v0."""
        parameters = self.request.query_params
        return str(parameters.getlist(name)[0]) if parameters and name in parameters else ""

    @property
    def body(self) -> bytes:
        raw = self.request.raw_body
        return raw if isinstance(raw, bytes) else raw.encode()

    @property
    def client_ip(self) -> str:
        """The peer's address as API Gateway saw it; no header is believed."""
        return str(self.request.context.get("identity", {}).get("sourceIp", ""))


View = Callable[..., Answer]


class Service:
    """A Chalice application whose routes are views of `Call`."""

    def __init__(
        self,
        app: Chalice,
        store: Store,
        authorizer: ChaliceAuthorizer,
        clock: Callable[[], float],
        interval: int,
    ) -> None:
        self._app = app
        self._store = store
        self._authorizer = authorizer
        self._clock = clock
        self._interval = interval
        app.register_middleware(_own_error_shape, "http")

    def route(self, method: Literal["GET", "POST"], path: str, *, guarded: bool) -> Callable[[View], View]:
        """Adds a view; `guarded` puts the custom authorizer before it. Path parameters come decoded."""

        def add(view: View) -> View:
            def handle(**parameters: str) -> Response:
                return self._serve(view, {name: unquote(value) for name, value in parameters.items()})

            handle.__name__ = view.__name__
            # Any content type is taken, as in v0. Chalice looks at it even for GET.
            self._app.route(
                path,
                methods=[method],
                name=view.__name__,
                authorizer=self._authorizer if guarded else None,
                content_types=["*/*"],
            )(handle)
            return view

        return add

    def _serve(self, view: View, parameters: Mapping[str, str]) -> Response:
        request = self._app.current_request
        assert request is not None  # noqa: S101 - Chalice calls views with a request only
        call = Call(request, self._store, self._clock(), self._interval)
        try:
            with self._store.time_limit():
                answer = view(call, **parameters)
            _check_size(answer.body)
        except FleetError as error:
            answer = failure(STATUSES[type(error)], error.message)
        return _response(answer)


def _check_size(body: str) -> None:
    """Raises TooLarge when Lambda could not return this.

    Lambda escapes the body into a JSON text of its own, where a character takes up to 12; most answers are so small
    that they need not be measured.
    """
    if len(body) * 12 > limits.ANSWER_BYTES and len(json.dumps(body)) > limits.ANSWER_BYTES:
        raise TooLarge("The answer is larger than 6 MB; ask for fewer servers at once with ?id= or ?tag=.")


def _response(answer: Answer) -> Response:
    return Response(answer.body, {"Content-Type": answer.content_type, **answer.headers}, answer.status)


def _own_error_shape(event: Request, get_response: Callable[[Request], Response]) -> Response:
    """Gives the errors that Chalice makes by itself (wrong method, a view that crashed) the shape of all others."""
    response = get_response(event)
    if not (isinstance(response.body, dict) and "Code" in response.body):
        return response
    message = str(response.body["Message"])
    if response.status_code == 500:
        message = "The dashboard failed at this; its log says why."
    elif response.status_code == 405:
        message = "This path does not take that method."
    kept = {name: str(value) for name, value in response.headers.items() if name == "Allow"}
    return _response(failure(response.status_code, message, kept))
