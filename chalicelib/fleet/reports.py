"""Reports: what agents send, each accepted or refused on its own."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from chalicelib.fleet import certificates, limits, pace
from chalicelib.fleet.certificates import TargetCertificate
from chalicelib.fleet.errors import FleetError, InvalidInput, Throttled
from chalicelib.fleet.history import Minute, Recorded, RefusedMinute
from chalicelib.fleet.history import accept as accept_minute
from chalicelib.fleet.live import is_live
from chalicelib.fleet.monitors import Monitor, Monitors, assigned
from chalicelib.fleet.pings import Ping, Point, RefusedPoint, accept
from chalicelib.fleet.servers import NO_FACTS, Facts
from chalicelib.fleet.settings import Settings
from chalicelib.fleet.states import State, replaces, with_interval
from chalicelib.fleet.store import Store
from chalicelib.fleet.tokens import hash_of, plausible


@dataclass(frozen=True, slots=True)
class Measurement:
    """A state as it was sent. at: Unix seconds, None if the sender did not state it. The rest is as in State."""

    at: int | None
    figures: str
    temperatures: str = ""
    others: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """One agent's report. Facts and state may be missing; pings and minutes are as they were sent.

    age: seconds since the sender last heard from the agent.
    """

    facts: Facts = NO_FACTS
    state: Measurement | None = None
    pings: tuple[Ping, ...] = ()
    minutes: tuple[Minute, ...] = ()
    age: float = 0


@dataclass(frozen=True, slots=True)
class Sent:
    """A report whose sender is not identified yet. read: reads all but the secret; raises InvalidInput."""

    secret: str
    read: Callable[[], Report]


Part = Literal["host", "state", "certificate"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of one report: the server that it was accepted for, or an error and whether to send it again.

    refused, refused_minutes: the points and minutes that were not accepted, and would not be accepted next time either.
    not_kept: the parts that were not stored this time. A newer state replaces a lost one, but a host should be sent
    again after a minute, and a certificate with the next points.
    """

    server_id: int = 0
    error: str = ""
    message: str = ""
    retry: bool = False
    refused: tuple[RefusedPoint, ...] = ()
    refused_minutes: tuple[RefusedMinute, ...] = ()
    not_kept: tuple[Part, ...] = ()


UNKNOWN_SECRET = Outcome(
    error="unknown_secret",
    message="No server has this secret: it is wrong, or was deleted or replaced. Register the server again.",
)
NOT_LOOKED_UP = Outcome(
    error="unavailable",
    message="Another secret of this request is unknown, so this one was not looked up. Send the report again.",
    retry=True,
)


@dataclass(frozen=True, slots=True)
class Taken:
    """The results of a request's reports, in the same order, and what its senders must probe.

    settings: at most 15 seconds old. interval: seconds until the next report. live: whether somebody is watching. slow:
    whether the cost ceiling slows the dashboard down.
    """

    outcomes: list[Outcome]
    assignments: list[tuple[Monitor, list[int]]]
    settings: Settings
    interval: int
    live: bool = False
    slow: bool = False


@dataclass(frozen=True, slots=True)
class _Accepted:
    """A report whose sender is known. pings, minutes: the result for each of the report's."""

    server_id: int
    report: Report
    pings: Sequence[Point | RefusedPoint] = ()
    minutes: Sequence[Minute | RefusedMinute] = ()


def take(store: Store, sent: Sequence[Sent | InvalidInput], now: float, interval: int, state_units: float = 0) -> Taken:
    """Stores what the reports contain. In `sent`, InvalidInput stands for a report whose secret could not be read.

    interval: seconds that senders are told to wait between two reports, unless a setting changes it or somebody is
    watching. state_units: write units a second that the states of the fleet may consume, 0 for no limit.

    Raises Throttled or Unavailable only if the senders could not be identified: then nothing was stored.
    """
    read = _read(sent, _senders(store, [_hash(one) for one in sent]))
    known = [one for one in read if isinstance(one, _Accepted)]
    monitors = _monitors(store, known) if known else {}
    settings = store.recent_settings() if known else Settings()
    slow = bool(known) and pace.is_slow(store.recently_slow_until(), now)
    live = bool(known) and not slow and is_live(store.recently_watched_at(), now)
    least = _least_interval(store, known, state_units) if known and state_units else 0
    told = pace.interval(settings, interval, live=live, slow=slow, least=least)
    accepted = [_with_history(one, monitors, now) if isinstance(one, _Accepted) else one for one in read]
    known = [one for one in accepted if isinstance(one, _Accepted)]
    failed = _Failed(
        facts=store.write_facts(_last_facts(known), now),
        states=store.write_states(_newest_states(known, int(now), told)),
        history=store.write_history(_recorded(known), now),
        certificates=_keep_certificates(store, known, monitors, now),
    )
    outcomes = [_outcome(one, failed) if isinstance(one, _Accepted) else one for one in accepted]
    assignments = assigned(monitors, {one.server_id: None for one in known})
    return Taken(outcomes, assignments, settings, told, live=live, slow=slow)


def _least_interval(store: Store, known: Iterable[_Accepted], state_units: float) -> int:
    """The shortest interval, in seconds, that the write units for states allow, estimated from this request's senders.
    Those without a state in this request count, too, because they will send one."""
    senders = {one.server_id for one in known}
    alone = {one.server_id for one in known if one.report.state and one.report.state.temperatures}
    units = store.state_units(senders, alone)
    return pace.least_interval(store.recent_server_count(), units, len(senders), state_units)


def _hash(sent: Sent | InvalidInput) -> str:
    """The hash of the secret; "" for one that no server can have."""
    return hash_of(sent.secret) if isinstance(sent, Sent) and plausible(sent.secret) else ""


def _senders(store: Store, hashes: Sequence[str]) -> list[int | None]:
    """The server of each secret: 0 where no server has it, None where it was not looked up.

    The first secret that is not in memory is looked up alone. Only if a server has it, so are the others: a stranger's
    request costs one read, however many secrets it names.
    """
    known = {"": 0, **store.remembered_server_ids(hashes)}
    if missing := [hash_ for hash_ in dict.fromkeys(hashes) if hash_ not in known]:
        first, *others = missing
        known |= {first: 0, **store.server_ids([first])}
        if known[first] and others:
            known |= {**dict.fromkeys(others, 0), **store.server_ids(others)}
    return [known.get(hash_) for hash_ in hashes]


def _read(sent: Sequence[Sent | InvalidInput], server_ids: Sequence[int | None]) -> list[_Accepted | Outcome]:
    return [_read_one(one, server_id) for one, server_id in zip(sent, server_ids, strict=True)]


def _read_one(sent: Sent | InvalidInput, server_id: int | None) -> _Accepted | Outcome:
    try:
        if isinstance(sent, InvalidInput):
            raise sent
        if server_id is None:
            return NOT_LOOKED_UP
        return _Accepted(server_id, sent.read()) if server_id else UNKNOWN_SECRET
    except InvalidInput as error:
        return Outcome(error="bad_report", message=error.message)


def _monitors(store: Store, reports: Iterable[_Accepted]) -> Monitors:
    """Every monitor, as of a moment ago; as of now if those would refuse a ping or a certificate."""
    monitors = store.recent_monitors()
    surprising = any(_is_surprising(monitors, ping, one.server_id) for one in reports for ping in one.report.pings)
    return store.recent_monitors(at_once=True) if surprising else monitors


def _is_surprising(monitors: Monitors, ping: Ping, server_id: int) -> bool:
    if not _is_assigned(monitors, ping.monitor_id, server_id):
        return True
    return ping.certificate is not None and not ping.certificate.is_of(monitors[ping.monitor_id])


def _is_assigned(monitors: Monitors, monitor_id: int, server_id: int) -> bool:
    return monitor_id in monitors and monitors[monitor_id].covers(server_id)


def _longest_delay(monitors: Monitors, monitor_id: int, server_id: int) -> float | None:
    """The longest delay of a monitor, ms; None if the server does not have to probe it."""
    return monitors[monitor_id].kind.longest_delay if _is_assigned(monitors, monitor_id, server_id) else None


def _with_history(one: _Accepted, monitors: Monitors, now: float) -> _Accepted:
    pings = [
        accept(ping, now, longest=_longest_delay(monitors, ping.monitor_id, one.server_id)) for ping in one.report.pings
    ]
    minutes = [accept_minute(minute, now) for minute in one.report.minutes]
    return _Accepted(one.server_id, one.report, pings, minutes)


def _last_facts(reports: Iterable[_Accepted]) -> dict[int, Facts]:
    """What the reports say about each server's host; if several do, the last one counts."""
    facts: dict[int, Facts] = {}
    for one in reports:
        new, before = one.report.facts, facts.get(one.server_id, NO_FACTS)
        if new != NO_FACTS:
            ip = before.ip if new.ip is None else new.ip
            facts[one.server_id] = Facts(ip, before.host if new.host is None else new.host)
    return facts


def _newest_states(reports: Iterable[_Accepted], now: int, interval: float) -> dict[int, State]:
    states: dict[int, State] = {}
    for one in reports:
        if measured := one.report.state:
            # A state from the future counts as measured now: otherwise a wrong clock would block all later states.
            at = now if measured.at is None else min(measured.at, now)
            heard = now - int(min(one.report.age, limits.AGE_MOST))
            others = with_interval(measured.others, interval)
            state = State(at, heard, measured.figures, measured.temperatures, others)
            if replaces(state, states.get(one.server_id)):
                states[one.server_id] = state
    return states


def _recorded(reports: Iterable[_Accepted]) -> dict[int, Recorded]:
    """The minutes and points to store for each server."""
    recorded: dict[int, tuple[list[Minute], list[Point]]] = {}
    for one in reports:
        minutes = [minute for minute in one.minutes if isinstance(minute, Minute)]
        points = [ping for ping in one.pings if isinstance(ping, Point)]
        if minutes or points:
            known = recorded.setdefault(one.server_id, ([], []))
            known[0].extend(minutes)
            known[1].extend(points)
    return {server_id: Recorded(*parts) for server_id, parts in recorded.items()}


def _keep_certificates(store: Store, reports: Iterable[_Accepted], monitors: Monitors, now: float) -> Collection[int]:
    """Stores the certificates that came with accepted points. Returns the monitors that failed."""
    told = (pair for one in reports for pair in _certificates(one))
    return certificates.keep(store.certificates, monitors, told, now)


def _certificates(one: _Accepted) -> Iterator[tuple[int, TargetCertificate]]:
    """The certificates that came with accepted points, each with its monitor's ID."""
    for sent, ping in zip(one.report.pings, one.pings, strict=True):
        if sent.certificate and isinstance(ping, Point):
            yield sent.monitor_id, sent.certificate


@dataclass(frozen=True, slots=True)
class _Failed:
    """The servers for which something could not be stored, and why. certificates: the monitors whose certificate was
    not stored."""

    facts: Mapping[int, FleetError]
    states: Mapping[int, FleetError]
    history: Mapping[int, FleetError]
    certificates: Collection[int]


def _outcome(one: _Accepted, failed: _Failed) -> Outcome:
    """The result of a report. It is an error only if points or minutes were not stored: a lost state or host is sent
    again anyway."""
    report, server_id = one.report, one.server_id
    if (report.pings or report.minutes) and (error := failed.history.get(server_id)):
        name = "throttled" if isinstance(error, Throttled) else "unavailable"
        return Outcome(error=name, message=error.message, retry=True)
    not_kept: list[Part] = []
    if report.facts != NO_FACTS and server_id in failed.facts:
        not_kept.append("host")
    if report.state and server_id in failed.states:
        not_kept.append("state")
    if failed.certificates and any(id_ in failed.certificates for id_, _ in _certificates(one)):
        not_kept.append("certificate")
    refused = tuple(ping for ping in one.pings if isinstance(ping, RefusedPoint))
    refused_minutes = tuple(minute for minute in one.minutes if isinstance(minute, RefusedMinute))
    return Outcome(server_id, refused=refused, refused_minutes=refused_minutes, not_kept=tuple(not_kept))
