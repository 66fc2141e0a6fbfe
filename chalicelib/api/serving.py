"""What every route has in common: who calls, how errors become answers, and the JSON envelope.

A view takes a `Call`, asks who it is from, parses, makes one call into the fleet, and renders. Chalice turns an
exception in a view into a 500 before any middleware sees it, so errors are translated around the view here.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Literal
from urllib.parse import unquote

from chalice.app import Chalice, ChaliceAuthorizer, CORSConfig, Request, Response

from chalicelib.api import cookies
from chalicelib.api.answers import Answer, failure, failure_of
from chalicelib.api.call import Call, View
from chalicelib.api.compression import Compressed, compressed, fits
from chalicelib.api.same_origin import require_same_origin
from chalicelib.api.viewer import viewer_of
from chalicelib.fleet import limits
from chalicelib.fleet.access import GUEST, Action, Caller, identify, may
from chalicelib.fleet.errors import FleetError, Forbidden, TooLarge, Unauthenticated
from chalicelib.fleet.store import Store

log = logging.getLogger(__name__)

ANY_SITE = CORSConfig(allow_origin="*", allow_headers=["Authorization"], max_age=3600)
"""The v0 routes that read are for programs in browsers, too, whatever site they are of. No cookie counts there."""

Method = Literal["GET", "POST", "PATCH", "DELETE"]
Door = Callable[[Request, float], Caller]
"""Who is let in by a request at a time; raises Unauthenticated or Forbidden for whom is not."""


class Service:
    """A Chalice application whose routes are views of `Call`. There are three kinds of routes, by who is let in."""

    def __init__(
        self,
        app: Chalice,
        store: Store,
        authorizer: ChaliceAuthorizer,
        clock: Callable[[], float],
        *,
        compress: bool = False,
        edge_secret: str = "",
        gateway_forgets: Callable[[str, str], object] = lambda _api_id, _stage: None,
    ) -> None:
        """compress: whether large answers are. edge_secret: by which the edge proves itself.

        gateway_forgets: drops what an API's stage remembers of credentials.
        """
        self._app = app
        self._store = store
        self._authorizer = authorizer
        self._clock = clock
        self._compress = compress
        self._edge_secret = edge_secret
        self._gateway_forgets = gateway_forgets
        app.register_middleware(_own_error_shape, "http")

    def open(self, method: Method, path: str, view: View) -> None:
        """A route for anyone. The view asks for `sender` where a credential opens more."""
        self._add(method, path, view, lambda *_: GUEST)

    def guarded(self, method: Method, path: str, view: View, action: Action) -> None:
        """A route behind the custom authorizer, for callers who may do `action`."""

        def let_in(request: Request, _: float) -> Caller:
            caller = _authorized(request)
            # The authorizer refused others already; this holds even where its policy names too much.
            if not may(caller, action):
                raise Forbidden("This credential does not allow that.", error="not_permitted")
            return caller

        self._add(method, path, view, let_in, authorizer=self._authorizer)

    def signed_in(self, method: Method, path: str, view: View) -> None:
        """A route for people's sessions. It reads the cookie itself, so that it works without an edge in front."""

        def let_in(request: Request, now: float) -> Caller:
            credential = cookies.session_in(request.headers.get("cookie"))
            if not credential:
                raise Unauthenticated("Sign in first: POST /api/login.", error="sign_in_required")
            caller = identify(self._store, credential, now, renew=True)
            if not may(caller, "manage"):
                raise Forbidden("Your session has expired; sign in again.", error="session_expired")
            return caller

        self._add(method, path, view, let_in)

    def _add(
        self, method: Method, path: str, view: View, let_in: Door, authorizer: ChaliceAuthorizer | None = None
    ) -> None:
        def handle(**parameters: str) -> Response:
            return self._serve(view, let_in, {name: unquote(value) for name, value in parameters.items()})

        route = self._app.route(
            path,
            methods=[method],
            name=f"{method} {path}",
            authorizer=authorizer,
            # Any content type is taken, as in v0; Chalice looks at it even for GET.
            content_types=["*/*"],
            cors=ANY_SITE if method == "GET" and path.startswith("/api/v1/") else None,
        )
        route(handle)

    def _serve(self, view: View, let_in: Door, parameters: Mapping[str, str]) -> Response:
        request = self._app.current_request
        assert request is not None  # noqa: S101 - Chalice calls views with a request only
        now = self._clock()
        viewer = viewer_of(request, self._edge_secret)
        caller = GUEST
        try:
            with self._store.time_limit():
                caller = let_in(request, now)
                if caller.kind == "session" and request.method != "GET":
                    require_same_origin(request, viewer)
                call = Call(request, self._store, caller, viewer, now, self._gateway_forgets)
                answer = _with_renewed_cookie(view(call, **parameters), call)
            answer = _returnable(answer, request, compress=self._compress)
        except FleetError as error:
            answer = failure_of(error, str(request.context.get("resourcePath", "")))
        _log(request, answer.sender or caller.kind, answer.status)
        return _response(answer)


def _log(request: Request, caller: str, status: int) -> None:
    """One line a request, without anything that could be a credential. Lambda adds the request's id."""
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
    """Who the custom authorizer found."""
    found: Mapping[str, str] = request.context.get("authorizer") or {}
    kind: Any = found.get("kind", "guest")
    scopes: Any = frozenset(found.get("scopes", "").split())
    return Caller(kind, scopes, found.get("token_id", ""))


def _with_renewed_cookie(answer: Answer, call: Call) -> Answer:
    """The session lives on from now; so must the browser's cookie."""
    caller, credential = call.caller, call.session
    if not (caller.renewed and caller.kind == "session" and credential) or "Set-Cookie" in answer.headers:
        return answer
    cookie = cookies.session_cookie(credential, call.viewer.host)
    return replace(answer, headers={**answer.headers, "Set-Cookie": cookie})


def _returnable(answer: Answer, request: Request, *, compress: bool) -> Answer:
    """An answer that Lambda can return. Raises TooLarge when there is none."""
    if fits(answer.body):
        return answer
    if not compress:
        message = "The answer is larger than 6 MB; ask for fewer servers at once with ?id= or ?tag=."
        raise TooLarge(message, error="answer_too_large", limit=limits.ANSWER_BYTES)
    headers = {**answer.headers, "Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
    return replace(answer, body=compressed(answer.body, request.headers), headers=headers)


def _response(answer: Answer) -> Response:
    kind = Compressed if "Content-Encoding" in answer.headers else Response
    # What is here now may be another's a moment later: nobody keeps it unless the answer says so.
    kept = {"Cache-Control": "no-store", "Content-Type": answer.content_type}
    return kind(answer.body, {**kept, **answer.headers}, answer.status)


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
