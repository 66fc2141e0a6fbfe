"""Wall clocks: what a clock in the site's time zone shows. Never asks what time it is; every time is an argument."""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from chalicelib.fleet.errors import InvalidInput

DAY_SECONDS = 86_400
HOUR_SECONDS = 3600

Wall = datetime
"""A moment as clocks show it, without a zone."""


@lru_cache(maxsize=8)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def check_zone(field: str, name: str) -> None:
    """Raises InvalidInput unless `name` is an IANA time zone, for example `Europe/Berlin`."""
    try:
        # Names of zones begin with a letter; the rest keeps paths and oversized names from the file system.
        known = len(name) <= 64 and name[:1].isalpha() and name.isascii() and bool(ZoneInfo(name))
    except (KeyError, ValueError, OSError):  # ZoneInfoNotFoundError is a KeyError
        known = False
    if not known:
        message = f'"{field}" must be an IANA time zone, for example "Europe/Berlin".'
        raise InvalidInput(message, error="not_a_time_zone", field=field)


def wall_time(at: float, zone: str) -> Wall:
    """What clocks show at Unix time `at`, without a zone."""
    return datetime.fromtimestamp(at, _zone(zone)).replace(tzinfo=None)


def unix_time(wall: Wall, zone: str) -> int:
    """When clocks show this: the first time, where they show it twice. A time that clocks skip counts from before the
    gap, as clocks that were not set forward would show it.
    """
    return int(wall.replace(tzinfo=_zone(zone)).timestamp())


def hour_start(at: int, zone: str) -> int:
    """When the hour began that clocks show at Unix time `at`: on the half hour of UTC in India, for example."""
    offset = datetime.fromtimestamp(at, _zone(zone)).utcoffset() or timedelta()
    return at - (at + int(offset.total_seconds())) % HOUR_SECONDS


def minute_text(at: float, zone: str) -> str:
    """`2026-11-28 14:05`."""
    return wall_time(at, zone).strftime("%Y-%m-%d %H:%M")


def offset_text(at: float, zone: str) -> str:
    """The zone as messages show it: `UTC`, `UTC+8`, `UTC-3:30`."""
    offset = datetime.fromtimestamp(at, _zone(zone)).utcoffset() or timedelta()
    minutes = int(offset.total_seconds()) // 60
    if not minutes:
        return "UTC"
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'+' if minutes > 0 else '-'}{hours}{f':{rest:02}' if rest else ''}"


def offset_and_name(at: float, zone: str) -> tuple[str, str]:
    """The offset and the zone's abbreviation as Go writes them: (`+0800`, `CST`)."""
    moment = datetime.fromtimestamp(at, _zone(zone))
    return moment.strftime("%z")[:5], moment.strftime("%Z")


def parse_wall_time(text: str, zone: str) -> Wall:
    """A wall-clock time `2026-01-31T00:00`; a date alone is its midnight. One with an offset is converted to `zone`.

    Raises ValueError.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is not None:
        moment = moment.astimezone(_zone(zone)).replace(tzinfo=None)
    return moment


def parse_moment(text: str) -> int | None:
    """Unix seconds of a date or time; one without an offset is taken as UTC. None for anything else."""
    try:
        moment = datetime.fromisoformat(text)
        return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())
    except (ValueError, OverflowError, OSError):
        return None


def plus_days(wall: Wall, days: int) -> Wall:
    """The same time of day, some days later."""
    return wall + timedelta(days=days)


def plus_months(wall: Wall, months: int) -> Wall:
    """The same day and time, some months later; the month's last day where it is shorter."""
    total = wall.year * 12 + wall.month - 1 + months
    year, month = divmod(total, 12)
    return wall.replace(year=year, month=month + 1, day=min(wall.day, _days_in(year, month + 1)))


def _days_in(year: int, month: int) -> int:
    following = date(year + month // 12, month % 12 + 1, 1)
    return (following - timedelta(days=1)).day


def month_around(at: float) -> tuple[int, int]:
    """Begin and end of the calendar month in UTC in which `at` is, Unix seconds."""
    begin = datetime.fromtimestamp(at, UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    end = (begin + timedelta(days=31)).replace(day=1)
    return int(begin.timestamp()), int(end.timestamp())
