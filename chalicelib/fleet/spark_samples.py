"""The figures of sparklines, from the states that are seen once a minute.

CPU is the mean of the states seen in a step, traffic the difference of the counters since the step before.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from chalicelib.fleet.figures import V0_NAMES
from chalicelib.fleet.sparks import STEP, Spark, Sparks
from chalicelib.fleet.states import NEVER, StatesByServer


@dataclass(slots=True)
class _Seen:
    """What was seen of one server in one step. The counters are those of the newest state."""

    last_active: int
    counters: tuple[int, int]
    uptime: int
    cpu: list[float] = field(default_factory=list)
    speeds: list[tuple[int, int]] = field(default_factory=list)


class Samples:
    """The states that one process has seen in the current step and in the two before it.

    A process that has just started knows less: the step's mean is of fewer states then, and its traffic comes from
    their speeds until a counter of the step before is known.
    """

    def __init__(self) -> None:
        self._steps: dict[int, dict[int, _Seen]] = {}
        self._stored: set[int] = set()

    def add(self, states: StatesByServer, ids: Sequence[int]) -> None:
        """Adds the states of these servers that were not seen before."""
        texts = states.figures(ids)
        width = 1 + len(V0_NAMES)
        for place, id_ in enumerate(ids):
            last_active = int(texts[place * width])
            if last_active == NEVER:
                continue
            step = self._steps.setdefault(last_active - last_active % STEP, {})
            known = step.get(id_)
            if known is None or last_active > known.last_active:
                step[id_] = _with(known, last_active, texts[place * width + 1 : (place + 1) * width])

    def finished(self, now: float) -> dict[int, Sparks]:
        """The steps that have ended by `now` and are not stored yet, by their start."""
        current = int(now) - int(now) % STEP
        for step in [one for one in self._steps if one < current - 2 * STEP]:
            del self._steps[step]
        self._stored &= self._steps.keys()
        return {
            step: {id_: _spark(seen, self._steps.get(step - STEP, {}).get(id_)) for id_, seen in servers.items()}
            for step, servers in sorted(self._steps.items())
            if step < current and step not in self._stored
        }

    def stored(self, step: int) -> None:
        """Makes `finished` leave this step out from now on."""
        self._stored.add(step)


_CPU, _IN, _OUT, _IN_SPEED, _OUT_SPEED, _UPTIME = (
    V0_NAMES.index(name) for name in ("CPU", "NetInTransfer", "NetOutTransfer", "NetInSpeed", "NetOutSpeed", "Uptime")
)


def _with(known: _Seen | None, last_active: int, figures: Sequence[str]) -> _Seen:
    counters, uptime = (int(figures[_IN]), int(figures[_OUT])), int(figures[_UPTIME])
    seen = known or _Seen(last_active, counters, uptime)
    seen.last_active, seen.counters, seen.uptime = last_active, counters, uptime
    seen.cpu.append(float(figures[_CPU]))
    seen.speeds.append((int(figures[_IN_SPEED]), int(figures[_OUT_SPEED])))
    return seen


def _spark(seen: _Seen, before: _Seen | None) -> Spark:
    """before: the same server in the step before, None if nothing was seen of it."""
    net_in, net_out = (_moved(seen, before, place) for place in (0, 1))
    return Spark(sum(seen.cpu) / len(seen.cpu), net_in, net_out)


def _moved(seen: _Seen, before: _Seen | None, place: int) -> int:
    """The bytes of a step, scaled to its length: two states of neighboring steps are rarely exactly one step apart."""
    if before and seen.uptime >= before.uptime and seen.counters[place] >= before.counters[place]:
        seconds = seen.last_active - before.last_active
        return (seen.counters[place] - before.counters[place]) * STEP // seconds
    return sum(speed[place] for speed in seen.speeds) * STEP // len(seen.speeds)
