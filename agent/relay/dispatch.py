"""Ping tasks: sends them to agents when they are due, and counts their results."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from agent.core.changes import Changes
from agent.core.clock import Jitter, random_seconds
from agent.core.limits import MINUTE
from agent.core.monitor_types import TYPES
from agent.core.monitors import Monitor
from agent.core.open_points import Count, OpenPoints
from agent.core.points import Point
from agent.core.recent_probes import RecentProbes
from agent.core.schedule import ProbeSchedule, part_of
from agent.relay import protobuf
from agent.relay.clock import RelayClock
from agent.relay.task_stream import TaskStream

OWED_SECONDS = 45
"""After this time a result no longer comes: an echo takes at most 20 s, and a name server may add 10 s."""


@dataclass(slots=True)
class _Owed:
    """A task that was sent. count: None when its result is no longer wanted."""

    type: int
    began: float
    stream: TaskStream
    count: Count | None


@dataclass(slots=True)
class _Duty:
    """What one server has to probe, and what it did.

    used: monotonic seconds when it last had anything to do. missed: monitors that may lack a probe because no agent was
    connected.
    """

    used: float
    monitors: dict[int, Monitor] = field(default_factory=dict)
    owed: dict[int, _Owed] = field(default_factory=dict)
    points: OpenPoints = field(default_factory=OpenPoints)
    recent: RecentProbes = field(default_factory=RecentProbes)
    missed: set[int] = field(default_factory=set)


@dataclass(slots=True)
class TaskCounts:
    """sent: tasks. taken: results. unasked: results that were not awaited, because they are late or belong to no task.

    lost: tasks whose result never came. owing: tasks not sent because the previous result is still owed. absent: tasks
    not sent because no agent was connected.
    """

    sent: int = 0
    taken: int = 0
    unasked: int = 0
    lost: int = 0
    owing: int = 0
    absent: int = 0


class Dispatcher:
    """Gives agents their tasks and counts their results."""

    def __init__(
        self,
        clock: RelayClock,
        send: Callable[[int, bytes], TaskStream | None],
        observe_lag: Callable[[float], object] = lambda _: None,
        jitter: Jitter = random_seconds,
        part: Callable[[int, int], float] = part_of,
    ) -> None:
        """send: gives a server's agent a task, and returns the stream that got it, None when no agent is there.

        observe_lag: is called with the seconds by which a task was sent late. part: where in its interval a monitor's
        tasks are, from 0 up to 1, given the server and the monitor.
        """
        self.counts = TaskCounts()
        self.changes = Changes(clock.monotonic)
        """Servers whose probes began to fail or to work."""
        self.changed = False
        """Whether any server's monitors have changed since this was set to False."""
        self._clock = clock
        self._send = send
        self._observe_lag = observe_lag
        self._duties: dict[int, _Duty] = {}
        self._schedule: ProbeSchedule[tuple[int, int]] = ProbeSchedule(clock, jitter, lambda key: part(*key))

    def assign(self, server_ids: Iterable[int], monitors: Iterable[tuple[Monitor, Iterable[int]]]) -> None:
        """These servers have to probe these monitors and no others. Each monitor comes with its servers."""
        wanted: dict[int, dict[int, Monitor]] = {server_id: {} for server_id in server_ids}
        for monitor, probing in monitors:
            for server_id in probing:
                if server_id in wanted:
                    wanted[server_id][monitor.id] = monitor
        for server_id, assigned in wanted.items():
            if assigned or server_id in self._duties:
                self._plan(server_id, assigned)

    def forget(self, known: Mapping[int, object]) -> None:
        """Servers that are no longer known have nothing to probe. Their open minutes stay until they are finished."""
        for server_id, duty in self._duties.items():
            if server_id not in known:
                self._schedule.drop((server_id, monitor_id) for monitor_id in duty.monitors)
                self.changes.forget(server_id, duty.monitors)
                duty.recent.forget(duty.monitors)
                duty.monitors = {}

    def tick(self) -> None:
        """Sends what is due."""
        self._schedule.run(self._dispatch)

    def heard(self, server_id: int) -> None:
        """An agent sent something. Probes that it missed are made up for if their minute would otherwise have none."""
        duty = self._duties.get(server_id)
        if duty and duty.missed:
            for monitor_id in duty.missed & duty.monitors.keys():
                if not duty.points.has(monitor_id, self._clock.now()):
                    self._schedule.make_up((server_id, monitor_id))
            duty.missed.clear()

    def result(self, server_id: int, result: protobuf.Result) -> bool:
        """Takes an agent's result. Returns whether it was awaited and counts."""
        duty = self._duties.get(server_id)
        owed = duty.owed.get(result["monitor_id"]) if duty else None
        if not duty or not owed or owed.type != result["type"]:
            self.counts.unasked += 1
            return False
        del duty.owed[result["monitor_id"]]
        owed.stream.answered(self._clock.monotonic())
        if owed.count is None:
            self.counts.unasked += 1
            return False
        duty.points.end(owed.count, result["delay"])
        if monitor := duty.monitors.get(result["monitor_id"]):
            duty.recent.saw(monitor, result["delay"], self._clock.monotonic())
            self.changes.saw(server_id, monitor.id, works=result["delay"] is not None)
        self.counts.taken += 1
        return True

    def finished(self) -> list[tuple[int, Point]]:
        """The minutes that are over, each once, with their servers."""
        self._expire(self._clock.monotonic() - OWED_SECONDS)
        return self._collect(self._clock.now())

    def running(self, server_ids: Iterable[int] | None = None) -> list[tuple[int, Point]]:
        """The open minutes as they are now, of these servers or of all. Results that are owed do not count yet."""
        duties = self._duties.keys() if server_ids is None else self._duties.keys() & set(server_ids)
        return [(server_id, point) for server_id in duties for point in self._duties[server_id].points.running()]

    def recent(self, server_id: int) -> dict[str, float]:
        """A server's latency and packet loss, as a state has them."""
        duty = self._duties.get(server_id)
        return duty.recent.figures(self._clock.monotonic()) if duty else {}

    def assigned(self) -> dict[int, list[Monitor]]:
        """What each server has to probe."""
        return {server_id: list(duty.monitors.values()) for server_id, duty in self._duties.items() if duty.monitors}

    def servers(self) -> list[int]:
        """The IDs of servers with something for the journal."""
        return [server_id for server_id, duty in self._duties.items() if duty.points.for_journal()]

    def for_journal(self, server_id: int) -> Any:
        """A server's open minutes, for `OpenPoints.restored`."""
        duty = self._duties.get(server_id)
        return duty.points.for_journal() if duty else []

    def restore(self, server_id: int, points: OpenPoints) -> None:
        """Continues with the minutes that an earlier process began."""
        self._duties[server_id] = _Duty(self._clock.monotonic(), points=points)

    def _plan(self, server_id: int, assigned: dict[int, Monitor]) -> None:
        duty = self._duties.setdefault(server_id, _Duty(self._clock.monotonic()))
        before, duty.monitors = duty.monitors, assigned
        others = [id_ for id_, monitor in before.items() if _differs(monitor, assigned.get(id_))]
        for monitor_id in others:
            self._abandon(duty, monitor_id)
        self.changes.forget(server_id, others)
        duty.recent.forget(others)
        self.changed = self.changed or before != assigned
        self._schedule.drop((server_id, monitor_id) for monitor_id in before.keys() - assigned.keys())
        duty.missed |= assigned.keys() - before.keys()
        for monitor in assigned.values():
            self._schedule.plan((server_id, monitor.id), monitor.interval)

    def _abandon(self, duty: _Duty, monitor_id: int) -> None:
        """Discards a result that has not come yet: it belongs to another target, or is no longer wanted. It is still
        owed.
        """
        owed = duty.owed.get(monitor_id)
        if owed and owed.count:
            duty.points.discard(owed.count)
            owed.count = None

    def _dispatch(self, key: tuple[int, int], late: float) -> bool:
        server_id, monitor_id = key
        duty = self._duties[server_id]
        monitor = duty.monitors[monitor_id]
        if monitor_id in duty.owed:
            self.counts.owing += 1
        elif (stream := self._send(server_id, protobuf.probe(monitor))) is None:
            self.counts.absent += 1
            duty.missed.add(monitor_id)
        else:
            self.counts.sent += 1
            count = duty.points.begin(monitor, self._clock.now())
            duty.owed[monitor_id] = _Owed(TYPES[monitor.type].task, self._clock.monotonic(), stream, count)
        self._observe_lag(late)
        return True

    def _expire(self, before: float) -> None:
        for duty in self._duties.values():
            for monitor_id, owed in [item for item in duty.owed.items() if item[1].began < before]:
                owed.stream.missed()
                self._abandon(duty, monitor_id)
                del duty.owed[monitor_id]
                self.counts.lost += 1

    def _collect(self, now: float) -> list[tuple[int, Point]]:
        points = []
        monotonic = self._clock.monotonic()
        for server_id, duty in list(self._duties.items()):
            points += [(server_id, point) for point in duty.points.finished(now)]
            if duty.monitors or duty.owed:
                duty.used = monotonic
            elif monotonic - duty.used > 2 * MINUTE:
                del self._duties[server_id]
        return points


def _differs(monitor: Monitor, other: Monitor | None) -> bool:
    """Whether a result of one does not count for the other. The interval makes no difference."""
    return other is None or (monitor.type, monitor.target) != (other.type, other.target)
