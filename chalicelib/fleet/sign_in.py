"""Signing in and out, and the password that does it: a password becomes a session.

Attempts are counted before the password is hashed, so that guessing costs the guesser and not the dashboard. One
address may try so often in a window. All addresses together are only slowed down, so that a few strangers' attempts do
not lock the owner out. Against a flood there is only API Gateway's throttle, which everybody shares.
"""

from collections.abc import Callable

from chalicelib.fleet import limits, passwords
from chalicelib.fleet.errors import Forbidden, InvalidInput, NotFound, Throttled
from chalicelib.fleet.passwords import Password
from chalicelib.fleet.store import Changed, Store
from chalicelib.fleet.tokens import hash_of, new_credential, new_token, plausible

EVERYBODY = "everybody"


def sign_in(store: Store, password: str, address: str, now: float, pause: Callable[[float], None]) -> str:
    """The session's credential, to show once. Raises Forbidden for a wrong password, Throttled for too many tries."""
    return _begin_session(store, _proved(store, password, address, now, pause), now)


def change_password(
    store: Store, current: str, new: str, address: str, now: float, pause: Callable[[float], None]
) -> str:
    """The credential of a new session, to show once; every session made with the old password is over.

    Raises InvalidInput for what is wrong with "current" or "new". The current password is asked for, and guesses at it
    are counted as when signing in: a browser that was left open must not be enough to shut its owner out.
    """
    passwords.check(new, "new")
    try:
        kept = _proved(store, current, address, now, pause)
    except Forbidden:
        raise _not_current() from None
    password = passwords.new_password(new)
    try:
        store.change_password(kept, password)
    except Changed:
        raise _not_current() from None
    return _begin_session(store, password, now)


def _not_current() -> InvalidInput:
    return InvalidInput('"current" is not the current password.', error="wrong_password", field="current")


def _proved(store: Store, password: str, address: str, now: float, pause: Callable[[float], None]) -> Password:
    """The password in force, if that is the one given; raises as `sign_in` does."""
    tries = store.count_attempt(address, now)
    if tries > limits.ATTEMPTS_AN_ADDRESS:
        wait = limits.ATTEMPTS_WINDOW_SECONDS - int(now) % limits.ATTEMPTS_WINDOW_SECONDS
        raise Throttled(
            f"Too many attempts from this address; try again in {wait} seconds.",
            error="too_many_attempts",
            retry_after=wait,
        )
    pause(_hurry(store.count_attempt(EVERYBODY, now)))
    kept = store.password()
    if kept is None:
        raise Forbidden(
            "No password is set yet; set one with: python -m ops --stage STAGE password", error="password_not_set"
        )
    if len(password) > limits.PASSWORD_LENGTH_MOST or not passwords.matches(password, kept):
        raise Forbidden("The password is incorrect.", error="wrong_password", field="password")
    return kept


def _begin_session(store: Store, password: Password, now: float) -> str:
    credential = new_credential("session")
    store.create_token(
        new_token(credential, "session", now, subject=password.generation, expires=int(now) + limits.SESSION_SECONDS)
    )
    return credential


def _hurry(tries: int) -> float:
    """Seconds to wait before an attempt when everybody together made so many."""
    excess = max(0, tries - limits.ATTEMPTS_UNHURRIED)
    return min(excess * limits.ATTEMPT_PAUSE_SECONDS, limits.ATTEMPT_PAUSE_MOST_SECONDS)


def sign_out(store: Store, credential: str) -> bool:
    """Ends the session; False where it is none."""
    token = store.token(hash_of(credential)) if plausible(credential) else None
    if token is None or token.kind != "session":
        return False
    try:
        store.delete_token(token.hash)
    except NotFound:
        return False
    return True


def set_password(store: Store, text: str) -> None:
    """Every session made with the old password is over. Raises InvalidInput."""
    store.set_password(passwords.new_password(text))
