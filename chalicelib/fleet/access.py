"""Who may do what. Every route asks here."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeVar

from chalicelib.fleet import limits
from chalicelib.fleet.errors import Forbidden, NotFound, Throttled, Unavailable
from chalicelib.fleet.servers import Server, not_found
from chalicelib.fleet.store import Store, View
from chalicelib.fleet.tokens import SECONDS_A_DAY, Scope, Token, hash_of, plausible

CallerKind = Literal["guest", "token", "agent", "session"]
Action = Literal["read", "register", "manage"]
Read = TypeVar("Read")


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sends a request.

    scopes: of a token. token_id: names the credential in logs. renewed: whether a session was just extended.
    """

    kind: CallerKind = "guest"
    scopes: frozenset[Scope] = frozenset()
    token_id: str = ""
    renewed: bool = False


GUEST = Caller()


def identify(store: Store, credential: str, now: float, *, renew: bool = False) -> Caller:
    """Who a credential belongs to now; an unknown or expired one belongs to a guest.

    Stores the day of a token's use. With `renew` it extends a session; use that only where the answer can extend the
    cookie, too. Raises Unavailable or Throttled when the database cannot tell.
    """
    token = store.token(hash_of(credential)) if plausible(credential) else None
    if token is None or token.expired(now):
        return GUEST
    if token.kind == "agent":
        return Caller("agent", token_id=token.id)
    if token.kind == "session" and not _made_with_this_password(store, token):
        return GUEST
    if token.kind == "session":
        return Caller("session", token_id=token.id, renewed=renew and _mark_used(store, token, now))
    _mark_used(store, token, now)
    return Caller("token", token.scopes, token.id)


def _made_with_this_password(store: Store, session: Token) -> bool:
    password = store.password()
    return password is not None and session.subject == password.generation


def _mark_used(store: Store, token: Token, now: float) -> bool:
    """Stores the day's first use of a token, which also extends a session. Returns whether it did."""
    today = int(now) // SECONDS_A_DAY
    if token.last_used >= today:
        return False
    expires = token.expires
    if token.kind == "session":
        expires = min(int(now) + limits.SESSION_SECONDS, token.created + limits.SESSION_SECONDS_MOST)
    try:
        store.mark_used(replace(token, last_used=today, expires=expires))
    except (NotFound, Throttled, Unavailable):
        return False  # a busy database must not keep anybody from reading; the next request tries again
    return True


def may(caller: Caller, action: Action) -> bool:
    """Whether a caller may read every server, register one, or manage the dashboard."""
    if caller.kind == "session":
        return True
    return caller.kind == "token" and action in caller.scopes


def may_see(caller: Caller, *, hidden: bool, public_page: bool = True) -> bool:
    """Whether a caller may see one server and its ping series.

    Callers who may read everything see all servers. Anyone else, whatever credential they send, sees what guests see:
    the servers that are not hidden, while the public page is on.
    """
    return may(caller, "read") or (public_page and not hidden)


def visible_servers(view: View, caller: Caller) -> Sequence[Server]:
    """The servers that a caller may see, in the default order.

    Raises Forbidden for anyone who sees only what guests see, while the public page is off.
    """
    if may(caller, "read"):
        return view.fleet.ordered
    if not view.settings.public_page:
        raise Forbidden(
            "The public page is off; sign in, or send a token with the read scope, to see the servers.",
            error="page_private",
        )
    return [server for server in view.fleet.ordered if may_see(GUEST, hidden=server.hide_for_guest)]


def public_ids(view: View) -> frozenset[int]:
    """The IDs of the servers that guests may see while the public page is on."""
    return frozenset(id_ for id_, server in view.fleet.by_id.items() if may_see(GUEST, hidden=server.hide_for_guest))


def read_of_server(
    store: Store, server_id: int, who: Callable[[], Caller], read: Callable[[], Read]
) -> tuple[View, Server, Read]:
    """A view, the server, and the result of `read`. Raises as `visible_server` does.

    If guests may not see the server, `read` is called only once the caller is known to have access. Otherwise, its
    duration and its failures would reveal which IDs exist.
    """
    if store.was_public(server_id):
        view, found = store.view_and(read)
        return view, visible_server(view, server_id, who), found
    view, caller = store.view_and(who)
    server = visible_server(view, server_id, lambda: caller)
    return view, server, read()


def visible_server(view: View, server_id: int, who: Callable[[], Caller]) -> Server:
    """The server, if the caller may see it.

    Raises Forbidden when the caller may not see it. Where no such server exists, raises NotFound for callers who may
    read everything and the same Forbidden for anyone else, so that nobody can probe which IDs exist. Calls `who` only
    where guests may not see the server.
    """
    # Both are read for every ID, so that a request for a hidden server reads as much as one for a missing server.
    server, public_page = view.fleet.by_id.get(server_id), view.settings.public_page
    if server and may_see(GUEST, hidden=server.hide_for_guest, public_page=public_page):
        return server
    if not may(who(), "read"):
        raise Forbidden(
            "This server does not exist or is not visible to guests. Sign in, or send a token with the read scope.",
            error="server_private",
        )
    if server is None:
        raise not_found(server_id)
    return server
