"""Who may do what, for every kind of caller."""

from itertools import product

import pytest

from chalicelib.fleet.access import GUEST, Caller, may, may_see

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

ALLOWED = {
    "read": {"reader", "full", "session"},
    "register": {"registrar", "full", "session"},
    "manage": {"session"},
}


@pytest.mark.parametrize(("action", "who"), list(product(ALLOWED, EVERYBODY)))
def test_may(action, who):
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
def test_may_see(hidden, public_page, allowed):
    seen = {name for name, caller in EVERYBODY.items() if may_see(caller, hidden=hidden, public_page=public_page)}
    assert seen == allowed


@pytest.mark.parametrize("kind", ["guest", "agent"])
def test_scopes_count_for_tokens_only(kind):
    caller = Caller(kind, frozenset(["read", "register"]))
    assert not any(may(caller, action) for action in ALLOWED)
    assert not may_see(caller, hidden=True)
