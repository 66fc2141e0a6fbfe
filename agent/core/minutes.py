"""Minutes: one server's samples of a minute, aggregated, and how they are packed in the spool."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from agent.core.figures import UINT64
from agent.core.records import Record, RecordKind
from agent.core.varints import read_varints, write_varints

Minute = dict[str, Any]
"""One finished minute as a report carries it.

at: Unix seconds of its start. samples: how many states it was made of, 1 or more. Then FIGURES by name; those that were
not measured are absent.
"""


class MinuteFigure(NamedTuple):
    """One figure of a minute. decimals: how many are kept. most: a larger value counts as this."""

    name: str
    decimals: int
    most: float


FIGURES = (
    MinuteFigure("CPU", 2, 100),
    MinuteFigure("CPUMax", 2, 100),
    MinuteFigure("MemUsed", 0, UINT64),
    MinuteFigure("SwapUsed", 0, UINT64),
    MinuteFigure("DiskUsed", 0, UINT64),
    MinuteFigure("NetIn", 0, UINT64),
    MinuteFigure("NetOut", 0, UINT64),
    MinuteFigure("NetInSpeedMax", 0, UINT64),
    MinuteFigure("NetOutSpeedMax", 0, UINT64),
    MinuteFigure("Load1", 2, 1_000_000),
    MinuteFigure("TcpConnCount", 0, UINT64),
    MinuteFigure("UdpConnCount", 0, UINT64),
    MinuteFigure("ProcessCount", 0, UINT64),
    MinuteFigure("Temperature", 1, 1_000),
    MinuteFigure("GPU", 2, 100),
)
"""Their order is part of the spool's format, so a new figure goes to the end."""


def records(source: int, minutes: Iterable[Minute]) -> list[Record]:
    """The minutes of one server for the spool."""
    return [Record(source, minute["at"], MINUTES.code, pack(minute)) for minute in minutes]


def pack(minute: Mapping[str, Any]) -> bytes:
    """A minute as varints: the number of samples, which figures it has, and these figures as whole numbers."""
    numbers = [minute["samples"], 0]
    for place, figure in enumerate(FIGURES):
        value = minute.get(figure.name)
        if value is not None:
            numbers[1] |= 1 << place
            numbers.append(round(max(0, min(value, figure.most)) * 10**figure.decimals))
    return write_varints(numbers)


def unpack(at: int, packed: bytes) -> Minute:
    """The minute that starts at `at`; raises ValueError for anything that is not a packed minute."""
    samples, there, *values = read_varints(packed) or [0, 0]
    figures = [figure for place, figure in enumerate(FIGURES) if there >> place & 1]
    if not samples or there >> len(FIGURES) or len(values) != len(figures):
        raise ValueError("not a packed minute")
    minute: Minute = {"at": at, "samples": samples}
    for figure, value in zip(figures, values):
        minute[figure.name] = value / 10**figure.decimals if figure.decimals else value
    return minute


def _merge(at: int, first: bytes, second: bytes) -> bytes:
    """The minute from more samples; the first one if both have as many."""
    return second if unpack(at, second)["samples"] > unpack(at, first)["samples"] else first


def _entries(at: int, packed: bytes) -> list[dict[str, Any]]:
    return [unpack(at, packed)]


MINUTES = RecordKind(code=2, key="minutes", merge=_merge, entries=_entries, size=lambda _: 1)
