"""Minutes: what one server did in one finished minute, aggregated where it was measured.

COLUMNS defines what a minute contains. Reports, storage, answers and rollups derive from it.

Minutes may be sent twice and in any order, but each counts once. Of two versions of a minute, the one with more samples
is kept, or the first if both have equally many. From the agent's report to the answer, a value is text, in the
precision in which it is stored.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, NamedTuple

from chalicelib.fleet import limits
from chalicelib.fleet.pings import MINUTE, Point, untimely


class Column(NamedTuple):
    """One figure of a minute.

    name: its key in reports. shown: its key in answers. over: how the values of several minutes become one; a mean is
    weighted by samples. unit: as documented. decimals: how many are kept, None for a whole number. digits: how many
    significant digits of a whole number are kept, 0 for all. least, most: the possible range, to which values are
    clamped.
    """

    name: str
    shown: str
    over: Literal["sum", "mean", "max"]
    unit: str
    decimals: int | None = None
    digits: int = 0
    least: int = 0
    most: int = limits.UINT64

    def text(self, value: float) -> str:
        """A value as it is stored: decimal text without an exponent, clamped to the possible range."""
        value = min(max(value, self.least), self.most)
        if self.decimals is None:
            return str(rounded(round(value), self.digits))
        text = f"{value:.{self.decimals}f}".rstrip("0").rstrip(".")
        return "0" if text == "-0" else text


COLUMNS = (
    Column("samples", "samples", "sum", "measurements", most=limits.SAMPLES_A_MINUTE),
    Column("CPU", "cpu", "mean", "percent, all cores together", decimals=2, most=100),
    Column("CPUMax", "cpu_max", "max", "percent, all cores together", decimals=2, most=100),
    Column("MemUsed", "mem_used", "mean", "bytes", digits=4),
    Column("SwapUsed", "swap_used", "mean", "bytes", digits=4),
    Column("DiskUsed", "disk_used", "mean", "bytes", digits=4),
    Column("NetIn", "net_in", "sum", "bytes received"),
    Column("NetOut", "net_out", "sum", "bytes sent"),
    Column("NetInSpeedMax", "net_in_speed_max", "max", "bytes per second", digits=3),
    Column("NetOutSpeedMax", "net_out_speed_max", "max", "bytes per second", digits=3),
    Column("Load1", "load1", "mean", "load average of one minute", decimals=2, most=1_000_000),
    Column("TcpConnCount", "tcp", "mean", "TCP connections"),
    Column("UdpConnCount", "udp", "mean", "UDP sockets"),
    Column("ProcessCount", "processes", "mean", "processes"),
    Column("Temperature", "temperature", "mean", "degrees Celsius", decimals=1, least=-273, most=10_000),
    Column("GPU", "gpu", "mean", "percent", decimals=2, most=100),
)
"""To add a figure, append a line. Lines are never moved or removed: stored minutes hold their values by place."""


def rounded(value: int, digits: int) -> int:
    """Rounds to this many significant digits, half up; 0 keeps all."""
    dropped = len(str(value)) - digits
    if not digits or dropped <= 0:
        return value
    power: int = 10**dropped
    return (value + power // 2) // power * power


class Minute(NamedTuple):
    """One minute of one server. at: its first second, Unix. values: text in the order of COLUMNS, "" if not measured.

    The first value, the number of samples, is always there.
    """

    at: int
    values: tuple[str, ...]

    @property
    def samples(self) -> int:
        return int(self.values[0])


class RefusedMinute(NamedTuple):
    """A minute that was not accepted, and why: `error` for programs, `message` for people."""

    at: int
    error: str
    message: str


class Steps(NamedTuple):
    """A server's history, step by step.

    times: when each step that has data starts, Unix seconds, ascending. columns: for each of COLUMNS, its values at
    these times, separated by commas, "" for one that was not measured.
    """

    times: Sequence[int]
    columns: Sequence[str]


class Recorded(NamedTuple):
    """What one server measured, in any order."""

    minutes: Sequence[Minute] = ()
    points: Sequence[Point] = ()


def minute(at: int, figures: Mapping[str, float]) -> Minute:
    """A minute in the precision in which it is stored. figures: by name as in COLUMNS; `samples` is required."""
    values = [column.text(figures[column.name]) if column.name in figures else "" for column in COLUMNS]
    return Minute(at, tuple(values))


def accept(sent: Minute, now: float) -> Minute | RefusedMinute:
    """The minute as it is stored, or why it is not. sent: `at` may be any second of the minute."""
    if wrong := untimely(sent.at, now):
        return RefusedMinute(sent.at, *wrong)
    if not sent.samples:
        return RefusedMinute(sent.at, "bad_counts", "A minute needs at least one sample.")
    return sent._replace(at=sent.at - sent.at % MINUTE)


def merged(old: Mapping[int, Minute], new: Iterable[Minute]) -> dict[int, Minute]:
    """Minutes by their time, with new ones added. Of two versions of a minute, the better one is kept (see above)."""
    minutes = dict(old)
    for one in new:
        kept = minutes.get(one.at)
        if kept is None or one.samples > kept.samples:
            minutes[one.at] = one
    return minutes
