"""Serving routes with Chalice: letting callers in, and turning a view's answer or error into a response.

A view takes a `Call`, reads its fields, makes one call into the fleet, and renders. Chalice turns an exception in a
view into a 500 before any middleware sees it, so errors are translated around the view here.
"""

import logging
from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import unquote

from chalice.app import Chalice, ChaliceAuthorizer, CORSConfig, Request, Response

from chalicelib.api import cookies
from chalicelib.api.answers import Answer, failure, failure_of
from chalicelib.api.call import Call
from chalicelib.api.compression import Encoded, compressed, fits
from chalicelib.api.route import NEVER, Route
from chalicelib.api.same_origin import require_own_page
from chalicelib.api.security_headers import SECURITY_HEADERS
from chalicelib.api.viewer import viewer_of
from chalicelib.fleet import limits
from chalicelib.fleet.access import GUEST, Caller, identify, may
from chalicelib.fleet.errors import FleetError, Forbidden, TooLarge, Unauthenticated
from chalicelib.fleet.store import Store

log = logging.getLogger(__name__)

ANY_SITE = CORSConfig(allow_origin="*", allow_headers=["Authorization"], max_age=3600)
"""Pages of any site may read these routes, but cookies do not count there."""


class Api:
    """A Chalice application that serves routes."""

    def __init__(
        self,
        app: Chalice,
        store: Store,
        authorizer: ChaliceAuthorizer | None,
        clock: Callable[[], float],
        *,
        report_interval: int,
        flush: int,
        report_url: str = "",
        state_units: float = 0,
        compress: bool = False,
        edge_secret: str = "",
        gateway_forgets: Callable[[str, str], object] = lambda _api_id, _stage: None,
        try_channel: Callable[[int], str] = lambda _channel_id: "nothing here sends messages",
        local: bool = False,
    ) -> None:
        """report_interval: seconds that agents are told to wait between two reports. flush: seconds that they are told
        to wait between two flushes of minutes and pings. report_url: where they are told to report, "" for the
        dashboard's own URL. state_units: write units a second that all states may consume, 0 for no limit.

        authorizer: for the routes behind it; None if there are none. compress: whether to compress large answers.
        edge_secret: proves that a request came through the edge. gateway_forgets: flushes the authorizer cache of an
        API's stage. try_channel: sends a test message to a channel and returns what went wrong, "" for nothing.
        local: whether this runs under `make run`, where nothing is billed.
        """
        self._app = app
        self._store = store
        self._authorizer = authorizer
        self._clock = clock
        self._report_interval = report_interval
        self._flush = flush
        self._report_url = report_url
        self._state_units = state_units
        self._compress = compress
        self._edge_secret = edge_secret
        self._gateway_forgets = gateway_forgets
        self._try_channel = try_channel
        self._local = local
        app.register_middleware(_own_error_shape, "http")
        # Otherwise Chalice refuses to send a picture to clients that accept image/*; API Gateway sends it.
        app.api.binary_types.remove("image/png")

    def add(self, routes: Iterable[Route]) -> None:
        for route in routes:
            self._add(route)

    def _add(self, route: Route) -> None:
        def handle(**parameters: str) -> Response:
            return self._serve(route, {name: unquote(value) for name, value in parameters.items()})

        register = self._app.route(
            route.path,
            methods=[*route.methods],
            name=route.name,
            authorizer=self._authorizer if route.access.door == "authorizer" else None,
            # Any content type is accepted, as in v0; Chalice checks it even for GET.
            content_types=["*/*"],
            cors=ANY_SITE if route.any_site else None,
        )
        register(handle)

    def _serve(self, route: Route, parameters: Mapping[str, str]) -> Response:
        request = self._app.current_request
        assert request is not None  # noqa: S101 - Chalice calls views with a request only
        now = self._clock()
        viewer = viewer_of(request, self._edge_secret)
        caller = GUEST
        try:
            with self._store.time_limit():
                caller = self._let_in(route, request, now)
                changes_with_a_session = caller.kind == "session" and route.method != "GET"
                if changes_with_a_session or route.access.own_pages:
                    require_own_page(request.headers, viewer, stated=changes_with_a_session)
                call = Call(
                    route,
                    request,
                    self._store,
                    caller,
                    viewer,
                    now,
                    self._report_interval,
                    self._flush,
                    self._report_url,
                    self._state_units,
                    self._gateway_forgets,
                    self._try_channel,
                    self._local,
                )
                answer = _with_renewed_cookie(route.view(call, **parameters), call)
            answer = _returnable(answer, request, compress=self._compress)
        except FleetError as error:
            answer = failure_of(error, route.path)
        _log(request, answer.sender or caller.kind, answer.status)
        if request.method == "HEAD":
            answer = _without_body(answer)
        return response_of(answer, route.cache.control if answer.status < 400 else NEVER.control)

    def _let_in(self, route: Route, request: Request, now: float) -> Caller:
        """The caller; a guest on an open route. Raises Unauthenticated or Forbidden for anyone who may not call it."""
        if route.access.door == "session":
            # Read from the cookie, so that it works without an edge in front.
            return self._person(cookies.session_in(request.headers.get("cookie")), now)
        if route.access.door == "open":
            return GUEST
        caller = _authorized(request)
        # The authorizer has already refused anyone else; this check also holds where its policy matches too much.
        if route.access.action is None or not may(caller, route.access.action):
            raise Forbidden("This credential does not allow that.", error="not_permitted")
        return caller

    def _person(self, credential: str, now: float) -> Caller:
        if not credential:
            raise Unauthenticated("Sign in first: POST /api/login.", error="sign_in_required")
        caller = identify(self._store, credential, now, renew=True)
        if not may(caller, "manage"):
            raise Forbidden("Your session has expired; sign in again.", error="session_expired")
        return caller


def _log(request: Request, caller: str, status: int) -> None:
    """Logs one line per request, with nothing in it that could be a credential. Lambda adds the request's ID."""
    route = request.context.get("resourcePath", "")
    log.log(
        logging.WARNING if status >= 500 else logging.INFO,
        "%s %s %s",
        request.method,
        route,
        status,
        extra={"method": request.method, "route": route, "status": status, "caller": caller},
    )


def _authorized(request: Request) -> Caller:
    """The caller that the custom authorizer identified."""
    found: Mapping[str, str] = request.context.get("authorizer") or {}
    kind: Any = found.get("kind", "guest")
    scopes: Any = frozenset(found.get("scopes", "").split())
    return Caller(kind, scopes, found.get("token_id", ""))


def _with_renewed_cookie(answer: Answer, call: Call) -> Answer:
    """Renews the browser's cookie if the session was renewed."""
    caller, credential = call.caller, call.session
    if not (caller.renewed and caller.kind == "session" and credential) or "Set-Cookie" in answer.headers:
        return answer
    cookie = cookies.session_cookie(credential, call.viewer.host)
    return answer._replace(headers={**answer.headers, "Set-Cookie": cookie})


def _returnable(answer: Answer, request: Request, *, compress: bool) -> Answer:
    """The answer in a form that Lambda can return. Raises TooLarge if there is none."""
    if isinstance(answer.body, bytes) or fits(answer.body):
        return answer
    if not compress:
        message = "The answer is larger than 6 MB; ask for fewer servers at once with ?id= or ?tag=."
        raise TooLarge(message, error="answer_too_large", limit=limits.ANSWER_BYTES)
    headers = {**answer.headers, "Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
    return answer._replace(body=compressed(answer.body, request.headers), headers=headers)


def _without_body(answer: Answer) -> Answer:
    """The answer to HEAD: GET's without its body, whose length is in Content-Length.

    API Gateway passes this length on under another name; local/api_gateway.py passes it on as it is.
    """
    body = answer.body if isinstance(answer.body, bytes) else answer.body.encode()
    return answer._replace(body="", headers={**answer.headers, "Content-Length": str(len(body))})


def response_of(answer: Answer, cache_control: str = NEVER.control) -> Response:
    """The answer as a response of Chalice, with the headers that every answer has."""
    usual = {**SECURITY_HEADERS, "Cache-Control": cache_control, "Content-Type": answer.content_type}
    headers: dict[str, str | list[str]] = {**usual, **answer.headers}
    if isinstance(answer.body, bytes):
        return Encoded(b64encode(answer.body).decode(), headers, answer.status)
    return Response(answer.body, headers, answer.status)


def _own_error_shape(event: Request, get_response: Callable[[Request], Response]) -> Response:
    """Gives Chalice's own errors (for a wrong method, or a view that crashed) the shape that all errors have."""
    response = get_response(event)
    if not (isinstance(response.body, dict) and "Code" in response.body):
        return response
    message = str(response.body["Message"])
    if response.status_code == 500:
        message = "The server failed to handle this request; its log says why."
    elif response.status_code == 405:
        message = "This path does not support this method."
    kept = {name: str(value) for name, value in response.headers.items() if name == "Allow"}
    return response_of(failure(response.status_code, message, kept))
