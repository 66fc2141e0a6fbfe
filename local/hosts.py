"""Which host names a request may use. A browser whose DNS was rebound sends the attacker's name, not a loopback one."""

import re
from ipaddress import ip_address

_HOST = re.compile(r"(?P<name>\[[^\]]*\]|[^:]*)(:\d*)?")


def host_name(header: str) -> str:
    """Returns the name in a Host header, in lower case, without port, brackets and final dot; "" if it is malformed."""
    match = _HOST.fullmatch(header.strip())
    return match["name"].strip("[]").rstrip(".").lower() if match else ""


def is_loopback(name: str) -> bool:
    """Tells whether a name from `host_name` always means this machine: localhost, 127.0.0.0/8 or ::1."""
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return name == "localhost" or name.endswith(".localhost")
