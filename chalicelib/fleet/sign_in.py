"""Signing in and out, and the password.

Only wrong passwords count. Each network, and each device that signed in before (`fleet.devices`), may send a limited
number of them in a window. Nobody else's attempts count against it, so that a stranger cannot lock the owner out. An
attempt is counted before the password is hashed, and uncounted if it was right: so simultaneous attempts cannot exceed
the limit, and refused ones cost no hash.
"""

import secrets
from contextlib import suppress
from ipaddress import IPv6Address, ip_address

from chalicelib.fleet import devices, limits, passwords
from chalicelib.fleet.errors import Forbidden, InvalidInput, NotFound, Throttled, Unavailable
from chalicelib.fleet.passwords import Password
from chalicelib.fleet.store import Changed, Store
from chalicelib.fleet.tokens import hash_of, new_credential, new_token, plausible


def sign_in(store: Store, password: str, address: str, now: float, browser: str = "") -> str:
    """The session's credential, shown only once. Raises Forbidden for a wrong password, Throttled after too many.

    browser: its User-Agent header, by which people recognize the session.
    """
    return _begin_session(store, _proved(store, password, network_of(address), now), now, browser)


def sign_in_from_device(store: Store, password: str, token: str, now: float, browser: str = "") -> str:
    """Like `sign_in`, from a device that signed in before. Also raises Forbidden for a token that is not valid."""
    stored = _stored(store)
    proved = _proved(store, password, f"device {devices.device_id(token, stored, now)}", now, even_if_busy=True)
    return _begin_session(store, proved, now, browser)


def new_device(store: Store, now: float, session_id: str = "") -> str:
    """A token that identifies the device of a signed-in person at the next sign-in.

    All tokens of a session stand for one device, so that more tokens do not allow more attempts. Without a session,
    each token stands for a device of its own.
    """
    return devices.new_device(_stored(store), session_id or secrets.token_hex(8), now)


def is_generated(store: Store) -> bool:
    """Whether the password was generated, and nobody has chosen one since."""
    stored = store.password()
    return stored is not None and stored.generated


def change_password(store: Store, current: str, new: str, address: str, now: float, browser: str = "") -> str:
    """The credential of a new session, shown only once; every session from the old password has ended.

    Raises InvalidInput if "current" is wrong or "new" is not allowed. The current password is required, and wrong ones
    count as when signing in, so that nobody can lock the owner out from a browser that was left open.
    """
    passwords.check(new, "new")
    try:
        stored = _proved(store, current, network_of(address), now)
    except Forbidden:
        raise _not_current() from None
    password = passwords.new_password(new)
    try:
        store.change_password(stored, password)
    except Changed:
        raise _not_current() from None
    return _begin_session(store, password, now, browser)


def _not_current() -> InvalidInput:
    return InvalidInput('"current" is not the current password.', error="wrong_password", field="current")


def set_password(store: Store, text: str, *, generated: bool = False) -> None:
    """Sets the password and ends every session from the old one. generated: whether a program generated it.

    Raises InvalidInput.
    """
    store.set_password(passwords.new_password(text, generated=generated))


def sign_out(store: Store, credential: str) -> bool:
    """Ends the session; False if there was none."""
    token = store.token(hash_of(credential)) if plausible(credential) else None
    if token is None or token.kind != "session":
        return False
    try:
        store.delete_token(token.hash)
    except NotFound:
        return False
    return True


def network_of(address: str) -> str:
    """Whose attempts count together: an IPv4 address, or the /64 of an IPv6 address, which is one customer's."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if not isinstance(found, IPv6Address):
        return str(found)
    return str(found.ipv4_mapped) if found.ipv4_mapped else f"{IPv6Address(int(found) >> 64 << 64)}/64"


def _proved(store: Store, password: str, who: str, now: float, *, even_if_busy: bool = False) -> Password:
    """The stored password, if `password` is the one; raises as `sign_in` does.

    even_if_busy: whether to allow an attempt that the database is too busy to count. Only for people who have signed in
    before, as it may be the attempts of strangers that keep the database busy.
    """
    try:
        attempts = store.count_attempt(who, now)
    except Throttled:
        if not even_if_busy:
            raise
        attempts = 0
    if attempts > limits.ATTEMPTS:
        wait = limits.ATTEMPTS_WINDOW_SECONDS - int(now) % limits.ATTEMPTS_WINDOW_SECONDS
        message = f"Too many wrong passwords from this network or browser; try again in {wait} seconds."
        raise Throttled(message, error="too_many_attempts", retry_after=wait)
    stored = _stored(store)
    if len(password) > limits.PASSWORD_LENGTH_MOST or not passwords.matches(password, stored):
        raise Forbidden("The password is incorrect.", error="wrong_password", field="password")
    if attempts:
        with suppress(Throttled, Unavailable):  # it then counts as a wrong one
            store.take_back_attempt(who, now)
    return stored


def _stored(store: Store) -> Password:
    stored = store.password()
    if stored is None:
        message = "No password is set yet; set one with: python -m ops --stage STAGE password"
        raise Forbidden(message, error="password_not_set")
    return stored


def _begin_session(store: Store, password: Password, now: float, browser: str) -> str:
    credential = new_credential("session")
    expires = int(now) + limits.SESSION_SECONDS
    note = browser[: limits.BROWSER_LENGTH]
    store.create_token(new_token(credential, "session", now, subject=password.generation, expires=expires, note=note))
    return credential
