"""Times that the operator enters, and days as lists show them."""

from datetime import UTC, datetime

from chalicelib.fleet.limits import EXPIRES_LAST
from chalicelib.fleet.wall_clock import parse_wall_time, unix_time
from ops.errors import OpsError


def moment_in(text: str, zone: str) -> int:
    """Unix seconds of a date or time in ISO 8601, in `zone` unless it has an offset. Raises OpsError."""
    try:
        at = unix_time(parse_wall_time(text, zone), zone)
    except (ValueError, OverflowError):
        at = -1
    if not 0 <= at <= EXPIRES_LAST:
        raise OpsError(f"{text!r} is not a date or time; use 2026-12-24 or 2026-12-24T08:00")
    return at


def utc_day(at: float) -> str:
    """`2026-12-24`."""
    return datetime.fromtimestamp(at, UTC).date().isoformat()
