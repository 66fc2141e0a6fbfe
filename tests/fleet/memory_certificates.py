"""Certificates in memory, for the rules of the domain."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from chalicelib.fleet.certificates import KnownCertificate
from chalicelib.fleet.errors import FleetError, Unavailable


@dataclass
class MemoryCertificates:
    """Implements `fleet.certificates.CertificateStore`. reads: what was asked for. broken: whether it fails."""

    all_known: dict[int, KnownCertificate] = field(default_factory=dict)
    reads: list[object] = field(default_factory=list)
    written: list[int] = field(default_factory=list)
    broken: bool = False

    def of(self, monitor_ids: Collection[int]) -> Mapping[int, KnownCertificate]:
        return self._read(list(monitor_ids), lambda id_: id_ in monitor_ids)

    def between(self, first: int, last: int) -> Mapping[int, KnownCertificate]:
        return self._read((first, last), lambda id_: first <= id_ <= last)

    def recent(self, minute: int) -> Mapping[int, KnownCertificate]:
        return self._read(minute, lambda _: True)

    def _read(self, asked: object, wanted: Callable[[int], bool]) -> Mapping[int, KnownCertificate]:
        self.reads.append(asked)
        if self.broken:
            raise Unavailable
        return {id_: one for id_, one in sorted(self.all_known.items()) if wanted(id_)}

    def write(self, known: Mapping[int, KnownCertificate]) -> Mapping[int, FleetError]:
        if self.broken:
            return dict.fromkeys(known, Unavailable())
        self.written += known
        self.all_known |= known
        return {}
