"""Certificates as they are stored, and what reading and writing them costs."""

from dataclasses import replace

from benchmarks.item_size import consumed
from benchmarks.watched_store import WatchedStore
from chalicelib.fleet import limits
from chalicelib.fleet.certificates import Certificate, KnownCertificate
from chalicelib.fleet.monitors import Monitor
from chalicelib.storage.series.certificate_items import CertificateTable

AT = 1_795_444_683
KNOWN = KnownCertificate(AT, "0a1b2c3d", Certificate("Let’s Encrypt", AT + 86_400))


def test_what_is_known_comes_back_and_is_replaced(store: WatchedStore, reader: WatchedStore) -> None:
    all_known = {
        1: KNOWN,
        2: replace(KNOWN, certificate=None, told=False),
        3: replace(KNOWN, certificate=Certificate("", 0), told=False),
        500: replace(KNOWN, certificate=Certificate("語" * limits.ISSUER_LENGTH, limits.EXPIRES_LAST)),
    }
    assert store.certificates.write(all_known) == {}
    assert reader.certificates.between(1, 500) == all_known
    assert reader.certificates.between(2, 3) == {id_: all_known[id_] for id_ in (2, 3)}
    assert reader.certificates.of([500, 4, 1]) == {id_: all_known[id_] for id_ in (1, 500)}
    swapped = {1: all_known[2], 2: all_known[1]}
    store.certificates.write(swapped)
    assert reader.certificates.of([1, 2]) == swapped


def test_the_last_answer_is_given_again_within_a_minute(store: WatchedStore) -> None:
    table = CertificateTable(store.database)
    assert table.recent(7) == {}
    table.write({1: KNOWN})
    assert table.recent(7) == {}
    assert table.recent(8) == {1: KNOWN}


def test_it_goes_with_its_monitor(store: WatchedStore, reader: WatchedStore) -> None:
    for id_ in (1, 2):
        store.create_monitor(Monitor(id_, "Shop", "http", "https://shop.example/"))
        store.certificates.write({id_: KNOWN})
    store.delete_monitor(1)
    assert reader.certificates.between(1, 2) == {2: KNOWN}
    store.create_monitor(Monitor(3, "DNS", "icmp", "192.0.2.1"))
    store.delete_monitor(3)
    assert reader.certificates.between(1, 3) == {2: KNOWN}


def test_each_costs_one_write_unit_and_five_hundred_less_than_six_read_units(store: WatchedStore) -> None:
    with consumed(store) as used:
        store.certificates.write(dict.fromkeys(range(1, 501), KNOWN))
    assert used.written == 500
    with consumed(store) as used:
        assert len(store.certificates.between(1, 500)) == 500
    assert (used.calls, used.written) == (1, 0)
    assert used.read < 6
    with consumed(store) as used:
        store.certificates.between(1, 100)
    assert used.read <= 1.5
