"""Signing in and out: a password becomes a session.

Attempts are counted before the password is hashed, so that guessing costs the guesser and not the dashboard. One
address may try so often in a window. All addresses together are only slowed down, never shut out: a stranger must not
be able to lock the owner out.
"""

from collections.abc import Callable

from chalicelib.fleet import limits, passwords
from chalicelib.fleet.errors import Forbidden, Throttled
from chalicelib.fleet.store import Store
from chalicelib.fleet.tokens import hash_of, new_credential, new_token, plausible

EVERYBODY = "everybody"


def sign_in(store: Store, password: str, address: str, now: float, pause: Callable[[float], None]) -> str:
    """The session's credential, to show once. Raises Forbidden for a wrong password, Throttled for too many tries."""
    tries = store.count_attempt(address, now)
    if tries > limits.ATTEMPTS_AN_ADDRESS:
        wait = limits.ATTEMPTS_WINDOW_SECONDS - int(now) % limits.ATTEMPTS_WINDOW_SECONDS
        raise Throttled(f"Too many attempts from this address; try again in {wait} seconds.", wait)
    pause(_hurry(store.count_attempt(EVERYBODY, now)))
    kept = store.password()
    if kept is None:
        raise Forbidden("No password is set yet; its operator sets it with: python -m ops --stage STAGE password")
    if len(password) > limits.PASSWORD_LENGTH_MOST or not passwords.matches(password, kept):
        raise Forbidden("The password is wrong.")
    credential = new_credential("session")
    store.add_token(
        new_token(credential, "session", now, subject=kept.generation, expires=int(now) + limits.SESSION_SECONDS)
    )
    return credential


def _hurry(tries: int) -> float:
    """Seconds to wait before an attempt when everybody together made so many."""
    excess = max(0, tries - limits.ATTEMPTS_UNHURRIED)
    return min(excess * limits.ATTEMPT_PAUSE_SECONDS, limits.ATTEMPT_PAUSE_MOST_SECONDS)


def sign_out(store: Store, credential: str) -> None:
    """Ends the session, if it is one."""
    token = store.token(hash_of(credential)) if plausible(credential) else None
    if token is not None and token.kind == "session":
        store.delete_token(token.hash)


def set_password(store: Store, text: str) -> None:
    """Every session made with the old password is over. Raises InvalidInput."""
    store.put_password(passwords.new_password(text))
