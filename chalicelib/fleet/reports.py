"""Reports: what agents send, each taken or refused by itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from chalicelib.fleet.errors import FleetError, InvalidInput, Throttled
from chalicelib.fleet.monitors import Monitor, Monitors, assigned
from chalicelib.fleet.pings import Ping, Point, Refused, accept
from chalicelib.fleet.servers import NO_FACTS, Facts
from chalicelib.fleet.states import State, replaces
from chalicelib.fleet.store import Store
from chalicelib.fleet.tokens import hash_of, plausible


@dataclass(frozen=True, slots=True)
class Measurement:
    """A state as it was sent. at: Unix seconds, None when the sender did not say. The rest is as in State."""

    at: int | None
    figures: str
    temperatures: str = ""
    others: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """One agent's report. Of facts and state either may be missing; pings are points as they were sent."""

    secret: str
    facts: Facts = NO_FACTS
    state: Measurement | None = None
    pings: tuple[Ping, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one report: the server it was taken for, or an error and whether sending it again can help."""

    server_id: int = 0
    error: str = ""
    message: str = ""
    retry: bool = False
    refused: tuple[Refused, ...] = ()


UNKNOWN_SECRET = Outcome(
    error="unknown_secret",
    message="No server has this secret; it is wrong, or was deleted or replaced. Register the server again.",
)


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a request's reports, in their order, and what its senders have to probe."""

    outcomes: list[Outcome]
    assignments: list[tuple[Monitor, list[int]]]


def take(store: Store, reports: Sequence[Report | InvalidInput], now: float) -> Taken:
    """Stores what the reports contain.

    Raises Throttled or Unavailable only if not even the senders could be identified: then nothing was stored.
    """
    server_ids = _senders(store, reports)
    by_server: dict[int, list[Report]] = {}
    for report, server_id in zip(reports, server_ids, strict=True):
        if isinstance(report, Report) and server_id:
            by_server.setdefault(server_id, []).append(report)
    monitors = _monitors(store, by_server)
    pings = [_accepted(report, server_id, monitors, now) for report, server_id in zip(reports, server_ids, strict=True)]
    failed = {
        **store.write_facts(_last_facts(by_server)),
        **store.write_states(_newest_states(by_server, int(now))),
        **store.write_points(_points(server_ids, pings)),
    }
    outcomes = [
        _outcome(report, server_id, failed, [one for one in accepted if isinstance(one, Refused)])
        for report, server_id, accepted in zip(reports, server_ids, pings, strict=True)
    ]
    return Taken(outcomes, assigned(monitors, by_server.keys()))


def _senders(store: Store, reports: Sequence[Report | InvalidInput]) -> list[int]:
    """The server id of each report, 0 where its secret is unknown."""
    hashes = [
        hash_of(report.secret) if isinstance(report, Report) and plausible(report.secret) else "" for report in reports
    ]
    known = store.server_ids({hash_ for hash_ in hashes if hash_})
    return [known.get(hash_, 0) for hash_ in hashes]


def _last_facts(by_server: Mapping[int, list[Report]]) -> dict[int, Facts]:
    """What each server's reports say of its host: of several the last."""
    facts = {}
    for server_id, reports in by_server.items():
        ips = [report.facts.ip for report in reports if report.facts.ip is not None]
        hosts = [report.facts.host for report in reports if report.facts.host is not None]
        if ips or hosts:
            facts[server_id] = Facts(ips[-1] if ips else None, hosts[-1] if hosts else None)
    return facts


def _newest_states(by_server: Mapping[int, list[Report]], now: int) -> dict[int, State]:
    states: dict[int, State] = {}
    for server_id, reports in by_server.items():
        for report in reports:
            if report.state:
                # A state from the future counts as now: else a wrong clock would shut out all that follows.
                at = now if report.state.at is None else min(report.state.at, now)
                state = State(at, now, report.state.figures, report.state.temperatures, report.state.others)
                if replaces(state, states.get(server_id)):
                    states[server_id] = state
    return states


def _monitors(store: Store, by_server: Mapping[int, list[Report]]) -> Monitors:
    """Every monitor; as of this moment if a ping would be refused by what was known a moment ago."""
    monitors = store.recent_monitors()
    surprising = any(
        not _is_assigned(monitors, ping.monitor_id, server_id)
        for server_id, reports in by_server.items()
        for report in reports
        for ping in report.pings
    )
    return store.recent_monitors(at_once=True) if surprising else monitors


def _is_assigned(monitors: Monitors, monitor_id: int, server_id: int) -> bool:
    return monitor_id in monitors and monitors[monitor_id].covers(server_id)


def _accepted(report: Report | InvalidInput, server_id: int, monitors: Monitors, now: float) -> list[Point | Refused]:
    """What becomes of each ping of a report, in their order; nothing where the sender is not known."""
    if isinstance(report, InvalidInput) or not server_id:
        return []
    return [accept(ping, now, assigned=_is_assigned(monitors, ping.monitor_id, server_id)) for ping in report.pings]


def _points(server_ids: Sequence[int], pings: Sequence[Sequence[Point | Refused]]) -> dict[int, list[Point]]:
    """The points to store for each server."""
    points: dict[int, list[Point]] = {}
    for server_id, accepted in zip(server_ids, pings, strict=True):
        good = [one for one in accepted if isinstance(one, Point)]
        if good:
            points.setdefault(server_id, []).extend(good)
    return points


def _outcome(
    report: Report | InvalidInput, server_id: int, failed: Mapping[int, FleetError], refused: Sequence[Refused]
) -> Outcome:
    if isinstance(report, InvalidInput):
        return Outcome(error="bad_report", message=report.message)
    if not server_id:
        return UNKNOWN_SECRET
    error = failed.get(server_id)
    if error:
        name = "throttled" if isinstance(error, Throttled) else "unavailable"
        return Outcome(error=name, message=error.message, retry=True)
    return Outcome(server_id, refused=tuple(refused))
