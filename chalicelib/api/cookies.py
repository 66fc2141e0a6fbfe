"""The session cookie."""

from chalicelib.api.viewer import is_loopback
from chalicelib.fleet.limits import SESSION_SECONDS

NAME = "nezha-dashboard"
"""v0's default, which its clients send."""

SECURE_NAME = f"__Host-{NAME}"
"""The same where it is set over HTTPS. A browser takes a cookie of such a name from this very host alone, so that no
other host of the domain can put another session in its place."""


def session_in(header: str | None) -> str:
    """The session's credential in a Cookie header, "" for none. SECURE_NAME goes first; of one name, the first."""
    pairs = [pair.strip().partition("=") for pair in (header or "").split(";")]
    found = (value.strip().strip('"') for wanted in (SECURE_NAME, NAME) for name, _, value in pairs if name == wanted)
    return next(found, "")


def session_cookie(credential: str, host: str) -> str:
    """A Set-Cookie header. host: the one in the browser's address bar, with its port."""
    return _cookie(credential, SESSION_SECONDS, host)


def ended_cookie(host: str) -> str:
    """A Set-Cookie header that makes the browser forget the session."""
    return _cookie("", 0, host)


def _cookie(value: str, seconds: int, host: str) -> str:
    name, secure = (NAME, "") if is_loopback(host) else (SECURE_NAME, "; Secure")
    return f"{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}"
