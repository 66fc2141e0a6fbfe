"""Which host names requests may use under `make run`.

Foreign names are refused because of DNS rebinding: in such an attack, the browser sends the attacker's host name, not a
loopback one.
"""

import re
from collections.abc import Collection
from ipaddress import ip_address

FOREIGN = "This server does not answer requests for this host name; use its loopback address."

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


def is_own(name: str, names: Collection[str]) -> bool:
    """Tells whether a name from `host_name` is a loopback one, or one of `names`."""
    return is_loopback(name) or name in names
