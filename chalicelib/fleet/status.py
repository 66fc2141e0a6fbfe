"""Whether a server is online at a given time: one rule for pages, alerts and APIs."""

from chalicelib.fleet.states import NEVER

INTERVALS = 3
LEAST_SECONDS = 30


def online_seconds(interval: float) -> float:
    """How old the last report of an online server may be. interval: seconds between two reports."""
    return max(INTERVALS * interval, LEAST_SECONDS)


def is_online(last_active: int, now: float, interval: float) -> bool | None:
    """None for a server that never reported. last_active, now: Unix seconds. interval: seconds between two reports."""
    if last_active == NEVER:
        return None
    return now - last_active <= online_seconds(interval)
