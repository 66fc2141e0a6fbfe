"""The custom authorizer: tells API Gateway who an `Authorization` header belongs to, which it caches for 60 s."""

import re
from collections.abc import Iterable, Mapping, Sequence

from chalice.app import AuthRequest, AuthResponse, AuthRoute

from chalicelib.api.route import Route
from chalicelib.fleet.access import Action, identify, may
from chalicelib.fleet.store import Store
from chalicelib.fleet.tokens import credential_in

Guarded = Mapping[Action, Sequence[AuthRoute]]


def guarded(routes: Iterable[Route]) -> Guarded:
    """The routes behind the authorizer, by the action that a caller must be allowed."""
    found: dict[Action, list[AuthRoute]] = {}
    for route in routes:
        if route.access.action:
            # A path may end with a slash: that is the same route, but another resource in a policy. Policies have no
            # parameters, so * stands for one. It may match more, but the route itself checks the caller again.
            resource = re.sub(r"\{\w+\}", "*", route.path)
            paths = (resource, f"{resource}/")
            found.setdefault(route.access.action, []).extend(AuthRoute(path, [*route.methods]) for path in paths)
    return found


def authorize(request: AuthRequest, store: Store, now: float, routes: Guarded) -> AuthResponse:
    """The policy for a credential, with the caller as its context. API Gateway turns an empty policy into a 403.

    API Gateway reuses a policy for every route that gets the same header, so a policy lists everything that the
    credential opens, not only the requested route. Raises Exception("Unauthorized") for a blank header, which API
    Gateway turns into a 401. Any other exception becomes a 503: while the database does not answer, no client is told
    that its token is wrong.
    """
    credential = credential_in(request.token)
    if not credential:
        raise Exception("Unauthorized")
    with store.time_limit():
        caller = identify(store, credential, now)
    opened: list[str | AuthRoute] = [route for action, some in routes.items() if may(caller, action) for route in some]
    context = {"kind": caller.kind, "scopes": " ".join(sorted(caller.scopes)), "token_id": caller.token_id}
    return AuthResponse(opened, caller.token_id or "guest", context)
