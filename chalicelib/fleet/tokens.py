"""Credentials: API tokens, agents' secrets and sessions. Kept as SHA-256, shown once, looked up by their hash."""

import hashlib
import secrets
import string
from dataclasses import dataclass
from typing import Literal

from chalicelib.fleet import limits

Kind = Literal["api", "agent", "session"]
Scope = Literal["read", "register"]

ALL_SCOPES: frozenset[Scope] = frozenset(("read", "register"))
LENGTHS: dict[Kind, int] = {"api": 32, "agent": 18, "session": 32}
"""Characters of a new credential; 18 for agents is what v0's installers and agents know."""

SECONDS_A_DAY = 24 * 3600
"""What `Token.last_used` counts in."""

_ALPHABET = string.digits + string.ascii_letters


@dataclass(frozen=True, slots=True)
class Token:
    """What is kept of a credential.

    hash: SHA-256 in hex, the key. subject: the server's id for an agent's secret, else 0.
    head: the first 4 characters, so that people recognise it. created, expires: Unix seconds (0: never expires).
    last_used: the day it was last used, in days since 1970, 0 when never.
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
        """What people and the management API call it: the first 16 hex digits of its hash."""
        return self.hash[:16]

    def expired(self, now: float) -> bool:
        return self.expires != 0 and self.expires <= now


def new_credential(kind: Kind) -> str:
    """A random credential of [0-9A-Za-z]; 18 characters of it hold 107 bits."""
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
    """What to keep of a credential just made."""
    return Token(hash_of(credential), kind, subject, scopes, note, credential[:4], int(now), expires)


def credential_in(authorization: str | None) -> str:
    """The raw credential of an Authorization header, "" when there is none.

    v0 clients send the bare token; one sends `Bearer TOKEN` (some libraries write `Token TOKEN`), which is taken too.
    """
    text = (authorization or "").strip()
    scheme, _, rest = text.partition(" ")
    if rest and scheme.lower() in ("bearer", "token"):
        text = rest.strip()
    return text


def plausible(credential: str) -> bool:
    """Whether looking this up can find anything; saves the database from absurd input."""
    return 0 < len(credential) <= limits.CREDENTIAL_LENGTH
