"""Devices: browsers that signed in before, and prove it by a signed token.

A known device has its own number of sign-in attempts, so that other people's attempts do not lock its owner out. The
token alone gives no access: the password is still needed. It is signed with the stored password hash, so nothing else
needs to be stored, and a new password invalidates every token.
"""

import hmac

from chalicelib.fleet import limits
from chalicelib.fleet.errors import Forbidden
from chalicelib.fleet.passwords import Password


def new_device(password: Password, id_: str, now: float) -> str:
    """A token for a browser whose owner is signed in with this password: `id.expires.signature`.

    id_: letters and digits. Attempts to sign in with tokens of the same ID count together.
    """
    named = f"{id_}.{int(now) + limits.DEVICE_SECONDS}"
    return f"{named}.{_signature(named, password)}"


def device_id(token: str, password: Password, now: float) -> str:
    """The ID in a device's token. Raises Forbidden if it is invalid, has expired, or is from an old password."""
    named, _, signature = token.rpartition(".")
    id_, _, expires = named.partition(".")
    # With bytes, as strings are compared in constant time only if they are ASCII.
    if not hmac.compare_digest(signature.encode(), _signature(named, password).encode()) or int(expires) <= now:
        raise Forbidden("This browser is not recognized; sign in with POST /api/login.", error="unknown_device")
    return id_


def _signature(text: str, password: Password) -> str:
    return hmac.new(bytes.fromhex(password.digest), f"device {text}".encode(), "sha256").hexdigest()
