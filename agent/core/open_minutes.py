"""The running minute of one server: aggregates its states, and knows when the minute is finished.

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

MEANS = ("CPU", "MemUsed", "SwapUsed", "DiskUsed", "Load1", "TcpConnCount", "UdpConnCount", "ProcessCount")
MAXIMA = {"CPUMax": "CPU", "NetInSpeedMax": "NetInSpeed", "NetOutSpeedMax": "NetOutSpeed"}
SUMS = ("NetIn", "NetOut")

NEVER_ZERO = ("MemUsed", "DiskUsed", "ProcessCount")
"""Every host uses some memory and disk and has a process: 0 means that the agent could not read the figure, or was told
not to.
"""

SOCKETS = ("TcpConnCount", "UdpConnCount")
"""The same applies when both of these are 0."""

_PLACES = {figure.name: place for place, figure in enumerate(FIGURES)}
_BOUNDS = {figure.name: figure.most for figure in FIGURES}

# Looked up once, as a relay does this for thousands of states a second.
_MEANS = {
    has_sockets: [
        (name, _PLACES[name], _BOUNDS[name], name not in NEVER_ZERO and (has_sockets or name not in SOCKETS))
        for name in MEANS
    ]
    for has_sockets in (True, False)
}
_SPEEDS = [(MAXIMA[name], _PLACES[name]) for name in ("NetInSpeedMax", "NetOutSpeedMax")]
_CPU_MAX, _NET_IN, _NET_OUT, _HEAT, _GPU = map(_PLACES.__getitem__, ("CPUMax", *SUMS, "Temperature", "GPU"))


class OpenMinute:
    """One minute that is not over. A relay holds thousands, so they are small.

    sums: in the order of FIGURES; of maxima, the largest value. counts: how many samples had that figure.
    """

    __slots__ = ("counts", "samples", "sums")

    def __init__(self) -> None:
        self.samples = 0
        self.sums: list[Any] = [0] * len(FIGURES)
        self.counts = array("L", self.sums)

    def add(self, state: State, step: Moved, *, has_gpu: bool) -> None:
        """Adds the figures of a state that were really measured, clamped to plausible values."""
        self.samples += 1
        has_sockets = bool(state["TcpConnCount"] or state["UdpConnCount"])
        for name, place, most, zero_counts in _MEANS[has_sockets]:
            value = state[name]
            if value or zero_counts:
                self._add(place, value if 0 <= value <= most else min(max(value, 0), most))
        self._largest(_CPU_MAX, min(max(state["CPU"], 0), 100))
        for name, place in _SPEEDS:
            # Agents of v0 send a negative speed as a huge one.
            if 0 <= state[name] <= FASTEST:
                self._largest(place, state[name])
        if step.received is not None:
            self._add(_NET_IN, step.received)
        if step.sent is not None:
            self._add(_NET_OUT, step.sent)
        if state["Temperatures"]:
            hottest = max(
                (one["Temperature"] for one in state["Temperatures"] if one["Temperature"] < HOTTEST), default=0
            )
            if hottest > 0:
                self._add(_HEAT, hottest)
        if state["GPU"] or has_gpu:
            self._add(_GPU, min(max(state["GPU"], 0), 100))

    def _add(self, place: int, value: float) -> None:
        self.sums[place] += value
        self.counts[place] += 1

    def _largest(self, place: int, value: float) -> None:
        if value > self.sums[place]:
            self.sums[place] = value
        self.counts[place] += 1

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
    """The open minutes of one server. Usually there is one; around a full minute, or after a clock was set, there may
    be more.
    """

    __slots__ = ("_before", "_open")

    def __init__(self) -> None:
        self._open: dict[int, OpenMinute] = {}
        self._before: Counters | None = None

    def add(
        self, state: State, wall: float, monotonic: float, *, bytes_moved: Moved | None = None, has_gpu: bool = False
    ) -> None:
        """Adds a state that was read at this moment, in Unix seconds (wall) and monotonic seconds.

        bytes_moved: the bytes since the previous state, from a caller that knows them better than from the states'
        counters. has_gpu: whether 0 means that the GPU is idle, and not that there is none.
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
        minute.add(state, step, has_gpu=has_gpu)

    def finished(self, now: float) -> list[Minute]:
        """The minutes that are over, each once. Minutes in the future, from before the clock was set back, are
        forgotten.
        """
        self._forget(lambda at: at > now + CLOCK_SET_BACK_SECONDS)
        return [minute.finished(at) for at, minute in self._forget(lambda at: at + MINUTE <= now)]

    def running(self) -> list[Minute]:
        """Every open minute as it is now. The minutes stay open."""
        return [minute.finished(at) for at, minute in sorted(self._open.items())]

    def is_over(self, now: float) -> bool:
        """Whether nothing is open, and the last state is too old to compare its counters with the next one's."""
        return not self._open and (self._before is None or now - self._before.wall > LONGEST_GAP)

    def for_journal(self) -> Any:
        """What `restored` takes. The caller must write it as JSON before it adds another state, because the lists are
        shared.
        """
        minutes = [[at, *one.for_journal()] for at, one in self._open.items()]
        before = self._before and [self._before.wall, *self._before[2:]]
        return {"minutes": minutes, "counters": before}

    @classmethod
    def restored(cls, journaled: Mapping[str, Any]) -> OpenMinutes:
        """The minutes as they were when an earlier process wrote its journal. Raises an error for anything else."""
        found = cls()
        for at, samples, sums, counts in journaled["minutes"]:
            found._open[int(at)] = OpenMinute.restored(int(samples), list(sums), list(counts))
        if journaled["counters"]:
            wall, received, sent, uptime = journaled["counters"]
            found._before = Counters(wall, None, received, sent, uptime)
        return found

    def _forget(self, which: Callable[[int], bool]) -> list[tuple[int, OpenMinute]]:
        return [(at, self._open.pop(at)) for at in sorted(self._open) if which(at)]
