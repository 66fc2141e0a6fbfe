"""The session cookie."""

from chalicelib.api.viewer import is_loopback
from chalicelib.fleet.limits import SESSION_SECONDS

NAME = "nezha-dashboard"
"""v0's default, which its clients send."""


def session_in(header: str | None) -> str:
    """The session's credential in a Cookie header, "" for none; if there are several, the first counts."""
    for pair in (header or "").split(";"):
        name, _, value = pair.strip().partition("=")
        if name == NAME:
            return value.strip().strip('"')
    return ""


def session_cookie(credential: str, host: str) -> str:
    """A Set-Cookie header. host: the one in the browser's address bar, with its port."""
    return _cookie(credential, SESSION_SECONDS, host)


def ended_cookie(host: str) -> str:
    """A Set-Cookie header that makes the browser forget the session."""
    return _cookie("", 0, host)


def _cookie(value: str, seconds: int, host: str) -> str:
    secure = "" if is_loopback(host) else "; Secure"
    return f"{NAME}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}"
