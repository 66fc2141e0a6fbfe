"""Who may do what: the table of DESIGN's callers, in one place. Every route asks here."""

from dataclasses import dataclass
from typing import Literal

from chalicelib.fleet.tokens import Scope, Token

CallerKind = Literal["guest", "token", "agent", "session"]
Action = Literal["read", "register", "manage"]


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sends a request. `scopes` counts for tokens only; `token_id` names the credential in logs."""

    kind: CallerKind = "guest"
    scopes: frozenset[Scope] = frozenset()
    token_id: str = ""


GUEST = Caller()


def caller_of(token: Token | None, now: float) -> Caller:
    """The caller that a looked-up credential makes; an unknown or expired one makes a guest."""
    if token is None or token.expired(now):
        return GUEST
    kinds: dict[str, CallerKind] = {"api": "token", "agent": "agent", "session": "session"}
    return Caller(kinds[token.kind], token.scopes, token.id)


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
