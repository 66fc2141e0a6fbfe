"""Signing in and out: whose wrong passwords count, and that a stranger's do not affect the owner."""

import hashlib

import pytest

from chalicelib.fleet import limits, passwords
from chalicelib.fleet.access import identify
from chalicelib.fleet.errors import Forbidden, InvalidInput, Throttled
from chalicelib.fleet.passwords import Password
from chalicelib.fleet.sign_in import (
    change_password,
    network_of,
    new_device,
    set_password,
    sign_in,
    sign_in_from_device,
    sign_out,
)
from chalicelib.fleet.tokens import hash_of, new_token
from tests.fleet.memory_store import MemoryStore

NOW = 1_795_444_683.5
WINDOW = limits.ATTEMPTS_WINDOW_SECONDS
DAY = 24 * 3600
RIGHT, WRONG = "the right one", "the wrong one"
HOME, CAFE = "192.0.2.1", "198.51.100.7"


def cheap(text: str, generation: int = 7) -> Password:
    """A password that takes no time to check, because scrypt's cost is stored with it."""
    digest = hashlib.scrypt(text.encode(), salt=bytes(16), n=2, r=1, p=1).hex()
    return Password(digest, bytes(16).hex(), 2, 1, 1, generation)


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore(stored_password=cheap(RIGHT))


def guess(store: MemoryStore, address: str = HOME, now: float = NOW) -> None:
    with pytest.raises(Forbidden):
        sign_in(store, WRONG, address, now)


def test_the_right_password_begins_a_session(store: MemoryStore) -> None:
    credential = sign_in(store, RIGHT, HOME, NOW)
    token = store.all_tokens[hash_of(credential)]
    assert (token.kind, token.subject, token.created) == ("session", 7, int(NOW))
    assert token.expires == int(NOW) + limits.SESSION_SECONDS
    assert identify(store, credential, NOW).kind == "session"


@pytest.mark.parametrize("password", [WRONG, "", RIGHT + " ", RIGHT.upper(), "x" * (limits.PASSWORD_LENGTH_MOST + 1)])
def test_a_wrong_password_is_forbidden_and_begins_nothing(store: MemoryStore, password: str) -> None:
    with pytest.raises(Forbidden) as caught:
        sign_in(store, password, HOME, NOW)
    assert (caught.value.error, caught.value.field) == ("wrong_password", "password")
    assert store.all_tokens == {}


def test_without_a_password_nobody_signs_in() -> None:
    with pytest.raises(Forbidden) as caught:
        sign_in(MemoryStore(), "", HOME, NOW)
    assert caught.value.error == "password_not_set"


def test_an_address_may_guess_so_often_and_then_costs_no_hash_until_the_window_ends(store: MemoryStore) -> None:
    for _ in range(limits.ATTEMPTS):
        guess(store)
    store.stored_password = None  # who looked for it would say so
    with pytest.raises(Throttled) as caught:
        sign_in(store, WRONG, HOME, NOW)
    assert caught.value.error == "too_many_attempts"
    assert caught.value.retry_after == WINDOW - int(NOW) % WINDOW


def test_another_address_is_not_held_up(store: MemoryStore) -> None:
    for _ in range(limits.ATTEMPTS + 1):
        store.count_attempt(HOME, NOW)
    assert sign_in(store, RIGHT, CAFE, NOW)


def test_right_passwords_do_not_use_up_attempts(store: MemoryStore) -> None:
    for _ in range(3 * limits.ATTEMPTS):
        sign_in(store, RIGHT, HOME, NOW)
    for _ in range(limits.ATTEMPTS - 1):
        guess(store)
        sign_in(store, RIGHT, HOME, NOW)
    guess(store)
    with pytest.raises(Throttled):
        sign_in(store, RIGHT, HOME, NOW)


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff:ffff:ffff:ffff", "2001:db8:1:2::/64"),
        ("2001:DB8:1:3::", "2001:db8:1:3::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("", ""),
        ("not an address", "not an address"),
    ],
)
def test_attempts_count_by_network(address: str, network: str) -> None:
    assert network_of(address) == network


def test_other_addresses_of_a_64_do_not_get_further_attempts(store: MemoryStore) -> None:
    for number in range(limits.ATTEMPTS):
        guess(store, f"2001:db8::{number:x}")
    with pytest.raises(Throttled):
        sign_in(store, RIGHT, "2001:db8::ffff", NOW)
    assert sign_in(store, RIGHT, "2001:db8:0:1::1", NOW)


def test_the_next_window_begins_at_nothing(store: MemoryStore) -> None:
    for _ in range(limits.ATTEMPTS):
        guess(store)
    later = (int(NOW) // WINDOW + 1) * WINDOW
    assert sign_in(store, RIGHT, HOME, later)


def test_a_flood_from_everywhere_keeps_nobody_else_out(store: MemoryStore) -> None:
    for number in range(2000):
        guess(store, f"10.0.{number // 256}.{number % 256}")
        guess(store, f"2001:db8:0:{number:x}::1")
    assert sign_in(store, RIGHT, HOME, NOW)


def test_a_flood_from_the_owner_s_own_network_does_not_keep_a_known_device_out(store: MemoryStore) -> None:
    sign_in(store, RIGHT, HOME, NOW)
    device = new_device(store, NOW)
    for _ in range(limits.ATTEMPTS):
        guess(store)
    with pytest.raises(Throttled):
        sign_in(store, RIGHT, HOME, NOW)
    assert identify(store, sign_in_from_device(store, RIGHT, device, NOW), NOW).kind == "session"


def test_a_known_device_has_its_own_attempts_and_the_password_is_still_needed(store: MemoryStore) -> None:
    device, other = new_device(store, NOW, "one session"), new_device(store, NOW, "another")
    for _ in range(limits.ATTEMPTS):
        with pytest.raises(Forbidden) as caught:
            sign_in_from_device(store, WRONG, device, NOW)
        assert caught.value.error == "wrong_password"
    with pytest.raises(Throttled) as throttled:
        sign_in_from_device(store, RIGHT, device, NOW)
    assert throttled.value.retry_after == WINDOW - int(NOW) % WINDOW
    assert sign_in_from_device(store, RIGHT, other, NOW)
    assert sign_in(store, RIGHT, HOME, NOW)


def busy(*_: object) -> int:
    raise Throttled


def test_a_known_device_signs_in_while_attempts_of_others_keep_the_database_busy(
    store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = new_device(store, NOW)
    monkeypatch.setattr(store, "count_attempt", busy)
    monkeypatch.setattr(store, "take_back_attempt", busy)
    assert sign_in_from_device(store, RIGHT, device, NOW)
    with pytest.raises(Forbidden):
        sign_in_from_device(store, WRONG, device, NOW)
    with pytest.raises(Throttled):
        sign_in(store, RIGHT, HOME, NOW)  # who is not known could guess without being counted


def test_a_right_password_that_cannot_be_taken_back_signs_in(
    store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "take_back_attempt", busy)
    assert sign_in(store, RIGHT, HOME, NOW)
    assert [*store.attempts.values()] == [1]


def test_more_tokens_of_a_session_bring_no_more_attempts(store: MemoryStore) -> None:
    for second in range(limits.ATTEMPTS):
        with pytest.raises(Forbidden):
            sign_in_from_device(store, WRONG, new_device(store, NOW + second, "session"), NOW)
    with pytest.raises(Throttled):
        sign_in_from_device(store, RIGHT, new_device(store, NOW + 100, "session"), NOW)
    assert sign_in_from_device(store, RIGHT, new_device(store, NOW), NOW)


def test_only_a_device_token_of_ours_that_is_not_over_names_a_device(store: MemoryStore) -> None:
    device = new_device(store, NOW)
    id_, expires, signature = device.split(".")
    other = "0" if id_[0] != "0" else "1"
    for forged in ("", ".", "..", "x", f"{other}{id_[1:]}.{expires}.{signature}", f"{id_}.9{expires}.{signature}", id_):
        with pytest.raises(Forbidden) as caught:
            sign_in_from_device(store, RIGHT, forged, NOW)
        assert caught.value.error == "unknown_device"
    end = int(NOW) + limits.DEVICE_SECONDS
    assert sign_in_from_device(store, RIGHT, device, end - 1)
    with pytest.raises(Forbidden):
        sign_in_from_device(store, RIGHT, device, end)


def test_a_new_password_ends_every_known_device(store: MemoryStore) -> None:
    device = new_device(store, NOW)
    set_password(store, RIGHT)
    with pytest.raises(Forbidden) as caught:
        sign_in_from_device(store, RIGHT, device, NOW)
    assert caught.value.error == "unknown_device"


def test_refused_device_tokens_count_nowhere(store: MemoryStore) -> None:
    for _ in range(2 * limits.ATTEMPTS):
        with pytest.raises(Forbidden):
            sign_in_from_device(store, RIGHT, "forged", NOW)
    assert not store.attempts
    assert sign_in_from_device(store, RIGHT, new_device(store, NOW), NOW)


def test_a_session_ends_after_180_days_however_often_it_is_used(store: MemoryStore) -> None:
    credential = sign_in(store, RIGHT, HOME, NOW)
    for day in range(1, 180):
        assert identify(store, credential, NOW + day * DAY, renew=True).renewed
    assert identify(store, credential, int(NOW) + 180 * DAY - 1, renew=True).kind == "session"
    assert identify(store, credential, int(NOW) + 180 * DAY, renew=True).kind == "guest"


def test_a_new_password_ends_every_session_and_begins_one(store: MemoryStore) -> None:
    old = sign_in(store, RIGHT, HOME, NOW)
    new = change_password(store, RIGHT, "another password", HOME, NOW)
    assert identify(store, old, NOW).kind == "guest"
    assert identify(store, new, NOW).kind == "session"
    assert store.stored_password is not None
    assert passwords.matches("another password", store.stored_password)


def test_a_wrong_current_password_changes_nothing_and_counts_as_a_guess(store: MemoryStore) -> None:
    before = store.stored_password
    for _ in range(limits.ATTEMPTS):
        with pytest.raises(InvalidInput) as caught:
            change_password(store, WRONG, "another password", HOME, NOW)
        assert (caught.value.error, caught.value.field) == ("wrong_password", "current")
    with pytest.raises(Throttled):
        change_password(store, RIGHT, "another password", HOME, NOW)
    assert store.stored_password == before


def test_a_new_password_that_is_too_short_is_refused_before_anything_is_counted(store: MemoryStore) -> None:
    with pytest.raises(InvalidInput) as caught:
        change_password(store, RIGHT, "short", HOME, NOW)
    assert (caught.value.error, caught.value.field) == ("too_short", "new")
    assert not store.attempts


def test_a_password_that_changed_meanwhile_is_not_overwritten(
    store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = cheap("of somebody else", generation=8)
    change = store.change_password

    def change_after_somebody_else(old: Password, new: Password) -> None:
        store.stored_password = other
        change(old, new)

    monkeypatch.setattr(store, "change_password", change_after_somebody_else)
    with pytest.raises(InvalidInput) as caught:
        change_password(store, RIGHT, "another password", HOME, NOW)
    assert caught.value.error == "wrong_password"
    assert store.stored_password == other


def test_signing_out_ends_that_session_only(store: MemoryStore) -> None:
    one, other = (sign_in(store, RIGHT, HOME, NOW) for _ in range(2))
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
    session = sign_in(store, RIGHT, HOME, NOW)
    set_password(store, "set by the operator")
    assert identify(store, session, NOW).kind == "guest"
    assert store.stored_password is not None
    assert passwords.matches("set by the operator", store.stored_password)
