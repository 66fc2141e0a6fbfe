"""The session cookie."""

from chalicelib.fleet.limits import SESSION_SECONDS

NAME = "nezha-dashboard"
"""v0's default, which its clients send."""

_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


def session_in(header: str | None) -> str:
    """The session's credential in a Cookie header, "" for none; of several the first counts."""
    for pair in (header or "").split(";"):
        name, _, value = pair.strip().partition("=")
        if name == NAME:
            return value.strip().strip('"')
    return ""


def session_cookie(credential: str, host: str) -> str:
    """A Set-Cookie header. `host` is the one that the browser meant, with its port."""
    return _cookie(credential, SESSION_SECONDS, host)


def ended_cookie(host: str) -> str:
    """A Set-Cookie header that makes the browser forget the session."""
    return _cookie("", 0, host)


def _cookie(value: str, seconds: int, host: str) -> str:
    name, _, _ = host.rpartition(":") if not host.endswith("]") and ":" in host else (host, "", "")
    secure = "" if name in _LOOPBACK else "; Secure"
    return f"{NAME}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}"
