"""The running minute of one server: what its states come to, and when it is finished.

Reporter and relay count in the same way. The reporter takes a sample every few seconds, and the relay takes every state
that an agent sends.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Mapping
from typing import Any

from agent.core.figures import State
from agent.core.limits import CLOCK_SET_BACK_SECONDS, HOTTEST, MINUTE
from agent.core.minutes import FIGURES, Minute
from agent.core.traffic import FASTEST, LONGEST_GAP, UNKNOWN, Counters, Moved, is_gap, moved

MEANS = ("CPU", "MemUsed", "SwapUsed", "DiskUsed", "Load1", *("TcpConnCount", "UdpConnCount", "ProcessCount"))
MAXIMA = {"CPUMax": "CPU", "NetInSpeedMax": "NetInSpeed", "NetOutSpeedMax": "NetOutSpeed"}
SUMS = ("NetIn", "NetOut")

_PLACES = {figure.name: place for place, figure in enumerate(FIGURES)}
_MOST = {figure.name: figure.most for figure in FIGURES}


class OpenMinute:
    """One minute that is not over. A relay holds thousands, so they are small.

    sums: in the order of FIGURES; of maxima, the largest value. counts: how many samples had that figure.
    """

    __slots__ = ("counts", "samples", "sums")

    def __init__(self) -> None:
        self.samples = 0
        self.sums: list[Any] = [0] * len(FIGURES)
        self.counts = array("L", self.sums)

    def add(self, figures: Mapping[str, Any]) -> None:
        self.samples += 1
        sums, counts = self.sums, self.counts
        for name, value in figures.items():
            place = _PLACES[name]
            sums[place] = max(value, sums[place]) if name in MAXIMA else sums[place] + value
            counts[place] += 1

    def finished(self, at: int) -> Minute:
        there = [(place, figure) for place, figure in enumerate(FIGURES) if self.counts[place]]
        return {"at": at, "samples": self.samples, **{figure.name: self._value(place) for place, figure in there}}

    def for_journal(self) -> list[Any]:
        return [self.samples, self.sums, self.counts.tolist()]

    @classmethod
    def restored(cls, samples: int, sums: list[Any], counts: list[int]) -> OpenMinute:
        one = cls()
        one.samples, one.sums, one.counts = samples, sums, array("L", counts)
        if not len(sums) == len(counts) == len(FIGURES):
            raise ValueError("not an open minute")
        return one

    def _value(self, place: int) -> Any:
        total, figure = self.sums[place], FIGURES[place]
        count = 1 if figure.name in MAXIMA or figure.name in SUMS else self.counts[place]
        # Whole numbers are not divided as floats, which are exact up to 2^53 only.
        value = round(total / count, figure.decimals) if figure.decimals else (2 * int(total) + count) // (2 * count)
        return min(value, figure.most)


class OpenMinutes:
    """One server's. Usually one is open; around a full minute, or after a clock was set, there may be more."""

    __slots__ = ("_before", "_open")

    def __init__(self) -> None:
        self._open: dict[int, OpenMinute] = {}
        self._before: Counters | None = None

    def add(
        self, state: State, wall: float, monotonic: float, *, bytes_moved: Moved | None = None, has_gpu: bool = False
    ) -> None:
        """A state of this moment: Unix seconds, and the monotonic clock's.

        bytes_moved: since the state before, for a caller that knows better than the counters in the states. has_gpu:
        whether 0 means that the GPU is idle, and not that there is none.
        """
        after = Counters(wall, monotonic, state["NetInTransfer"], state["NetOutTransfer"], state["Uptime"])
        if bytes_moved is None:
            step = moved(self._before, after)
        else:
            step = UNKNOWN if is_gap(self._before, after) else bytes_moved
        self._before = after
        at = int(wall // MINUTE) * MINUTE
        minute = self._open.get(at)
        if minute is None:
            minute = self._open[at] = OpenMinute()
        minute.add(_measured(state, step, has_gpu=has_gpu))

    def finished(self, now: float) -> list[Minute]:
        """The minutes that are over, each once. Minutes of a clock that was set back since are forgotten."""
        self._forget(lambda at: at > now + CLOCK_SET_BACK_SECONDS)
        return [minute.finished(at) for at, minute in self._forget(lambda at: at + MINUTE <= now)]

    def running(self) -> list[Minute]:
        """Every open minute as it is now. They go on."""
        return [minute.finished(at) for at, minute in sorted(self._open.items())]

    def is_over(self, now: float) -> bool:
        """Whether nothing is open, and the next state would not go on from the last one either."""
        return not self._open and (self._before is None or now - self._before.wall > LONGEST_GAP)

    def for_journal(self) -> Any:
        """What `restored` takes. To be written as JSON before a further state is added."""
        minutes = [[at, *one.for_journal()] for at, one in self._open.items()]
        before = self._before and [self._before.wall, *self._before[2:]]
        return {"minutes": minutes, "counters": before}

    @classmethod
    def restored(cls, journaled: Mapping[str, Any]) -> OpenMinutes:
        """As they were when an earlier process wrote its journal. Raises an error for anything else."""
        found = cls()
        for at, samples, sums, counts in journaled["minutes"]:
            found._open[int(at)] = OpenMinute.restored(int(samples), list(sums), list(counts))
        if journaled["counters"]:
            wall, received, sent, uptime = journaled["counters"]
            found._before = Counters(wall, None, received, sent, uptime)
        return found

    def _forget(self, which: Callable[[int], bool]) -> list[tuple[int, OpenMinute]]:
        return [(at, self._open.pop(at)) for at in sorted(self._open) if which(at)]


def _measured(state: State, step: Moved, *, has_gpu: bool) -> dict[str, Any]:
    """The figures of one state that were really measured, bounded to what can be true."""
    figures = {name: min(max(state[name], 0), _MOST[name]) for name in MEANS if _is_measured(name, state)}
    figures["CPUMax"] = figures["CPU"]
    for name in ("NetInSpeedMax", "NetOutSpeedMax"):
        speed = state[MAXIMA[name]]
        # Agents of v0 send a negative speed as a huge one.
        if 0 <= speed <= FASTEST:
            figures[name] = speed
    if step.received is not None:
        figures["NetIn"] = step.received
    if step.sent is not None:
        figures["NetOut"] = step.sent
    hottest = max((one["Temperature"] for one in state["Temperatures"] if 0 < one["Temperature"] < HOTTEST), default=0)
    if hottest:
        figures["Temperature"] = hottest
    if state["GPU"] or has_gpu:
        figures["GPU"] = min(max(state["GPU"], 0), _MOST["GPU"])
    return figures


def _is_measured(name: str, state: State) -> bool:
    """False where an agent could not read this, or was told not to. No host has no memory, no disk or no process."""
    if name in ("TcpConnCount", "UdpConnCount"):
        return bool(state["TcpConnCount"] or state["UdpConnCount"])
    return bool(state[name]) or name not in ("MemUsed", "DiskUsed", "ProcessCount")
