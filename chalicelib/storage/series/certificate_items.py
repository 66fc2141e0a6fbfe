"""Certificates of monitors: an item for each monitor, so that each is written alone, and one Query reads all of them.

i    the issuer
e    when it ends, Unix seconds; i and e are absent if no certificate could be read
a    when it was sent or read, Unix seconds
t    `fleet.certificates.target_mark` of the target that presented it
r    1 if the scheduled function read it
"""

from collections.abc import Collection, Mapping
from contextlib import suppress
from functools import partial

from pynamodb.expressions.operand import Path
from pynamodb.expressions.update import Action

from chalicelib.fleet.certificates import Certificate, KnownCertificate, expires
from chalicelib.fleet.errors import FleetError, Throttled, Unavailable
from chalicelib.storage.calls import Database
from chalicelib.storage.failures import ConditionFailed
from chalicelib.storage.items import Item, number
from chalicelib.storage.parallel import Write, write_all
from chalicelib.storage.series import kinds
from chalicelib.storage.series.fleet_items import between, key_of
from chalicelib.storage.series.items import SeriesItem

_issuer, _end, _at, _target, _read = (Path(name) for name in "ieatr")


class CertificateTable:
    """`fleet.certificates.CertificateStore` in DynamoDB."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._recent: tuple[int, Mapping[int, KnownCertificate]] = (0, {})

    def of(self, monitor_ids: Collection[int]) -> Mapping[int, KnownCertificate]:
        keys = [key_of(kinds.CERTIFICATES + id_) for id_ in monitor_ids]
        items = self._database.batch_get(SeriesItem, keys, consistent=False)
        return _known({int(item["p"]["N"]): item for item in items})

    def between(self, first: int, last: int) -> Mapping[int, KnownCertificate]:
        return _known(between(self._database, kinds.CERTIFICATES + first, kinds.CERTIFICATES + last))

    def recent(self, minute: int) -> Mapping[int, KnownCertificate]:
        if self._recent[0] != minute:
            self._recent = minute, self.between(0, kinds.KIND - 1)
        return self._recent[1]

    def write(self, known: Mapping[int, KnownCertificate]) -> Mapping[int, FleetError]:
        return write_all([Write([id_], partial(self._write, id_, one)) for id_, one in known.items()])

    def _write(self, monitor_id: int, known: KnownCertificate) -> None:
        actions: list[Action] = [
            _at.set(number(known.at)),
            _target.set({"S": known.target}),
            _read.remove() if known.told else _read.set(number(1)),
            SeriesItem.expires.set(expires(known)),
        ]
        if known.certificate:
            actions += [_issuer.set({"S": known.certificate.issuer}), _end.set(number(known.certificate.not_after))]
        else:
            actions += [_issuer.remove(), _end.remove()]
        self._database.update(SeriesItem, key_of(kinds.CERTIFICATES + monitor_id), actions)


def forget(database: Database, monitor_id: int) -> None:
    """Removes the certificate of a deleted monitor. If that fails, it expires."""
    everything = [path.remove() for path in (_issuer, _end, _at, _target, _read)]
    with suppress(ConditionFailed, Throttled, Unavailable):
        database.update(SeriesItem, key_of(kinds.CERTIFICATES + monitor_id), everything, _at.exists())


def _known(items: Mapping[int, Item]) -> dict[int, KnownCertificate]:
    return {place - kinds.CERTIFICATES: _one(item) for place, item in sorted(items.items()) if "a" in item}


def _one(item: Item) -> KnownCertificate:
    certificate = Certificate(item["i"]["S"], int(item["e"]["N"])) if "e" in item else None
    return KnownCertificate(int(item["a"]["N"]), item["t"]["S"], certificate, told="r" not in item)
