"""Certificates of monitors: what is kept of what servers tell, whose target it is of, and which must be read."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from chalicelib.fleet import certificates
from chalicelib.fleet.certificates import (
    NOT_TOLD_SECONDS,
    READ_AGAIN_SECONDS,
    TOLD_AGAIN_SECONDS,
    Certificate,
    KnownCertificate,
    TargetCertificate,
)
from chalicelib.fleet.limits import CERTIFICATES_A_REQUEST, CERTIFICATES_A_RUN
from chalicelib.fleet.monitors import Monitor
from tests.fleet.memory_certificates import MemoryCertificates
from tests.fleet.memory_store import MemoryStore

NOW = 1_795_444_683.5
AT = int(NOW)
SHOP = Monitor(1, "Shop", "http", "https://shop.example/")
PLAIN = Monitor(2, "Plain", "http", "http://shop.example/")
DNS = Monitor(3, "DNS", "icmp", "192.0.2.1")
MONITORS = {one.id: one for one in (SHOP, PLAIN, DNS)}
SOON, LATE = Certificate("Trust", AT + 86_400), Certificate("Trust", AT + 90 * 86_400)


@pytest.fixture
def store() -> MemoryCertificates:
    return MemoryCertificates()


def test_it_is_written_when_it_changes_and_once_a_day(store: MemoryCertificates) -> None:
    for now, told, count in (
        (NOW, SOON, 1),
        (NOW + 600, SOON, 1),
        (NOW + 1200, LATE, 2),
        (NOW + 1800, SOON, 3),
        (NOW + 1800 + TOLD_AGAIN_SECONDS - 1, SOON, 3),
        (NOW + 1800 + TOLD_AGAIN_SECONDS, SOON, 4),
    ):
        assert not certificates.keep(store, MONITORS, [(SHOP.id, TargetCertificate(told))], now)
        assert len(store.written) == count
        assert certificates.current(MONITORS, store.all_known) == {SHOP.id: told}


def test_only_monitors_with_tls_have_one(store: MemoryCertificates) -> None:
    assert not certificates.keep(store, MONITORS, [(id_, TargetCertificate(SOON)) for id_ in (1, 2, 3, 4)], NOW)
    assert store.written == [SHOP.id]
    assert certificates.keep(store, MONITORS, [(id_, TargetCertificate(SOON)) for id_ in (2, 3, 4)], NOW) == ()
    assert len(store.reads) == 1, "nothing is read where nothing can be kept"


def test_it_is_of_the_target_that_showed_it(store: MemoryCertificates) -> None:
    certificates.keep(store, MONITORS, [(SHOP.id, TargetCertificate(SOON))], NOW)
    for changed in (replace(SHOP, target="https://other.example/"), replace(SHOP, target="http://shop.example/")):
        assert certificates.current({SHOP.id: changed}, store.all_known) == {}
    assert certificates.current({}, store.all_known) == {}
    renamed = replace(SHOP, name="New", interval=60)
    assert certificates.current({SHOP.id: renamed}, store.all_known) == {SHOP.id: SOON}
    other = replace(SHOP, target="https://other.example/")
    certificates.keep(store, {SHOP.id: other}, [(SHOP.id, TargetCertificate(LATE, SHOP.target))], NOW + 1)
    assert certificates.current({SHOP.id: other}, store.all_known) == {}, "a server told it late"
    assert certificates.current(MONITORS, store.all_known) == {SHOP.id: SOON}
    certificates.keep(store, {SHOP.id: other}, [(SHOP.id, TargetCertificate(SOON, other.target))], NOW + 1)
    assert certificates.current({SHOP.id: other}, store.all_known) == {SHOP.id: SOON}


def test_what_cannot_be_stored_or_is_too_much_at_once_is_named(store: MemoryCertificates) -> None:
    many = {id_: replace(SHOP, id=id_) for id_ in range(1, CERTIFICATES_A_REQUEST + 3)}
    told = [(id_, TargetCertificate(SOON)) for id_ in many]
    left = certificates.keep(store, many, told, NOW)
    assert left == {CERTIFICATES_A_REQUEST + 1, CERTIFICATES_A_REQUEST + 2}
    assert certificates.keep(store, many, told, NOW) == set()
    store.broken = True
    assert certificates.keep(store, MONITORS, [(SHOP.id, TargetCertificate(LATE))], NOW) == {SHOP.id}


def sites(count: int) -> MemoryStore:
    return MemoryStore(
        all_monitors={id_: replace(SHOP, id=id_, target=f"https://{id_}.example/") for id_ in range(1, count + 1)}
    )


class Targets:
    """What they show, by their number, and which of them were looked at."""

    def __init__(self, shown: Mapping[int, Certificate]) -> None:
        self.shown = shown
        self.looked: list[int] = []

    def __call__(self, targets: Sequence[str]) -> list[Certificate | None]:
        numbers = [int(target.removeprefix("https://").partition(".")[0]) for target in targets]
        self.looked += numbers
        return [self.shown.get(number) for number in numbers]


def test_the_function_reads_all_once_a_day_a_few_in_each_run() -> None:
    store = sites(500)
    targets = Targets(dict.fromkeys(range(1, 501), SOON))
    for run in range(144):
        assert certificates.read_due(store, targets, NOW + 600 * run) <= CERTIFICATES_A_RUN
    assert targets.looked == list(range(1, 501))
    assert certificates.current(store.monitors, store.certificates.all_known) == targets.shown
    for run in range(144, 288):
        certificates.read_due(store, targets, NOW + 600 * run)
    assert sorted(targets.looked) == sorted([*range(1, 501)] * 2)


def test_the_function_leaves_those_alone_that_a_server_tells() -> None:
    store = sites(2)
    targets = Targets({1: SOON, 2: SOON})
    certificates.keep(store.certificates, store.monitors, [(1, TargetCertificate(LATE))], NOW)
    assert certificates.read_due(store, targets, NOW) == 1
    assert targets.looked == [2]
    assert certificates.current(store.monitors, store.certificates.all_known) == {1: LATE, 2: SOON}
    assert certificates.read_due(store, targets, NOW + NOT_TOLD_SECONDS) == 2, "its server is gone"
    certificates.keep(store.certificates, store.monitors, [(2, TargetCertificate(LATE))], NOW + NOT_TOLD_SECONDS + 600)
    assert store.certificates.all_known[2].told, "a server tells now, and the function need not read it"


def test_one_that_cannot_be_read_stays_as_it_was_and_is_tried_a_day_later() -> None:
    store = sites(2)
    targets = Targets({1: SOON})
    certificates.read_due(store, targets, NOW)
    targets.shown = {}
    certificates.read_due(store, targets, NOW + READ_AGAIN_SECONDS - 1)
    assert targets.looked == [1, 2]
    certificates.read_due(store, targets, NOW + READ_AGAIN_SECONDS)
    assert targets.looked == [1, 2, 1, 2]
    assert certificates.current(store.monitors, store.certificates.all_known) == {1: SOON}


def test_the_function_reads_nothing_where_there_is_nothing_to_read() -> None:
    store = MemoryStore(all_monitors={DNS.id: DNS, PLAIN.id: PLAIN})
    assert certificates.read_due(store, Targets({}), NOW) == 0
    assert store.certificates.reads == []


def test_those_that_no_server_tells_are_read_once_a_day_the_oldest_first() -> None:
    mark = certificates.target_mark(SHOP)
    known = {
        1: KnownCertificate(AT, mark, SOON),
        2: KnownCertificate(AT - NOT_TOLD_SECONDS, mark, SOON),
        3: KnownCertificate(AT - READ_AGAIN_SECONDS, mark, SOON, told=False),
        4: KnownCertificate(AT - READ_AGAIN_SECONDS + 60, mark, None, told=False),
        5: KnownCertificate(AT - 60, "another", SOON),
        7: KnownCertificate(AT - READ_AGAIN_SECONDS - 1, mark, None, told=False),
    }
    monitors = {id_: replace(SHOP, id=id_) for id_ in range(1, 8)} | {8: replace(PLAIN, id=8), 9: replace(DNS, id=9)}
    assert certificates.due_to_be_read(monitors, known, NOW) == [5, 6, 2, 7, 3]
