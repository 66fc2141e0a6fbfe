"""What one evaluation sees: the fleet at one moment, and what a condition says about it."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

from chalicelib.fleet import cycles
from chalicelib.fleet.alerts.conditions import Condition
from chalicelib.fleet.alerts.figure_columns import FigureColumns
from chalicelib.fleet.alerts.rules import Rule
from chalicelib.fleet.certificates import Certificate, shows_certificate
from chalicelib.fleet.cycles import Cycle
from chalicelib.fleet.limits import EVALUATION_SECONDS
from chalicelib.fleet.monitors import Monitors
from chalicelib.fleet.servers import Server
from chalicelib.fleet.states import StatesByServer
from chalicelib.fleet.status import online_seconds
from chalicelib.fleet.wall_clock import DAY_SECONDS

SILENT_INTERVALS = 2.5
"""A server counts as offline only after it has been silent for this many of its report intervals."""

Values = Mapping[int, float]
"""A value for each server or monitor, by id."""


@dataclass(frozen=True, slots=True)
class Pinged:
    """One monitor's newest pings from one server. latency: ms, None if every probe failed. loss: percent."""

    latency: float | None
    loss: float


class Traffic(Protocol):
    def moved(self, server_id: int, start: int) -> tuple[int, int] | None:
        """Bytes in and out since a cycle's start, Unix seconds; None where nothing is known."""


class NoTraffic:
    def moved(self, server_id: int, start: int) -> tuple[int, int] | None:  # noqa: ARG002
        return None


@dataclass(frozen=True, slots=True)
class Verdict:
    """The result of a condition.

    holding: the value, by the ID of each server or monitor for which the condition holds. unknown: the IDs for which it
    is not known now whether it holds. monitors: for conditions on pings, the monitor that the value is of, by server
    ID.
    """

    holding: Values
    unknown: Collection[int] = frozenset()
    monitors: Mapping[int, int] = field(default_factory=dict)

    def fails(self, subject: int) -> bool:
        """Whether it certainly does not hold."""
        return subject not in self.holding and subject not in self.unknown


@dataclass(frozen=True)
class Glance:
    """The fleet at one moment.

    now: Unix seconds. resumed: since when rules have been evaluated without a pause, Unix seconds. every: seconds
    between two evaluations. intervals: seconds between two reports, by server ID. zone: the site's time zone. pings:
    the recent ones, by server and monitor ID. certificates: those that are known, by monitor ID. expiries: when plans
    end, in Unix seconds, by server ID. plan_cycles: the plans' traffic cycles, by server ID. quiet_until: Unix seconds,
    0 outside of quiet hours.
    """

    now: int
    servers: Mapping[int, Server]
    states: StatesByServer
    intervals: Mapping[int, float]
    resumed: int = 0
    every: int = EVALUATION_SECONDS
    zone: str = "UTC"
    monitors: Monitors = field(default_factory=dict)
    pings: Mapping[int, Mapping[int, Pinged]] = field(default_factory=dict)
    certificates: Mapping[int, Certificate] = field(default_factory=dict)
    expiries: Mapping[int, int] = field(default_factory=dict)
    plan_cycles: Mapping[int, Cycle] = field(default_factory=dict)
    traffic: Traffic = field(default_factory=NoTraffic)
    quiet_until: int = 0

    def verdict(self, condition: Condition, rule: Rule, *, eager: bool = False) -> Verdict:
        """The result of a rule's condition. eager: for `offline`; see `_silence`."""
        match condition.kind.source:
            case "silence":
                duration = rule.duration if condition.duration is None else condition.duration
                return self._silence(duration, eager=eager)
            case "figures":
                return self._figures(condition)
            case "pings":
                return self._pings(condition)
            case "outages":
                return self._outages(condition, rule)
            case "certificates":
                return self._certificates(condition)
            case "traffic":
                return self._traffic(condition)
            case "plans":
                return _until(condition, self.expiries, self.now, self.servers)

    def _silence(self, duration: int, *, eager: bool) -> Verdict:
        """For how many seconds each offline server has been silent.

        A server is offline when its last report is older than `duration` and than 2.5 of its intervals; during the last
        interval before that, its status is unknown. After a pause of the evaluation, as much time must pass since the
        end of the pause, too. eager: a server counts as offline one interval earlier.
        """
        holding: dict[int, float] = {}
        unknown = set()
        for id_, last_active in zip(self._columns.ids, self._columns.last_active, strict=True):
            age = self.now - last_active
            interval = self.intervals.get(id_, EVALUATION_SECONDS)
            limit = max(duration, SILENT_INTERVALS * interval)
            if age <= limit - interval:
                continue
            if self.now - self.resumed > limit and (eager or age > limit):
                holding[id_] = age
            else:
                unknown.add(id_)
        return Verdict(holding, unknown)

    def _figures(self, condition: Condition) -> Verdict:
        column, online = self._columns.column(condition.type), self._online
        above, below = condition.above, condition.below
        rows = zip(self._columns.ids, column, online, strict=True)
        if above is not None and below is None:
            holding = {id_: value for id_, value, up in rows if up and value is not None and value > above}
        else:
            holding = {id_: value for id_, value, up in rows if up and value is not None and condition.holds(value)}
        return Verdict(holding, self._not_online | self._columns.missing(condition.type))

    def _pings(self, condition: Condition) -> Verdict:
        loss = condition.type == "loss"
        holding, worst, unknown = {}, {}, set(self._not_online)
        watched = [one for one in self.monitors if condition.watches(one)]
        for id_ in self._reported:
            if id_ in unknown:
                continue
            known = [
                (value, monitor_id)
                for monitor_id, pinged in self.pings.get(id_, {}).items()
                if condition.watches(monitor_id) and (value := pinged.loss if loss else pinged.latency) is not None
            ]
            failing = [pair for pair in known if condition.holds(pair[0])]
            if failing:
                holding[id_], worst[id_] = max(failing)
            elif not known and any(self.monitors[one].covers(id_) for one in watched):
                unknown.add(id_)
        return Verdict(holding, unknown, worst)

    def _outages(self, condition: Condition, rule: Rule) -> Verdict:
        """A monitor is down if no probe succeeded from any of the rule's online servers whose pings are known."""
        losses: dict[int, list[float]] = {}
        for id_, by_monitor in self.pings.items():
            server = self.servers.get(id_)
            if server and id_ not in self._not_online and rule.covers(server):
                for monitor_id, pinged in by_monitor.items():
                    losses.setdefault(monitor_id, []).append(pinged.loss)
        watched = [id_ for id_ in self.monitors if condition.watches(id_)]
        holding = {id_: 100.0 for id_ in watched if id_ in losses and min(losses[id_]) >= 100}
        return Verdict(holding, {id_ for id_ in watched if id_ not in losses})

    def _certificates(self, condition: Condition) -> Verdict:
        watched = [id_ for id_ in self.monitors if condition.watches(id_)]
        ends = {id_: one.not_after for id_, one in self.certificates.items()}
        # A target without TLS has no certificate, so the condition certainly does not hold.
        unknown = {id_ for id_ in watched if id_ not in ends and shows_certificate(self.monitors[id_])}
        return Verdict(_until(condition, ends, self.now, watched).holding, unknown)

    def _traffic(self, condition: Condition) -> Verdict:
        holding, unknown = {}, set()
        starts: dict[Cycle, int] = {}
        for id_ in self._reported:
            cycle = condition.cycle or self.plan_cycles.get(id_)
            if cycle is None:
                continue
            if cycle not in starts:
                starts[cycle] = cycles.bounds(cycle, self.now, self.zone)[0]
            moved = self.traffic.moved(id_, starts[cycle])
            if moved is None:
                unknown.add(id_)
                continue
            value = {"cycle_in": moved[0], "cycle_out": moved[1]}.get(condition.type, sum(moved))
            if condition.holds(value):
                holding[id_] = value
        return Verdict(holding, unknown)

    @cached_property
    def _columns(self) -> FigureColumns:
        return FigureColumns(self.servers, self.states)

    @cached_property
    def _reported(self) -> frozenset[int]:
        return frozenset(self._columns.ids)

    @cached_property
    def _online(self) -> list[bool]:
        newest = self.now
        get = self.intervals.get
        return [
            newest - last <= online_seconds(get(id_, EVALUATION_SECONDS))
            for id_, last in zip(self._columns.ids, self._columns.last_active, strict=True)
        ]

    @cached_property
    def _not_online(self) -> frozenset[int]:
        offline = {id_ for id_, up in zip(self._columns.ids, self._online, strict=True) if not up}
        return frozenset(offline | (self.servers.keys() - self._reported))


def _until(condition: Condition, ends: Mapping[int, int], now: int, subjects: Iterable[int]) -> Verdict:
    """The verdict on the days until something ends. The condition does not hold for subjects without an end."""
    days = {id_: (ends[id_] - now) / DAY_SECONDS for id_ in subjects if id_ in ends}
    return Verdict({id_: left for id_, left in days.items() if condition.holds(left)})
