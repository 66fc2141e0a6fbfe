"""Who may do what, for every kind of caller."""

from itertools import product
from typing import Any

import pytest

from chalicelib.fleet.access import GUEST, Action, Caller, CallerKind, may, may_see

READER = Caller("token", frozenset(["read"]))
REGISTRAR = Caller("token", frozenset(["register"]))
FULL = Caller("token", frozenset(["read", "register"]))
BARE = Caller("token")
AGENT = Caller("agent")
SESSION = Caller("session")
EVERYBODY = {
    "guest": GUEST,
    "reader": READER,
    "registrar": REGISTRAR,
    "full": FULL,
    "bare": BARE,
    "agent": AGENT,
    "session": SESSION,
}

ALLOWED: dict[Action, set[str]] = {
    "read": {"reader", "full", "session"},
    "register": {"registrar", "full", "session"},
    "manage": {"session"},
}


@pytest.mark.parametrize(("action", "who"), list(product(ALLOWED, EVERYBODY)))
def test_may(action: Any, who: Any) -> None:
    assert may(EVERYBODY[who], action) == (who in ALLOWED[action])


@pytest.mark.parametrize(
    ("hidden", "public_page", "allowed"),
    [
        (False, True, set(EVERYBODY)),
        (False, False, {"reader", "full", "session"}),
        (True, True, {"reader", "full", "session"}),
        (True, False, {"reader", "full", "session"}),
    ],
)
def test_may_see(hidden: bool, public_page: bool, allowed: Any) -> None:
    seen = {name for name, caller in EVERYBODY.items() if may_see(caller, hidden=hidden, public_page=public_page)}
    assert seen == allowed


@pytest.mark.parametrize("kind", ["guest", "agent"])
def test_scopes_count_for_tokens_only(kind: CallerKind) -> None:
    caller = Caller(kind, frozenset(["read", "register"]))
    assert not any(may(caller, action) for action in ALLOWED)
    assert not may_see(caller, hidden=True)
