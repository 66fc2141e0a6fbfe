"""Who may do what: the table of DESIGN's callers, in one place. Every route asks here."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from chalicelib.fleet.errors import Forbidden, NotFound, Throttled, Unavailable
from chalicelib.fleet.servers import Server
from chalicelib.fleet.store import Store, View
from chalicelib.fleet.tokens import Scope, Token, hash_of, plausible

CallerKind = Literal["guest", "token", "agent", "session"]
Action = Literal["read", "register", "manage"]


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sends a request.

    scopes: of a token. token_id: names the credential in logs. renewed: whether a session was just prolonged.
    """

    kind: CallerKind = "guest"
    scopes: frozenset[Scope] = frozenset()
    token_id: str = ""
    renewed: bool = False


GUEST = Caller()


def identify(store: Store, credential: str, now: float, *, renew: bool = False) -> Caller:
    """Who a credential belongs to, as of this moment; an unknown or expired one belongs to a guest.

    Keeps the day of a token's use, and with `renew` prolongs a session: only where the answer can prolong its cookie
    too. Raises Unavailable or Throttled when the database cannot tell.
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
    try:
        return store.mark_used(token, int(now))
    except (Throttled, Unavailable):
        return False  # a busy database must not keep anybody from reading; the next request tries again


def may(caller: Caller, action: Action) -> bool:
    """Whether a caller may read every server, register one, or manage the dashboard."""
    if caller.kind == "session":
        return True
    return caller.kind == "token" and action in caller.scopes


def may_see(caller: Caller, *, hidden: bool, public_page: bool = True) -> bool:
    """Whether a caller may see one server and its ping series.

    Hidden servers are for those who may read everything. The rest is open to anyone with a valid credential of any
    kind, and to guests while the public page is on.
    """
    if may(caller, "read"):
        return True
    return not hidden and (public_page or caller.kind != "guest")


def visible_server(view: View, server_id: int, who: Callable[[], Caller]) -> Server:
    """The server whose ping series is asked for; raises NotFound, or Forbidden when the caller may not see it.

    Asks `who` it is only where a guest may not see the server.
    """
    server = view.fleet.by_id.get(server_id)
    if server is None:
        raise NotFound(f"There is no server {server_id}.")
    hidden, public_page = server.hide_for_guest, view.settings.public_page
    if may_see(GUEST, hidden=hidden, public_page=public_page) or may_see(who(), hidden=hidden, public_page=public_page):
        return server
    raise Forbidden("This server is not open to guests; sign in, or send a token that may read.")
