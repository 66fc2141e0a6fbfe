"""The dashboard's one password, stored as a scrypt hash with its parameters, so that they can be raised later."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass

from chalicelib.fleet import limits
from chalicelib.fleet.checks import check_length

N, R, P = 2**15, 8, 1
"""scrypt's cost: 32 MiB and about 100 ms on a current core."""


@dataclass(frozen=True, slots=True)
class Password:
    """digest, salt: hex. n, r, p: scrypt's parameters. generation: a session with another generation has ended.
    generated: whether a program generated it, so that its owner should choose one.
    """

    digest: str
    salt: str
    n: int
    r: int
    p: int
    generation: int
    generated: bool = False


def check(text: str, field: str = "password") -> None:
    """Raises InvalidInput, which names `field`, if a password is too short or too long."""
    check_length(field, text, least=limits.PASSWORD_LENGTH_LEAST, most=limits.PASSWORD_LENGTH_MOST)


def new_password(text: str, *, generated: bool = False) -> Password:
    """The hash of a new password. Raises InvalidInput as `check` does."""
    check(text)
    salt = secrets.token_hex(16)
    # Random, so that if two passwords are set at the same moment, one ends the sessions of the other.
    generation = secrets.randbelow(2**53)
    return Password(_digest(text, salt, N, R, P), salt, N, R, P, generation, generated)


def matches(text: str, password: Password) -> bool:
    digest = _digest(text, password.salt, password.n, password.r, password.p)
    return hmac.compare_digest(digest, password.digest)


def _digest(text: str, salt: str, n: int, r: int, p: int) -> str:
    needed = 128 * r * (n + p + 2)
    return hashlib.scrypt(
        text.encode("utf-8", "replace"), salt=bytes.fromhex(salt), n=n, r=r, p=p, maxmem=2 * needed
    ).hex()
