"""Which monitors' certificates to send to the dashboard: new ones, changed ones, and each once a day."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from agent.core.certificates import Certificate

TELL_AGAIN_SECONDS = 24 * 3600
"""How often an unchanged certificate is sent again, in case the dashboard lost it."""

CERTIFICATES_A_REPORT = 50
"""The most certificates in one report. Others wait for the next points."""


class TargetCertificate(NamedTuple):
    """A certificate as reports contain it.

    issuer, not_after: as in Certificate. target: the one that showed it, because the monitor may have another target
    when the report arrives.
    """

    issuer: str
    not_after: int
    target: str


class Certificates:
    """By monitor ID. Thread-safe.

    If the servers behind one name show different certificates, the one that expires first is sent, of all that were
    seen since the last points were sent.
    """

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._seen: dict[int, TargetCertificate] = {}
        self._told: dict[int, _Told] = {}

    def saw(self, monitor_id: int, target: str, certificate: Certificate) -> None:
        with self._lock:
            shown = TargetCertificate(*certificate, target)
            seen = self._seen.get(monitor_id, shown)
            self._seen[monitor_id] = min(seen, shown, key=lambda one: one.not_after)

    def forget(self, monitor_ids: Iterable[int]) -> None:
        """Forgets certificates of monitors that are gone, or have another target now."""
        with self._lock:
            for id_ in monitor_ids:
                self._seen.pop(id_, None)
                self._told.pop(id_, None)

    def due(self, monitor_ids: Iterable[int]) -> dict[int, TargetCertificate]:
        """The certificates to send with points of these monitors."""
        with self._lock:
            known = [(id_, self._seen[id_]) for id_ in sorted(set(monitor_ids)) if id_ in self._seen]
            return dict([pair for pair in known if self._is_due(*pair)][:CERTIFICATES_A_REPORT])

    def sent(self, monitor_ids: Iterable[int], told: Mapping[int, TargetCertificate]) -> None:
        """Points of these monitors were accepted. told: the certificates that were accepted with them."""
        with self._lock:
            now = self._monotonic()
            self._told.update({id_: _Told(one, now) for id_, one in told.items()})
            for id_ in monitor_ids:
                if id_ in self._seen and not self._is_due(id_, self._seen[id_]):
                    del self._seen[id_]

    def _is_due(self, monitor_id: int, shown: TargetCertificate) -> bool:
        told = self._told.get(monitor_id)
        return not told or told.shown != shown or self._monotonic() - told.at >= TELL_AGAIN_SECONDS


class _Told(NamedTuple):
    shown: TargetCertificate
    at: float
