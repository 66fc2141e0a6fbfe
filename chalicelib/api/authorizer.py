"""The custom authorizer: API Gateway asks it whose an `Authorization` header is, and keeps the answer for 60 s."""

from chalice.app import AuthRequest, AuthResponse, AuthRoute

from chalicelib.fleet.access import Action, identify, may
from chalicelib.fleet.store import Store
from chalicelib.fleet.tokens import credential_in


def _route(method: str, path: str) -> tuple[AuthRoute, ...]:
    # A path may end with a slash: that is the same route, and another resource in a policy.
    return AuthRoute(path, [method]), AuthRoute(f"{path}/", [method])


GUARDED: dict[Action, tuple[AuthRoute, ...]] = {
    "read": (*_route("GET", "/api/v1/server/list"), *_route("GET", "/api/v1/server/details")),
    "register": _route("POST", "/api/v1/server/register"),
}
"""The guarded routes by what they need. API Gateway keeps a policy for every route of the same header, so a policy
names all that the credential opens, not only the route that was asked for."""


def authorize(request: AuthRequest, store: Store, now: float) -> AuthResponse:
    """The policy for a credential, and as its context the caller; an empty policy refuses with 403.

    Raises Exception("Unauthorized"), which API Gateway answers with 401, for a blank header. Any other exception is
    answered with 503: when the database does not answer, nobody is told that their token is wrong.
    """
    credential = credential_in(request.token)
    if not credential:
        raise Exception("Unauthorized")
    with store.time_limit():
        caller = identify(store, credential, now)
    routes: list[str | AuthRoute] = [
        route for action, guarded in GUARDED.items() if may(caller, action) for route in guarded
    ]
    context = {"kind": caller.kind, "scopes": " ".join(sorted(caller.scopes)), "token_id": caller.token_id}
    return AuthResponse(routes, caller.token_id or "guest", context)
