"""Reports: what agents send, each taken or refused by itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from chalicelib.fleet.errors import FleetError, InvalidInput, Throttled
from chalicelib.fleet.states import State, replaces
from chalicelib.fleet.store import NO_FACTS, Facts, Store
from chalicelib.fleet.tokens import hash_of, plausible


@dataclass(frozen=True, slots=True)
class Measurement:
    """A state as it was sent. at: Unix seconds, None when the sender did not say."""

    at: int | None
    figures: tuple[str, ...]
    temperatures: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """One agent's report. Of facts and state either may be missing; pings are points as they were sent."""

    secret: str
    facts: Facts = NO_FACTS
    state: Measurement | None = None
    pings: tuple["PingPoint", ...] = ()


@dataclass(frozen=True, slots=True)
class PingPoint:
    """One finished minute of one (server, monitor). at: Unix seconds. delay: mean ms of the probes that succeeded."""

    monitor_id: int
    at: int
    delay: float
    up: int
    down: int


@dataclass(frozen=True, slots=True)
class RefusedPing:
    monitor_id: int
    at: int
    error: str
    message: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one report: the server it was taken for, or an error and whether sending it again can help."""

    server_id: int = 0
    error: str = ""
    message: str = ""
    retry: bool = False
    refused: tuple[RefusedPing, ...] = field(default=())


UNKNOWN_SECRET = Outcome(
    error="unknown_secret",
    message="No server has this secret; it is wrong, or was deleted or replaced. Register the server again.",
)


def take(store: Store, reports: Sequence[Report | InvalidInput], now: float) -> list[Outcome]:
    """Keeps what the reports say; one outcome for each, in their order.

    Raises Throttled or Unavailable only when not even the senders could be told apart: then nothing was taken.
    """
    server_ids = _senders(store, reports)
    by_server: dict[int, list[Report]] = {}
    for report, server_id in zip(reports, server_ids, strict=True):
        if isinstance(report, Report) and server_id:
            by_server.setdefault(server_id, []).append(report)
    failed = {
        **store.write_facts(_last_facts(by_server)),
        **store.write_states(_newest_states(by_server, int(now))),
    }
    return [_outcome(report, server_id, failed) for report, server_id in zip(reports, server_ids, strict=True)]


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
                state = State(at, now, report.state.figures, report.state.temperatures)
                if replaces(state, states.get(server_id)):
                    states[server_id] = state
    return states


def _outcome(report: Report | InvalidInput, server_id: int, failed: Mapping[int, FleetError]) -> Outcome:
    if isinstance(report, InvalidInput):
        return Outcome(error="bad_report", message=report.message)
    if not server_id:
        return UNKNOWN_SECRET
    error = failed.get(server_id)
    if error:
        name = "throttled" if isinstance(error, Throttled) else "unavailable"
        return Outcome(error=name, message=error.message, retry=True)
    return Outcome(server_id, refused=tuple(_refused(point) for point in report.pings))


def _refused(point: PingPoint) -> RefusedPing:
    return RefusedPing(
        point.monitor_id,
        point.at,
        "not_assigned",
        f"Monitor {point.monitor_id} is not assigned to this server.",
    )
