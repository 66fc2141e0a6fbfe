"""Recent certificates: what is known about monitors' certificates, read again in small parts."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field

from chalicelib.fleet.alerts.ledger import Ledgers
from chalicelib.fleet.alerts.recent_pings import SPAN_SECONDS
from chalicelib.fleet.alerts.rules import Rule
from chalicelib.fleet.certificates import Certificate, CertificateStore, KnownCertificate, current, showing
from chalicelib.fleet.errors import Throttled, Unavailable
from chalicelib.fleet.limits import MONITORS
from chalicelib.fleet.store import Store, View

MINUTE = 60
TURNS = 5
"""How many minutes it takes to read everything again, a part of the monitors each minute. Reading them all at once
would cost more than everything else that one evaluation reads."""

PART = MONITORS // TURNS

log = logging.getLogger(__name__)


@dataclass
class RecentCertificates:
    """Keeps in memory what it has read.

    flush: as in RecentPings; if it is less than SPAN_SECONDS, everything is read each minute.
    """

    store: Store
    flush: int
    _minute: int = 0
    _known: dict[int, KnownCertificate] = field(default_factory=dict)
    _asked: frozenset[int] = frozenset()

    def at(self, view: View, ledgers: Ledgers, now: int) -> Mapping[int, Certificate]:
        """The certificates that are known now, by monitor ID; none if no rule needs them.

        Certificates that cannot be read now stay as they were.
        """
        ids = showing(view.monitors) if any(_asks(ledger.rule) for ledger in ledgers.values()) else []
        if not ids:
            return {}
        part = ids if not self._asked.issuperset(ids) else self._part(ids, view.settings.flush or self.flush, now)
        if part:
            try:
                self._read(self.store.certificates, part)
            except (Throttled, Unavailable) as error:
                log.warning("Certificates were not read: %s", error.message)
            else:
                self._minute, self._asked = now // MINUTE, self._asked.union(part)
        return current(view.monitors, self._known)

    def _part(self, ids: list[int], flush: int, now: int) -> list[int]:
        """The monitors whose turn it is; none if a part was already read in this minute."""
        minute = now // MINUTE
        if minute == self._minute:
            return []
        if flush < SPAN_SECONDS:
            return ids
        first = minute % TURNS * PART
        return ids[first : first + PART]

    def _read(self, store: CertificateStore, ids: list[int]) -> None:
        found = store.between(ids[0], ids[-1])
        self._known = {id_: one for id_, one in self._known.items() if not ids[0] <= id_ <= ids[-1]} | dict(found)


def _asks(rule: Rule) -> bool:
    return rule.enabled and any(one.kind.source == "certificates" for one in rule.conditions)
