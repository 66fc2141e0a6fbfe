"""A transaction whose answer is lost is sent again, and DynamoDB may not know any more that it has carried it out.

It knows for ten minutes, by the transaction's token; moto never does. Either way the caller gets what it asked for.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from benchmarks.watched_store import Send, WatchedStore
from chalicelib.fleet import monitors, servers, settings
from chalicelib.fleet.errors import NotFound
from chalicelib.fleet.monitors import Monitor
from chalicelib.fleet.servers import Server
from chalicelib.fleet.tokens import hash_of
from chalicelib.storage.failures import NoAnswer
from tests.storage.samples import NOW, add_server, before_calls

MONITOR = Monitor(0, "DNS", "icmp", "192.0.2.1", 30)
TRANSACTION = "TransactWriteItems"


@contextmanager
def first_answer_lost(store: WatchedStore) -> Iterator[list[str]]:
    """Within the block, the first transaction is carried out and its answer lost. The tokens of all are noted."""
    tokens: list[str] = []

    def handle(send: Send, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
        answer = send(operation, parameters)
        if operation == TRANSACTION:
            tokens.append(parameters["ClientRequestToken"])
            if len(tokens) == 1:
                raise NoAnswer(ConnectionResetError("lost"))
        return answer

    with store.calls.around(handle):
        yield tokens
    assert tokens


def test_a_server_is_created_once(store: WatchedStore, reader: WatchedStore) -> None:
    with first_answer_lost(store):
        server, secret = servers.create(store, Server(0, "one"), NOW)
    assert dict(reader.view().fleet.by_id) == {server.id: server}
    assert reader.server_ids([hash_of(secret)]) == {hash_of(secret): server.id}


def test_the_secret_that_is_shown_is_the_one_that_works(store: WatchedStore, reader: WatchedStore) -> None:
    server = add_server(store)
    with first_answer_lost(store):
        secret = servers.rotate_secret(store, server.id, NOW)
    assert reader.server_ids([hash_of(secret), server.secret_hash]) == {hash_of(secret): server.id}
    assert servers.find(reader, server.id).secret_hash == hash_of(secret)


def test_a_secret_that_another_replaced_meanwhile_is_replaced_too(store: WatchedStore, reader: WatchedStore) -> None:
    server = add_server(store)
    others: list[str] = []

    def rotate_first() -> None:
        if not others:
            others.append(servers.rotate_secret(reader, server.id, NOW))

    with before_calls(store, TRANSACTION, rotate_first):
        secret = servers.rotate_secret(store, server.id, NOW)
    hashes = [hash_of(secret), *map(hash_of, others)]
    assert store.another().server_ids(hashes) == {hash_of(secret): server.id}


@pytest.mark.parametrize("delete", [lambda store, id_: servers.delete(store, id_, NOW), monitors.delete])
@pytest.mark.parametrize("who", ["itself", "another"])
def test_what_was_deleted_meanwhile_counts_as_deleted(
    store: WatchedStore, reader: WatchedStore, delete: Callable[[WatchedStore, int], None], who: str
) -> None:
    id_ = add_server(store).id
    assert monitors.create(store, MONITOR) == id_
    gone: list[bool] = []

    def delete_first() -> None:
        if not gone:
            gone.append(True)
            delete(reader, id_)

    with first_answer_lost(store) if who == "itself" else before_calls(store, TRANSACTION, delete_first):
        delete(store, id_)
    with pytest.raises(NotFound):
        delete(store, id_)


def test_edits_are_kept(store: WatchedStore, reader: WatchedStore) -> None:
    id_ = add_server(store).id
    monitor_id = monitors.create(store, MONITOR)
    with first_answer_lost(store):
        servers.edit(store, id_, {"name": "two"})
    with first_answer_lost(store):
        monitors.edit(store, monitor_id, {"name": "two"})
    with first_answer_lost(store):
        settings.edit(store, {"site_name": "two"})
    assert servers.find(reader, id_).name == "two"
    assert monitors.find(reader, monitor_id).name == "two"
    assert reader.view().settings.site_name == "two"


def test_the_token_stays_the_same(store: WatchedStore) -> None:
    """So that DynamoDB, while it knows it, tells that the transaction was carried out."""
    server = add_server(store)
    with first_answer_lost(store) as tokens:
        servers.edit(store, server.id, {"name": "two"})
    assert len(tokens) == 2
    assert len(set(tokens)) == 1
