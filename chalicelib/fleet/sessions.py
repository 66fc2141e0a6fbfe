"""Sessions of signed-in people: listing and ending them."""

import secrets
from dataclasses import replace

from chalicelib.fleet.errors import NotFound
from chalicelib.fleet.store import Changed, Store
from chalicelib.fleet.tokens import Token


def sessions(store: Store, now: float) -> list[Token]:
    """The sessions that are valid now, newest last. `note` is the browser's User-Agent header."""
    password = store.password()
    generation = password.generation if password else None
    return [one for one in store.sessions() if one.subject == generation and not one.expired(now)]


def end(store: Store, session_id: str, now: float) -> None:
    """Ends one session. Raises NotFound."""
    for one in sessions(store, now):
        if one.id == session_id:
            store.delete_token(one.hash)
            return
    raise not_found()


def end_all(store: Store) -> None:
    """Ends every session. The password stays, and known devices stay known."""
    password = store.password()
    if password is None:
        return  # nobody can have signed in
    try:
        store.change_password(password, replace(password, generation=secrets.randbelow(2**53)))
    except Changed:
        return  # somebody changed the password, or did the same; either ended every session


def not_found() -> NotFound:
    return NotFound("This session does not exist or has ended.", error="session_not_found")
