"""Ping tasks: when which agent gets which, and what is made of the results."""

import heapq
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from agent.minutes import Count, Minutes
from agent.point import MINUTE, Point
from agent.relay import wire
from agent.relay.clock import Clock, Jitter, some_seconds
from agent.relay.upstream import Monitor

OWED_SECONDS = 45
"""After this a result does not come any more: an echo takes 20 s at most, and a name server may add 10."""

LATE_SECONDS = 5
"""A task that is later than this had to wait for a relay that stood still."""

CATCH_UP_SECONDS = 60
"""The time over which late tasks are spread, instead of one burst."""


@dataclass(slots=True)
class _Plan:
    """due: monotonic seconds of the next task."""

    monitor: Monitor
    due: float


@dataclass(slots=True)
class _Owed:
    """A task that was sent. count: None when its result is not wanted any more."""

    type: int
    began: float
    count: Count | None


@dataclass(slots=True)
class _Duty:
    """What one server has to probe, and what it did. used: monotonic seconds when it last had anything to do."""

    used: float
    plans: dict[int, _Plan] = field(default_factory=dict)
    owed: dict[int, _Owed] = field(default_factory=dict)
    minutes: Minutes = field(default_factory=Minutes)


@dataclass(slots=True)
class Counts:
    """sent: tasks. taken: results. unasked: results that nobody waits for (late, or of no such task). lost: tasks whose
    result never came. owing: tasks not sent, as the last one's result is owed. absent: as no agent is there."""

    sent: int = 0
    taken: int = 0
    unasked: int = 0
    lost: int = 0
    owing: int = 0
    absent: int = 0


class Dispatcher:
    """send: gives a server's agent a task, and says whether one is there.

    observe_lag: told how many seconds after its time a task was sent.
    """

    def __init__(
        self,
        clock: Clock,
        send: Callable[[int, bytes], bool],
        observe_lag: Callable[[float], object] = lambda _: None,
        jitter: Jitter = some_seconds,
    ) -> None:
        self.counts = Counts()
        self._clock = clock
        self._send = send
        self.observe_lag = observe_lag
        self._jitter = jitter
        self._duties: dict[int, _Duty] = {}
        self._queue: list[tuple[float, int, int]] = []

    def assign(self, server_ids: Iterable[int], monitors: Iterable[tuple[Monitor, Iterable[int]]]) -> None:
        """These servers have to probe these monitors and no others; each monitor comes with its servers."""
        wanted: dict[int, dict[int, Monitor]] = {server_id: {} for server_id in server_ids}
        for monitor, probing in monitors:
            for server_id in probing:
                if server_id in wanted:
                    wanted[server_id][monitor.id] = monitor
        for server_id, assigned in wanted.items():
            if assigned or server_id in self._duties:
                self._plan(server_id, assigned)

    def forget(self, known: Mapping[int, object]) -> None:
        """Servers that are not known any more have no duties; what they measured stays until it is finished."""
        for server_id, duty in self._duties.items():
            if server_id not in known:
                duty.plans = {}

    def tick(self) -> None:
        """Sends what is due."""
        now = self._clock.monotonic()
        while self._queue and self._queue[0][0] <= now:
            due, server_id, monitor_id = heapq.heappop(self._queue)
            duty = self._duties.get(server_id)
            plan = duty.plans.get(monitor_id) if duty else None
            if not duty or not plan or plan.due != due:
                continue
            if now - due > LATE_SECONDS:
                plan.due = now + self._jitter(min(plan.monitor.interval, CATCH_UP_SECONDS))
            else:
                self._dispatch(server_id, duty, plan.monitor, now)
                self.observe_lag(now - due)
                plan.due = due + plan.monitor.interval
            heapq.heappush(self._queue, (plan.due, server_id, monitor_id))

    def result(self, server_id: int, result: wire.Result) -> bool:
        """An agent's result: whether it was waited for."""
        duty = self._duties.get(server_id)
        owed = duty.owed.get(result["monitor_id"]) if duty else None
        if not duty or not owed or owed.type != result["type"]:
            self.counts.unasked += 1
            return False
        del duty.owed[result["monitor_id"]]
        if owed.count is None:
            self.counts.unasked += 1
            return False
        duty.minutes.end(owed.count, result["delay"])
        self.counts.taken += 1
        return True

    def finished(self) -> list[tuple[int, Point]]:
        """The minutes that are over, each once, with their servers."""
        self._expire(self._clock.monotonic() - OWED_SECONDS)
        return self._collect(self._clock.now())

    def rest(self) -> list[tuple[int, Point]]:
        """Everything that was measured, unfinished minutes too. Nothing is sent or waited for any more."""
        self._queue = []
        self._expire(float("inf"))
        return self._collect(self._clock.now() + MINUTE)

    def _plan(self, server_id: int, assigned: Mapping[int, Monitor]) -> None:
        duty = self._duties.setdefault(server_id, _Duty(self._clock.monotonic()))
        before, duty.plans = duty.plans, {}
        for monitor_id, monitor in assigned.items():
            plan = before.get(monitor_id)
            if plan and plan.monitor.interval == monitor.interval:
                if plan.monitor != monitor:
                    self._abandon(duty, monitor_id)
                plan.monitor = monitor
            else:
                plan = _Plan(monitor, self._clock.monotonic() + self._jitter(monitor.interval))
                heapq.heappush(self._queue, (plan.due, server_id, monitor_id))
            duty.plans[monitor_id] = plan
        for monitor_id in before.keys() - assigned.keys():
            self._abandon(duty, monitor_id)

    def _abandon(self, duty: _Duty, monitor_id: int) -> None:
        """A result that is under way was measured at another target, or is not wanted; but it is still owed."""
        owed = duty.owed.get(monitor_id)
        if owed and owed.count:
            duty.minutes.discard(owed.count)
            owed.count = None

    def _dispatch(self, server_id: int, duty: _Duty, monitor: Monitor, now: float) -> None:
        if monitor.id in duty.owed:
            self.counts.owing += 1
        elif not self._send(server_id, wire.probe(monitor.id, monitor.type, monitor.target)):
            self.counts.absent += 1
        else:
            self.counts.sent += 1
            count = duty.minutes.begin(monitor.id, self._clock.now())
            duty.owed[monitor.id] = _Owed(wire.TASK_TYPES[monitor.type], now, count)

    def _expire(self, before: float) -> None:
        for duty in self._duties.values():
            for monitor_id in [monitor_id for monitor_id, owed in duty.owed.items() if owed.began < before]:
                self._abandon(duty, monitor_id)
                del duty.owed[monitor_id]
                self.counts.lost += 1

    def _collect(self, now: float) -> list[tuple[int, Point]]:
        points = []
        monotonic = self._clock.monotonic()
        for server_id, duty in list(self._duties.items()):
            points += [(server_id, point) for point in duty.minutes.finished(now)]
            if duty.plans or duty.owed:
                duty.used = monotonic
            elif monotonic - duty.used > 2 * MINUTE:
                del self._duties[server_id]
        return points
