"""Credentials: API tokens, agents' secrets and sessions. Stored as SHA-256, shown once, looked up by their hash."""

import hashlib
import secrets
import string
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from chalicelib.fleet import limits
from chalicelib.fleet.checks import check_length
from chalicelib.fleet.errors import InvalidInput, NotFound
from chalicelib.fleet.store import Store

Kind = Literal["api", "agent", "session"]
Scope = Literal["read", "register"]

ALL_SCOPES: frozenset[Scope] = frozenset(("read", "register"))
LENGTHS: dict[Kind, int] = {"api": 32, "agent": 18, "session": 32}
"""Characters of a new credential. v0's installers and agents expect 18 for agents."""

SECONDS_A_DAY = 24 * 3600
"""The unit of `Token.last_used`."""

_ALPHABET = string.digits + string.ascii_letters


@dataclass(frozen=True, slots=True)
class Token:
    """A credential as it is stored.

    hash: SHA-256 in hex, the key. subject: the server's ID for an agent's secret, the password's generation for a
    session, otherwise 0. head: the first 4 characters, so that people recognize it. created, expires: Unix seconds
    (0: never expires). last_used: the day it was last used, in days since 1970, 0 for never.
    """

    hash: str
    kind: Kind
    subject: int = 0
    scopes: frozenset[Scope] = frozenset()
    note: str = ""
    head: str = ""
    created: int = 0
    expires: int = 0
    last_used: int = 0

    @property
    def id(self) -> str:
        """The id that people and the management API use: the first 16 hex digits of the hash."""
        return self.hash[:16]

    def expired(self, now: float) -> bool:
        return self.expires != 0 and self.expires <= now


def create(
    store: Store, now: float, *, note: str = "", scopes: Collection[str] = ALL_SCOPES, expires: int = 0
) -> tuple[Token, str]:
    """Stores a new API token. Returns it and the credential, which is shown only once.

    expires: Unix seconds, 0 for never. Raises InvalidInput.
    """
    credential = new_credential("api")
    return adopt(store, credential, now, note=note, scopes=scopes, expires=expires), credential


def adopt(
    store: Store, credential: str, now: float, *, note: str = "", scopes: Collection[str] = ALL_SCOPES, expires: int = 0
) -> Token:
    """Stores an API token for a credential that already exists. Raises as `create` does."""
    check_length("note", note, most=limits.NOTE_LENGTH)
    _check_expiry(expires, now)
    token = new_token(credential, "api", now, scopes=_known_scopes(scopes), note=note, expires=expires)
    store.create_token(token)
    return token


def find(store: Store, token_id: str) -> Token:
    """The API token with this ID. Raises NotFound."""
    for token in store.api_tokens():
        if token.id == token_id:
            return token
    raise not_found()


def delete(store: Store, token_id: str) -> None:
    """Deletes an API token. Raises NotFound."""
    store.delete_token(find(store, token_id).hash)


def not_found() -> NotFound:
    return NotFound("This API token does not exist.", error="token_not_found")


def _known_scopes(names: Collection[str]) -> frozenset[Scope]:
    if not names or not ALL_SCOPES.issuperset(names):
        message = f'"scopes" must name one or more of: {", ".join(sorted(ALL_SCOPES))}.'
        raise InvalidInput(message, error="not_a_choice" if names else "required", field="scopes")
    return frozenset(scope for scope in ALL_SCOPES if scope in names)


def _check_expiry(expires: int, now: float) -> None:
    if expires and expires <= now:
        raise InvalidInput('"expires" must be in the future.', error="in_the_past", field="expires")
    if expires > limits.EXPIRES_LAST:
        message = f'"expires" must be at most {limits.EXPIRES_LAST}; omit it for a token that never expires.'
        raise InvalidInput(message, error="too_large", field="expires", limit=limits.EXPIRES_LAST)


def new_credential(kind: Kind) -> str:
    """A random credential of [0-9A-Za-z]. 18 characters have 107 bits of entropy."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(LENGTHS[kind]))


def hash_of(credential: str) -> str:
    """SHA-256 in hex. No salt and no stretching: credentials are random and long, unlike passwords."""
    return hashlib.sha256(credential.encode("utf-8", "replace")).hexdigest()


def new_token(
    credential: str,
    kind: Kind,
    now: float,
    *,
    subject: int = 0,
    scopes: frozenset[Scope] = frozenset(),
    note: str = "",
    expires: int = 0,
) -> Token:
    """The token to store for a new credential."""
    return Token(hash_of(credential), kind, subject, scopes, note, credential[:4], int(now), expires)


def credential_in(authorization: str | None) -> str:
    """The raw credential of an Authorization header, "" when there is none.

    v0 clients send the bare token; one sends `Bearer TOKEN`, and some libraries `Token TOKEN`, which also work.
    """
    text = (authorization or "").strip()
    scheme, _, rest = text.partition(" ")
    if rest and scheme.lower() in ("bearer", "token"):
        text = rest.strip()
    return text


def plausible(credential: str) -> bool:
    """Whether a lookup can find anything. Protects the database from absurd input."""
    return 0 < len(credential) <= limits.CREDENTIAL_LENGTH
