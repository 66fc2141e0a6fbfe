"""Capacity units of what the store does, by DynamoDB's rules."""

import itertools
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from benchmarks import sample_data
from benchmarks.item_size import consumed, item_size
from benchmarks.watched_store import MovableClock, WatchedStore
from chalicelib.fleet.figures import V0_FIGURES
from chalicelib.fleet.servers import Facts
from chalicelib.fleet.states import State
from chalicelib.fleet.tokens import hash_of
from chalicelib.storage.records import record_of
from chalicelib.storage.states import SLOT_BYTES
from tests.storage.samples import NOW, agent_state
from tests.support.dynamodb import given_url, tables
from tests.support.moto_transport import MotoTransport, moto_in_process

SERVERS = 1000

_numbers = itertools.count()
HOST = (
    '["ubuntu","22.04",["AMD EPYC 7763 64-Core Processor 8 Virtual Core"],33654489088,1081101176832,4294963200,'
    '"x86_64","kvm",1771988097,"de","0.20.5",["NVIDIA Corporation GA102GL [A10]"]]'
)


@pytest.fixture(scope="module")
def moto(aws_credentials: None) -> Iterator[MotoTransport]:
    """moto in this process: what is counted here has no races, and there are many items."""
    with moto_in_process():
        yield MotoTransport()


def opened(transport: MotoTransport, prefix: str) -> WatchedStore:
    store = WatchedStore(prefix, transport, MovableClock(runs=False))
    store.create_tables()
    return store


@pytest.fixture
def store(moto: MotoTransport) -> WatchedStore:
    return opened(moto, f"capacity{next(_numbers)}-")


@pytest.fixture(scope="module")
def filled(moto: MotoTransport) -> dict[int, WatchedStore]:
    """Stores by their number of servers, each with a state; filled once, and no server is added or removed."""
    stores = {servers: opened(moto, f"filled{servers}-") for servers in (20, 40, SERVERS)}
    for servers, store in stores.items():
        fill(store, servers)
    return stores


def show(figures: str) -> None:
    """What was reached, to be seen with pytest's -s."""
    print(figures)  # noqa: T201


def fill(store: WatchedStore, servers: int, host: str = HOST) -> None:
    """Adds servers with a state each."""
    sample_data.fill(store, servers=servers, now=NOW - 10, host=host)
    assert not store.write_states({number: agent_state(number) for number in range(1, servers + 1)})


@pytest.mark.parametrize("host", ["", HOST, '["' + "x" * 20_000 + '"]'])
def test_a_state_report_alone_writes_one_unit_whatever_the_size_of_its_host(store: WatchedStore, host: str) -> None:
    fill(store, 10, host)
    store.view().fleet  # noqa: B018 - reads it
    with consumed(store) as used:
        store.write_states({7: agent_state(7, NOW + 10)})
    assert (used.calls, used.written, used.read) == (1, 1, 0)


def test_a_state_report_into_a_full_block_of_the_largest_slots_writes_one_unit(store: WatchedStore) -> None:
    largest = State(NOW, NOW, "9999999999999," * (len(V0_FIGURES) - 1) + "9" * 17)
    assert len(record_of(largest)) == SLOT_BYTES
    store.write_states(dict.fromkeys(range(16_000_000 - 8, 16_000_000), largest))
    with consumed(store) as used:
        store.write_states({16_000_000 - 1: replace(largest, at=NOW + 1)})
    assert used.written == 1


def test_states_of_100_neighbouring_servers_in_one_request_write_a_quarter_unit_each_at_most(
    store: WatchedStore,
) -> None:
    fill(store, 110)
    reached = []
    for first in (1, 5, 8):
        with consumed(store) as used:
            failed = store.write_states({id_: agent_state(id_, NOW + first) for id_ in range(first, first + 100)})
        assert not failed
        reached.append(used.written / 100)
    show(f"write units a state, 100 neighbouring servers: {min(reached)} to {max(reached)}")
    assert max(reached) <= 0.25


def test_reading_1000_servers_and_their_states(filled: dict[int, WatchedStore]) -> None:
    store, agent = filled[SERVERS].another(), filled[SERVERS].another()

    def units() -> float:
        with consumed(store) as used:
            assert len(store.view().fleet.by_id) == SERVERS
            assert len(store.states(None)) == SERVERS
        assert used.written == 0
        return used.read

    first, warm = units(), units()
    agent.write_facts({500: Facts(host=HOST.replace("22.04", "24.04"))}, NOW)
    after_one_change = units()
    show(f"read units for 1,000 servers: first {first}, warm {warm}, after one host changed {after_one_change}")
    assert first <= 160
    assert warm <= 22
    assert after_one_change <= 40
    assert units() == warm


@pytest.mark.parametrize(
    ("servers", "asked", "most"),
    [(20, 1, 1), (20, 20, 0.5), (40, 40, 1), (SERVERS, 1, 1), (SERVERS, 5, 5), (SERVERS, 40, 12), (SERVERS, 900, 12)],
)
def test_states_are_read_the_cheaper_way(
    filled: dict[int, WatchedStore], servers: int, asked: int, most: float
) -> None:
    """By key, a server costs up to a read unit; a Scan reads about a hundred servers with one."""
    store = filled[servers].another()
    ids = list(store.view().fleet.by_id)[:: servers // asked][:asked]
    with consumed(store) as used:
        assert set(ids) <= set(store.states(ids))
    show(f"read units for {asked} states of {servers}: {used.read}")
    assert used.read <= most


def test_finding_the_secret_of_a_report_reads_a_tenth_unit_at_most(store: WatchedStore) -> None:
    fill(store, 100)
    hashes = {hash_of(sample_data.secret(number)): number for number in range(1, 101)}
    assert store.server_ids(hashes) == hashes
    with consumed(store) as used:
        for hash_, number in list(hashes.items()) * 10:
            store.clock.skip(0.06)
            assert store.server_ids([hash_]) == {hash_: number}
    show(f"read units for finding the secrets of 1,000 reports within 60 s: {used.read}")
    assert 0 < used.read / 1000 <= 0.1


@pytest.mark.parametrize(
    ("value", "size"),
    [
        ({"S": "köln"}, 5),
        ({"B": b"\x00\xff"}, 2),
        ({"B": "AP8="}, 2),
        ({"BOOL": False}, 1),
        ({"NULL": True}, 1),
        ({"N": "0"}, 1),
        ({"N": "7"}, 2),
        ({"N": "-7"}, 3),
        ({"N": "1795444683"}, 6),
        ({"N": "100"}, 2),
        ({"N": "10"}, 2),
        ({"N": "1.5"}, 3),
        ({"N": "0.05"}, 2),
        ({"N": "12345678901234567890123456789012345678"}, 20),
        ({"SS": ["a", "bc"]}, 3),
        ({"NS": ["1", "22"]}, 4),
        ({"BS": [b"a", b"bc"]}, 3),
        ({"L": [{"S": "abc"}, {"BOOL": True}]}, 3 + 4 + 2),
        ({"M": {"k": {"S": "abc"}}}, 3 + 1 + 1 + 3),
    ],
)
def test_item_size(value: dict[str, Any], size: int) -> None:
    assert item_size({"name": value}) == 4 + size


if given_url():  # moto does not account as DynamoDB does

    def test_the_count_agrees_with_the_server(aws_credentials: None) -> None:
        with tables(given_url()) as store:
            fill(store, 200)
            with consumed(store) as used:
                store.view().fleet  # noqa: B018 - reads it
                store.states(None)
                store.states(range(1, 21))
                store.server_ids([hash_of(sample_data.secret(number)) for number in range(150, 250)])
                store.write_facts({7: Facts(host=HOST * 4), 8: Facts(ip="")}, NOW)
                store.write_states({id_: agent_state(id_, NOW + id_ % 2) for id_ in range(1, 101)})
                store.delete_server(store.view().fleet.by_id[9], NOW)
            assert used.read + used.written == used.billed
