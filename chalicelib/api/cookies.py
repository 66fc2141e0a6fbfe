"""The session cookie."""

from chalicelib.api.viewer import is_loopback
from chalicelib.fleet.limits import SESSION_SECONDS

NAME = "nezha-dashboard"
"""v0's default, which its clients send."""

SECURE_NAME = f"__Host-{NAME}"
"""The name over HTTPS. Browsers accept a `__Host-` cookie only from the host itself, so no other host of the domain can
replace the session."""


def session_in(header: str | None) -> str:
    """The session's credential in a Cookie header, "" for none. SECURE_NAME takes precedence over NAME.

    If a name is repeated, the first cookie counts.
    """
    pairs = [pair.strip().partition("=") for pair in (header or "").split(";")]
    found = (value.strip().strip('"') for wanted in (SECURE_NAME, NAME) for name, _, value in pairs if name == wanted)
    return next(found, "")


def session_cookie(credential: str, host: str) -> str:
    """The value of a Set-Cookie header. host: the one in the browser's address bar, with its port."""
    return _cookie(credential, SESSION_SECONDS, host)


def ended_cookie(host: str) -> str:
    """The value of a Set-Cookie header that makes the browser forget the session."""
    return _cookie("", 0, host)


def _cookie(value: str, seconds: int, host: str) -> str:
    name, secure = (NAME, "") if is_loopback(host) else (SECURE_NAME, "; Secure")
    return f"{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}"
