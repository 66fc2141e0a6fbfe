"""Whether a server is online, on a given now: one rule for pages, alerts and APIs."""

from chalicelib.fleet.states import NEVER

INTERVALS = 3
LEAST_SECONDS = 30


def online_seconds(interval: float) -> float:
    """How old the last report of an online server may be. interval: seconds between two reports."""
    return max(INTERVALS * interval, LEAST_SECONDS)


def is_online(last_active: int, now: float, interval: float) -> bool | None:
    """None for a server that never reported. last_active: when its last report was received, Unix seconds."""
    if last_active == NEVER:
        return None
    return now - last_active <= online_seconds(interval)
