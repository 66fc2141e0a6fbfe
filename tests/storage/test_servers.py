"""Servers as readers see them, whoever changes them, and ids."""

import itertools
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

import chalicelib.storage.facts
from benchmarks.item_size import consumed
from benchmarks.watched_store import WatchedStore
from chalicelib.fleet import limits
from chalicelib.fleet.errors import InvalidInput, NotFound
from chalicelib.fleet.servers import TOO_SOON, Facts, Server, create
from chalicelib.fleet.store import Changed
from chalicelib.fleet.tokens import hash_of, new_credential, new_token
from chalicelib.storage.failures import TransactionRefused
from chalicelib.storage.head import GROUP_SIZE, raise_last_id
from tests.storage.samples import (
    NOW,
    add_server,
    add_server_with_secret,
    after_calls,
    before_calls,
    requests_of,
    servers,
    together,
)


def add_with_id(store: WatchedStore, id_: Any) -> None:
    """The second half of a registration, for an id that was taken before."""
    token = new_token(new_credential("agent"), "agent", NOW, subject=id_)
    store.create_server(Server(id_, "one", "", secret_hash=token.hash), token)


def succeeds(change: Any, *arguments: Any) -> bool:
    """Whether what a change builds on is still so."""
    try:
        change(*arguments)
    except Changed:
        return False
    return True


def test_a_server_just_registered_is_seen_at_once_with_all_that_it_began_with(
    store: WatchedStore, reader: WatchedStore
) -> None:
    assert servers(reader) == {}
    wanted = Server(0, "Tokyo 东京 🗼", "分组 三", "a note", hide_for_guest=False, display_index=-3)
    server, secret = create(store, wanted, NOW)
    assert servers(reader) == {server.id: server}
    assert (server.name, server.tag, server.note, server.display_index) == (
        wanted.name,
        wanted.tag,
        wanted.note,
        wanted.display_index,
    )
    assert (server.hide_for_guest, server.created, server.secret_hash) == (False, NOW, hash_of(secret))


def test_a_server_may_have_no_name_and_no_tag(store: WatchedStore, reader: WatchedStore) -> None:
    server = Server(store.new_server_id(), "", "", secret_hash=hash_of("secret"), created=NOW)
    store.create_server(server, new_token("secret", "agent", NOW, subject=server.id))
    assert servers(reader)[server.id] == server


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "another", "tag": "", "note": "new", "display_index": 7, "hide_for_guest": False},
        {"name": ""},
        {"note": "", "display_index": 0},
        {"hide_for_guest": True},
    ],
)
def test_an_edit_is_seen_at_once(store: WatchedStore, reader: WatchedStore, changes: dict[str, Any]) -> None:
    server = add_server(store, note="old", display_index=3)
    other = add_server(store)
    assert servers(reader)[server.id] == server
    store.edit_server(server.id, changes)
    assert servers(reader) == {server.id: replace(server, **changes), other.id: other}


def test_a_deleted_server_is_gone_at_once_and_its_id_is_not_used_again(
    store: WatchedStore, reader: WatchedStore
) -> None:
    server, other = add_server(store), add_server(store)
    assert servers(reader).keys() == {server.id, other.id}
    store.delete_server(server, NOW)
    assert servers(reader).keys() == {other.id}
    assert add_server(store).id > other.id


def test_what_builds_on_a_deleted_server_is_refused(store: WatchedStore, reader: WatchedStore) -> None:
    server = add_server(store)
    store.delete_server(server, NOW)
    with pytest.raises(Changed):
        store.delete_server(server, NOW)
    with pytest.raises(NotFound):
        store.edit_server(server.id, {"name": "back"})
    with pytest.raises(Changed):
        store.rotate_secret(server, new_token(new_credential("agent"), "agent", NOW, subject=server.id))
    assert servers(reader) == {}


def test_of_two_who_replace_a_secret_at_once_one_is_refused(store: WatchedStore) -> None:
    server = add_server(store)
    tokens = [new_token(new_credential("agent"), "agent", NOW, subject=server.id) for _ in range(8)]
    done = together(lambda token: succeeds(store.rotate_secret, server, token), tokens)
    assert done.count(True) == 1
    (winner,) = (token for token, taken in zip(tokens, done, strict=True) if taken)
    assert servers(store)[server.id].secret_hash == winner.hash
    hashes = [server.secret_hash, *(token.hash for token in tokens)]
    assert [hash_ for hash_ in hashes if store.token(hash_)] == [winner.hash]


def test_a_server_is_not_deleted_by_who_knows_it_with_an_older_secret(store: WatchedStore) -> None:
    server = add_server(store)
    store.rotate_secret(server, new_token(new_credential("agent"), "agent", NOW, subject=server.id))
    with pytest.raises(Changed):
        store.delete_server(server, NOW)
    assert server.id in servers(store)


def test_facts_are_seen_at_once_and_each_changes_alone(store: WatchedStore, reader: WatchedStore) -> None:
    server = add_server(store)
    assert servers(reader)[server.id] == server
    for minute, (facts, expected) in enumerate(
        (
            (Facts(ip="192.0.2.1"), ("192.0.2.1", "")),
            (Facts(host='["linux"]'), ("192.0.2.1", '["linux"]')),
            (Facts(ip="2001:db8::1", host='["bsd"]'), ("2001:db8::1", '["bsd"]')),
            (Facts(ip=""), ("", '["bsd"]')),
        )
    ):
        assert store.write_facts({server.id: facts}, NOW + 60 * minute) == {}
        found = servers(reader)[server.id]
        assert (found.ip, found.host) == expected
        assert found == replace(server, ip=found.ip, host=found.host, host_changed=NOW + 60 * minute)


def test_facts_change_once_a_minute_and_a_refused_change_writes_nothing(
    store: WatchedStore, reader: WatchedStore
) -> None:
    server, other = add_server(store), add_server(store)
    first, second = Facts("192.0.2.1", '["linux"]'), Facts("192.0.2.2", '["bsd"]')
    assert store.write_facts({server.id: first}, NOW) == {}
    for facts, at in ((second, NOW), (second, NOW + 59), (Facts(ip=""), NOW + 59), (second, NOW - 59)):
        with consumed(store) as used:
            assert store.write_facts({server.id: facts}, at) == {server.id: TOO_SOON}
        assert (used.calls, used.read, used.written) == (1, 1, 0)
    assert store.write_facts({server.id: first, other.id: second}, NOW + 59) == {}
    assert store.write_facts({server.id: second, other.id: first}, NOW + 60) == {other.id: TOO_SOON}
    assert [(found.ip, found.host_changed) for found in servers(reader).values()] == [
        ("192.0.2.2", NOW + 60),
        ("192.0.2.2", NOW + 59),
    ]


def test_of_two_changes_of_a_host_at_once_one_is_written(store: WatchedStore, reader: WatchedStore) -> None:
    server = add_server(store)
    facts = [Facts(host=f"[{number}]") for number in range(8)]
    done = together(lambda fact: store.write_facts({server.id: fact}, NOW), facts)
    assert sorted(map(len, done)) == [0, *[1] * 7]
    assert servers(reader)[server.id].host == facts[done.index({})].host


def test_a_change_of_a_host_dated_in_the_future_does_not_block_others_for_long(store: WatchedStore) -> None:
    server = add_server(store)
    assert store.write_facts({server.id: Facts(ip="192.0.2.1")}, NOW + 86400) == {}
    assert store.write_facts({server.id: Facts(ip="192.0.2.2")}, NOW) == {}


def test_facts_that_did_not_change_write_nothing(store: WatchedStore) -> None:
    server = add_server(store)
    facts = {server.id: Facts("192.0.2.1", '["linux"]')}
    store.write_facts(facts, NOW)
    with consumed(store) as used:
        assert store.write_facts(facts, NOW) == {}
    assert used.written == 0


def test_facts_of_unknown_and_deleted_servers_are_left_out_and_the_others_kept(
    store: WatchedStore, reader: WatchedStore
) -> None:
    kept, gone = add_server(store), add_server(store)
    store.delete_server(gone, NOW)
    facts = Facts("192.0.2.1", '["linux"]')
    assert store.write_facts({kept.id: facts, gone.id: facts, 999: facts}, NOW) == {}
    assert servers(reader) == {kept.id: replace(kept, ip="192.0.2.1", host='["linux"]', host_changed=NOW)}


def test_facts_of_a_server_that_is_deleted_meanwhile_are_left_out_and_the_others_kept(
    store: WatchedStore, reader: WatchedStore
) -> None:
    kept, gone = add_server(store), add_server(store)
    facts = Facts("192.0.2.1", '["linux"]')
    deletions: list[int] = []

    def delete() -> None:
        if not deletions:
            reader.delete_server(gone, NOW)
            deletions.append(gone.id)

    with before_calls(store, "TransactWriteItems", delete):
        assert store.write_facts({gone.id: facts, kept.id: facts}, NOW) == {gone.id: TOO_SOON}
    assert deletions == [gone.id]
    assert servers(reader) == {kept.id: replace(kept, ip="192.0.2.1", host='["linux"]', host_changed=NOW)}


def test_facts_of_more_servers_than_one_transaction_takes_are_all_kept(
    store: WatchedStore, reader: WatchedStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chalicelib.storage.facts, "FACTS_A_TRANSACTION", 5)
    ids = [add_server(store, str(number)).id for number in range(12)]
    with requests_of(store) as sent:
        assert store.write_facts({id_: Facts(host=f"[{id_}]") for id_ in ids}, NOW) == {}
    assert [operation for operation, _ in sent] == ["BatchGetItem", *["TransactWriteItems"] * 3]
    assert {id_: server.host for id_, server in servers(reader).items()} == {id_: f"[{id_}]" for id_ in ids}


def test_facts_of_several_groups_are_all_seen_at_once(store: WatchedStore, reader: WatchedStore) -> None:
    ids = (1, GROUP_SIZE, 2 * GROUP_SIZE)
    for id_ in ids:
        raise_last_id(store.database, "server", id_ - 1)
        add_server(store)
    assert servers(reader).keys() == set(ids)
    store.write_facts({id_: Facts(host=str(id_)) for id_ in ids}, NOW)
    assert {id_: server.host for id_, server in servers(reader).items()} == {id_: str(id_) for id_ in ids}


def test_only_the_group_that_changed_is_read_again(store: WatchedStore, reader: WatchedStore) -> None:
    for id_ in (1, GROUP_SIZE, 2 * GROUP_SIZE, 3 * GROUP_SIZE):
        raise_last_id(store.database, "server", id_ - 1)
        add_server(store, str(id_), note="x" * 1000)
    assert len(servers(reader)) == 4
    with requests_of(reader) as sent:
        servers(reader)
    assert [operation for operation, _ in sent] == ["GetItem"]
    store.write_facts({2 * GROUP_SIZE: Facts(ip="192.0.2.1")}, NOW)
    with requests_of(reader) as sent:
        assert servers(reader)[2 * GROUP_SIZE].ip == "192.0.2.1"
    assert [operation for operation, _ in sent] == ["GetItem", "Query"]
    assert list(sent[1][1]["ExpressionAttributeValues"].values()) == [{"N": "2"}]
    assert all(parameters["ConsistentRead"] for _, parameters in sent)


def test_what_did_not_change_stays_the_same_object(store: WatchedStore, reader: WatchedStore) -> None:
    """Readers keep what they derived from a server for as long as it is the same object."""
    for id_ in (1, GROUP_SIZE):
        raise_last_id(store.database, "server", id_ - 1)
        add_server(store, str(id_))
    before = servers(reader)
    store.write_facts({1: Facts(ip="192.0.2.1")}, NOW)
    after = servers(reader)
    assert after[GROUP_SIZE] is before[GROUP_SIZE]
    assert after[1] != before[1]


def test_ids_are_never_given_out_twice(store: WatchedStore, reader: WatchedStore) -> None:
    stores = [store, reader]
    taken = together(lambda number: [stores[number % 2].new_server_id() for _ in range(6)], range(16))
    assert all(ids == sorted(ids) for ids in taken)
    assert len({id_ for ids in taken for id_ in ids}) == 96


def test_servers_registered_at_once_are_all_kept_each_with_its_secret(
    store: WatchedStore, reader: WatchedStore
) -> None:
    added = together(lambda number: add_server_with_secret(store, f"server {number}"), range(16))
    assert servers(reader) == {server.id: server for server, _ in added}
    assert len({server.id for server, _ in added}) == 16
    assert reader.server_ids([hash_of(secret) for _, secret in added]) == {
        hash_of(secret): server.id for server, secret in added
    }


def test_an_id_that_is_taken_is_not_taken_again(store: WatchedStore) -> None:
    server = add_server(store)
    with pytest.raises(TransactionRefused):
        add_with_id(store, server.id)
    assert servers(store) == {server.id: server}


def test_a_full_dashboard_takes_no_server_until_one_is_deleted(
    store: WatchedStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "SERVERS", 2)
    first, _ = add_server(store), add_server(store)
    with pytest.raises(InvalidInput, match="limit of 2 servers"):
        add_server(store)
    store.delete_server(first, NOW)
    add_server(store)
    with pytest.raises(InvalidInput, match="limit of 2 servers"):
        add_server(store)
    assert len(servers(store)) == 2


def test_servers_that_took_an_id_before_the_dashboard_was_full_do_not_exceed_the_limit(
    store: WatchedStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "SERVERS", 1)
    first, second = store.new_server_id(), store.new_server_id()
    add_with_id(store, first)
    with pytest.raises(InvalidInput, match="limit of 1 servers"):
        add_with_id(store, second)


def test_no_reader_sees_anything_older_than_what_was_finished_before(store: WatchedStore, reader: WatchedStore) -> None:
    """Writers count up in a server's host; what they finished is noted only after the store took it."""
    ids = [add_server(store, str(number)).id for number in range(3)]
    finished = dict.fromkeys(ids, 0)
    added = []
    alone = reader.another()
    writing = threading.Event()
    writing.set()

    def write(id_: Any) -> None:
        for count in range(1, 9):
            assert store.write_facts({id_: Facts(host=str(count))}, NOW + 60 * count) == {}
            finished[id_] = count

    def register(_: Any) -> None:
        for number in range(6):
            added.append(add_server(store, str(number)).id)

    def read(reader: WatchedStore) -> Any:
        rounds, last = 0, dict.fromkeys(ids, 0)
        while writing.is_set() or rounds == 0:
            least, registered = dict(finished), list(added)
            found = servers(reader)
            seen = {id_: int(found[id_].host or 0) for id_ in ids}
            assert all(seen[id_] >= max(least[id_], last[id_]) for id_ in ids)
            assert found.keys() >= set(registered)
            rounds, last = rounds + 1, seen
        return rounds

    with ThreadPoolExecutor(8) as pool:
        readers = [pool.submit(read, reader) for reader in (reader, reader, reader, alone)]
        writers = [*(pool.submit(write, id_) for id_ in ids), pool.submit(register, None)]
        try:
            for writer in writers:
                writer.result()
        finally:
            writing.clear()
        assert all(reader.result() > 2 for reader in readers)
    assert {server.host for id_, server in servers(reader).items() if id_ in ids} == {"8"}


def test_a_slow_reader_does_not_bring_back_what_it_read_for_another_one(
    store: WatchedStore, reader: WatchedStore
) -> None:
    one, other = 1, GROUP_SIZE
    for id_ in (one, other):
        raise_last_id(store.database, "server", id_ - 1)
        add_server(store)
    assert servers(reader).keys() == {one, other}
    read, go_on = threading.Event(), threading.Event()
    queries = itertools.count()

    def meet() -> None:
        match next(queries):
            case 0:
                read.set()
                assert go_on.wait(60)
            case 2:
                go_on.set()
                slow.result(60)

    with after_calls(reader, "Query", meet), ThreadPoolExecutor(1) as pool:
        store.write_facts({one: Facts(host="1")}, NOW)
        slow = pool.submit(servers, reader)
        assert read.wait(60)
        store.write_facts({one: Facts(host="2")}, NOW + 60)
        assert servers(reader)[one].host == "2"
        store.write_facts({other: Facts(host="3")}, NOW)
        found = servers(reader)
    assert (found[one].host, found[other].host) == ("2", "3")
