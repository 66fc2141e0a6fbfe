"""The traffic that each server with a plan has used in its current cycle, for pages.

The watch counts it once an hour, after a rollup and when counters restart. Readers add what the counters of states
have grown by since then, so an answer is always up to date.
"""

from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import NamedTuple

from chalicelib.fleet import cycles
from chalicelib.fleet.plans import Plan, plan_of
from chalicelib.fleet.rollup import SLICE
from chalicelib.fleet.servers import Server
from chalicelib.fleet.traffic import NOTHING, Moved, Reached, TrafficNow, grown, hour_of

STEP = 15 * 60
"""Seconds. Cycles begin at midnight, and all time zones now differ from UTC by a multiple of this."""


class CycleCount(NamedTuple):
    """at: when it was counted, Unix seconds. began: when the cycle began. moved: traffic from `began` to `at`.
    counters: those of the state at that time; None without a state."""

    at: int
    began: int
    moved: Moved
    counters: Moved | None


class Usage(NamedTuple):
    """began, ends: of the current cycle, Unix seconds. used: bytes of what counts in the plan; None if unknown."""

    began: int
    ends: int
    used: int | None


_Known = tuple[int, Reached, Mapping[int, tuple[int, bool]]]
"""The hour, how far the rollup has come, and by server ID, when its cycle began and whether it has a state."""


class CycleCounter:
    """Counts for a fleet, and remembers in one process what it has counted."""

    def __init__(self) -> None:
        self._counted: _Known | None = None
        self._due: _Known | None = None

    def due(
        self, servers: Mapping[int, Server], traffic: TrafficNow, zone: str, restarted: Collection[int]
    ) -> dict[int, CycleCount]:
        """The counts to store now, for whole slices of servers.

        These are all servers once an hour, after a rollup, and when a cycle or the first state of a server is new. At
        other times they are the slices in which counters restarted: while counters only grow, stored counts stay
        correct. Until `stored` is called, everything is due again.

        restarted: IDs of servers.
        """
        now = traffic.now
        began = {
            id_: _bounds(plan_of(one.plan).reset_day, now // STEP, zone)[0] for id_, one in servers.items() if one.plan
        }
        if not began:
            return {}
        counters = traffic.counters
        key = hour_of(now, zone), traffic.reached, {id_: (start, id_ in counters) for id_, start in began.items()}
        slices = {id_ // SLICE for id_ in restarted}
        concerned = [id_ for id_ in began if id_ // SLICE in slices] if key == self._counted else [*began]
        self._counted, self._due = None, key
        found = {}
        for id_ in concerned:
            if moved := traffic.moved(id_, began[id_]):
                found[id_] = CycleCount(now, began[id_], moved, counters.get(id_))
        return found

    def stored(self) -> None:
        """Call this when everything that `due` returned last is stored."""
        self._counted = self._due


def usage(plan: Plan, counted: CycleCount | None, counters: Moved | None, now: float, zone: str) -> Usage:
    """What a server has used in its current cycle. counters: those of its state; None without one."""
    began, ends = _bounds(plan.reset_day, int(now) // STEP, zone)
    if counted is None or began != counted.began:
        # The last count is of the cycle before, and the new cycle was not counted yet.
        is_new = counted is not None and counted.at <= began
        return Usage(began, ends, 0 if is_new else None)
    more = grown(counted.counters, counters) if counted.counters and counters else NOTHING
    received, sent = counted.moved[0] + more[0], counted.moved[1] + more[1]
    return Usage(began, ends, _counting(plan, received, sent))


def _counting(plan: Plan, received: int, sent: int) -> int:
    match plan.traffic_kind:
        case "in":
            return received
        case "out":
            return sent
        case "larger":
            return max(received, sent)
        case _:
            return received + sent


@lru_cache(maxsize=128)
def _bounds(reset_day: int, step: int, zone: str) -> tuple[int, int]:
    """When the cycle that is current in a step began and ends. No cycle begins within a step. step: its number,
    counted from 1970."""
    return cycles.bounds(cycles.monthly(reset_day), step * STEP, zone)
