"""Certificates of https monitors: issuer and expiry.

Reporters that probe a monitor send its certificate with their points. If none does, a scheduled function reads it once
a day.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple, Protocol

from chalicelib.fleet.errors import FleetError, Throttled, Unavailable
from chalicelib.fleet.limits import CERTIFICATE_KEPT_SECONDS, CERTIFICATES_A_REQUEST, CERTIFICATES_A_RUN

if TYPE_CHECKING:  # monitors and reports import this module
    from chalicelib.fleet.monitors import Monitor, Monitors
    from chalicelib.fleet.store import Store

TOLD_AGAIN_SECONDS = 20 * 3600
"""After this, a certificate that did not change is stored again: reporters send it every 24 hours."""

READ_AGAIN_SECONDS = 24 * 3600
"""After this, a certificate that the scheduled function read is read again."""

NOT_TOLD_SECONDS = 36 * 3600
"""If no server has sent a monitor's certificate for this long, the scheduled function reads it."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """issuer: may be "". not_after: Unix seconds, the last at which it is valid."""

    issuer: str
    not_after: int


class TargetCertificate(NamedTuple):
    """A certificate as a server sent it. target: the target that showed it, "" if the sender did not name one."""

    certificate: Certificate
    target: str = ""

    def is_of(self, monitor: Monitor | None) -> bool:
        """Whether the monitor's current target showed it. A server may not know yet that the target has changed."""
        return monitor is not None and shows_certificate(monitor) and self.target in ("", monitor.target)


@dataclass(frozen=True, slots=True)
class KnownCertificate:
    """What is known about the certificate of one monitor.

    at: when it was last sent or read, Unix seconds. target: `target_mark` of the target that showed it. certificate:
    None if none could be read. told: whether a server sent it.
    """

    at: int
    target: str
    certificate: Certificate | None = None
    told: bool = True


class CertificateStore(Protocol):
    """Every method but `write` raises Throttled or Unavailable when the database refuses or does not answer."""

    def of(self, monitor_ids: Collection[int]) -> Mapping[int, KnownCertificate]:
        """What is known about these monitors' certificates."""

    def between(self, first: int, last: int) -> Mapping[int, KnownCertificate]:
        """The same for all monitors whose IDs are `first` to `last`."""

    def recent(self, minute: int) -> Mapping[int, KnownCertificate]:
        """The same for all monitors. Calls with the same minute get the same result without reading again."""

    def write(self, known: Mapping[int, KnownCertificate]) -> Mapping[int, FleetError]:
        """Replaces what is known; returns the monitors that failed, with the reason."""


def target_mark(monitor: Monitor) -> str:
    """Identifies a monitor's target: what is known about one target says nothing about the monitor's next one."""
    return sha256(monitor.target.encode("utf-8", "replace")).hexdigest()[:8]


def shows_certificate(monitor: Monitor) -> bool:
    return monitor.type == "http" and monitor.target.startswith("https:")


def showing(monitors: Monitors) -> list[int]:
    """The IDs of the monitors that have a certificate, ascending."""
    return [id_ for id_, monitor in monitors.items() if shows_certificate(monitor)]


def current(monitors: Monitors, known: Mapping[int, KnownCertificate]) -> dict[int, Certificate]:
    """The known certificates of the monitors' current targets, by monitor ID."""
    found: dict[int, Certificate] = {}
    for id_, one in known.items():
        monitor = monitors.get(id_)
        if monitor and one.certificate and shows_certificate(monitor) and one.target == target_mark(monitor):
            found[id_] = one.certificate
    return found


def keep(
    store: CertificateStore, monitors: Monitors, told: Iterable[tuple[int, TargetCertificate]], now: float
) -> Collection[int]:
    """Stores certificates that servers sent: those that changed, and others once a day.

    told: each with the monitor's ID. Certificates of a target that the monitor no longer has are dropped. If there are
    several for one monitor, the last one is stored.

    Returns the IDs of the monitors whose certificate could not be stored this time.
    """
    new = {
        id_: KnownCertificate(int(now), target_mark(monitors[id_]), one.certificate)
        for id_, one in told
        if one.is_of(monitors.get(id_))
    }
    if not new:
        return ()
    try:
        known = store.of(new)
    except (Throttled, Unavailable):
        return frozenset(new)
    due = [id_ for id_, one in new.items() if _is_news(one, known.get(id_))]
    failed = store.write({id_: new[id_] for id_ in due[:CERTIFICATES_A_REQUEST]})
    return {*failed, *due[CERTIFICATES_A_REQUEST:]}


def _is_news(new: KnownCertificate, old: KnownCertificate | None) -> bool:
    return old is None or replace(old, at=new.at) != new or new.at - old.at >= TOLD_AGAIN_SECONDS


def due_to_be_read(monitors: Monitors, known: Mapping[int, KnownCertificate], now: float) -> list[int]:
    """The monitors whose certificate the scheduled function should read now, those that have waited longest first."""
    waiting = []
    for id_ in showing(monitors):
        one = known.get(id_)
        if one is None or one.target != target_mark(monitors[id_]):
            waiting.append((0, id_))
        elif one.at <= now - (NOT_TOLD_SECONDS if one.told else READ_AGAIN_SECONDS):
            waiting.append((one.at, id_))
    return [id_ for _, id_ in sorted(waiting)]


def read_due(store: Store, read: Callable[[Sequence[str]], Sequence[Certificate | None]], now: float) -> int:
    """Reads certificates that no server sends, at most CERTIFICATES_A_RUN of those that are due.

    read: returns the certificates that targets present now. Returns how many it tried to read. Raises Throttled or
    Unavailable.
    """
    monitors = store.recent_monitors(at_once=True)
    ids = showing(monitors)
    if not ids:
        return 0
    known = store.certificates.between(ids[0], ids[-1])
    due = due_to_be_read(monitors, known, now)[:CERTIFICATES_A_RUN]
    if not due:
        return 0
    marks = {id_: target_mark(monitors[id_]) for id_ in due}
    before = current(monitors, known)
    found = read([monitors[id_].target for id_ in due])
    new = {
        id_: KnownCertificate(int(now), marks[id_], one or before.get(id_), told=False)
        for id_, one in zip(due, found, strict=True)
    }
    for error in store.certificates.write(new).values():
        raise error
    return len(due)


def expires(known: KnownCertificate) -> int:
    """When a certificate is forgotten, unless it is sent or read again: Unix seconds."""
    return known.at + CERTIFICATE_KEPT_SECONDS
