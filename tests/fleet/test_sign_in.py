"""Signing in and out, and how guesses are counted and slowed down."""

import hashlib
from collections.abc import Callable

import pytest

from chalicelib.fleet import limits, passwords
from chalicelib.fleet.access import identify
from chalicelib.fleet.errors import Forbidden, InvalidInput, Throttled
from chalicelib.fleet.passwords import Password
from chalicelib.fleet.sign_in import change_password, set_password, sign_in, sign_out
from chalicelib.fleet.tokens import hash_of, new_token
from tests.fleet.memory_store import MemoryStore

NOW = 1_795_444_683.5
WINDOW = limits.ATTEMPTS_WINDOW_SECONDS
RIGHT, WRONG = "the right one", "the wrong one"
HOME, CAFE = "192.0.2.1", "198.51.100.7"


def no_pause(_: float) -> None:
    pass


def cheap(text: str, generation: int = 7) -> Password:
    """A password that is checked in no time, as scrypt's cost is kept beside it."""
    digest = hashlib.scrypt(text.encode(), salt=bytes(16), n=2, r=1, p=1).hex()
    return Password(digest, bytes(16).hex(), 2, 1, 1, generation)


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore(stored_password=cheap(RIGHT))


def guess(store: MemoryStore, address: str = HOME, now: float = NOW, pause: Callable[[float], None] = no_pause) -> None:
    with pytest.raises(Forbidden):
        sign_in(store, WRONG, address, now, pause)


def test_the_right_password_begins_a_session(store: MemoryStore) -> None:
    credential = sign_in(store, RIGHT, HOME, NOW, no_pause)
    token = store.all_tokens[hash_of(credential)]
    assert (token.kind, token.subject, token.created) == ("session", 7, int(NOW))
    assert token.expires == int(NOW) + limits.SESSION_SECONDS
    assert identify(store, credential, NOW).kind == "session"


@pytest.mark.parametrize("password", [WRONG, "", RIGHT + " ", RIGHT.upper(), "x" * (limits.PASSWORD_LENGTH_MOST + 1)])
def test_a_wrong_password_is_forbidden_and_begins_nothing(store: MemoryStore, password: str) -> None:
    with pytest.raises(Forbidden) as caught:
        sign_in(store, password, HOME, NOW, no_pause)
    assert (caught.value.error, caught.value.field) == ("wrong_password", "password")
    assert store.all_tokens == {}


def test_without_a_password_nobody_signs_in() -> None:
    with pytest.raises(Forbidden) as caught:
        sign_in(MemoryStore(), "", HOME, NOW, no_pause)
    assert caught.value.error == "password_not_set"


def test_an_address_may_guess_so_often_and_then_costs_no_hash_until_the_window_ends(store: MemoryStore) -> None:
    for _ in range(limits.ATTEMPTS_AN_ADDRESS):
        guess(store)
    store.stored_password = None  # who looked for it would say so
    with pytest.raises(Throttled) as caught:
        sign_in(store, WRONG, HOME, NOW, no_pause)
    assert caught.value.error == "too_many_attempts"
    assert caught.value.retry_after == WINDOW - int(NOW) % WINDOW


def test_another_address_is_not_held_up(store: MemoryStore) -> None:
    for _ in range(limits.ATTEMPTS_AN_ADDRESS + 1):
        store.count_attempt(HOME, NOW)
    assert sign_in(store, RIGHT, CAFE, NOW, no_pause)


def test_the_next_window_begins_at_nothing(store: MemoryStore) -> None:
    for _ in range(limits.ATTEMPTS_AN_ADDRESS):
        guess(store)
    later = (int(NOW) // WINDOW + 1) * WINDOW
    assert sign_in(store, RIGHT, HOME, later, no_pause)


def test_all_addresses_together_are_slowed_down_but_never_shut_out(store: MemoryStore) -> None:
    pauses: list[float] = []
    for number in range(limits.ATTEMPTS_UNHURRIED + 40):
        guess(store, f"198.51.100.{number}", pause=pauses.append)
    assert pauses[: limits.ATTEMPTS_UNHURRIED] == [0] * limits.ATTEMPTS_UNHURRIED
    assert pauses[limits.ATTEMPTS_UNHURRIED] == limits.ATTEMPT_PAUSE_SECONDS
    assert pauses == sorted(pauses)
    assert pauses[-1] == limits.ATTEMPT_PAUSE_MOST_SECONDS
    assert sign_in(store, RIGHT, HOME, NOW, pauses.append)


def test_a_new_password_ends_every_session_and_begins_one(store: MemoryStore) -> None:
    old = sign_in(store, RIGHT, HOME, NOW, no_pause)
    new = change_password(store, RIGHT, "another password", HOME, NOW, no_pause)
    assert identify(store, old, NOW).kind == "guest"
    assert identify(store, new, NOW).kind == "session"
    assert store.stored_password is not None
    assert passwords.matches("another password", store.stored_password)


def test_a_wrong_current_password_changes_nothing_and_counts_as_a_guess(store: MemoryStore) -> None:
    before = store.stored_password
    for _ in range(limits.ATTEMPTS_AN_ADDRESS):
        with pytest.raises(InvalidInput) as caught:
            change_password(store, WRONG, "another password", HOME, NOW, no_pause)
        assert (caught.value.error, caught.value.field) == ("wrong_password", "current")
    with pytest.raises(Throttled):
        change_password(store, RIGHT, "another password", HOME, NOW, no_pause)
    assert store.stored_password == before


def test_a_new_password_that_is_too_short_is_refused_before_anything_is_counted(store: MemoryStore) -> None:
    with pytest.raises(InvalidInput) as caught:
        change_password(store, RIGHT, "short", HOME, NOW, no_pause)
    assert (caught.value.error, caught.value.field) == ("too_short", "new")
    assert not store.attempts


def test_a_password_that_changed_meanwhile_is_not_overwritten(store: MemoryStore) -> None:
    other = cheap("of somebody else", generation=8)

    def somebody_else(_: float) -> None:
        # Between the check of the current password and the write of the new one.
        store.change_password = refuse  # type: ignore[method-assign]

    def refuse(old: Password, new: Password) -> None:
        store.stored_password = other
        MemoryStore.change_password(store, old, new)

    with pytest.raises(InvalidInput) as caught:
        change_password(store, RIGHT, "another password", HOME, NOW, somebody_else)
    assert caught.value.error == "wrong_password"
    assert store.stored_password == other


def test_signing_out_ends_that_session_only(store: MemoryStore) -> None:
    one, other = (sign_in(store, RIGHT, HOME, NOW, no_pause) for _ in range(2))
    assert sign_out(store, one)
    assert not sign_out(store, one)
    assert identify(store, one, NOW).kind == "guest"
    assert identify(store, other, NOW).kind == "session"


@pytest.mark.parametrize("credential", ["", "unknown", "x" * (limits.CREDENTIAL_LENGTH + 1)])
def test_signing_out_of_nothing_is_no_error(store: MemoryStore, credential: str) -> None:
    assert not sign_out(store, credential)


def test_signing_out_with_an_api_token_does_not_delete_it(store: MemoryStore) -> None:
    store.create_token(new_token("program", "api", NOW))
    assert not sign_out(store, "program")
    assert hash_of("program") in store.all_tokens


def test_setting_a_password_needs_no_old_one_and_ends_sessions(store: MemoryStore) -> None:
    session = sign_in(store, RIGHT, HOME, NOW, no_pause)
    set_password(store, "set by the operator")
    assert identify(store, session, NOW).kind == "guest"
    assert store.stored_password is not None
    assert passwords.matches("set by the operator", store.stored_password)
