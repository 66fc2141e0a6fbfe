"""Tokens as they are kept, and agents' secrets as a process remembers them."""

from dataclasses import replace
from typing import Any

import pytest

from benchmarks.item_size import consumed
from benchmarks.watched_store import Parameters, Send, WatchedStore
from chalicelib.fleet import tokens
from chalicelib.fleet.errors import NotFound
from chalicelib.fleet.limits import SECRET_CACHE_SECONDS
from chalicelib.fleet.tokens import Token, hash_of, new_credential, new_token
from chalicelib.storage.tokens import Secrets, TokenItem
from tests.storage.samples import NOW, add_server, add_server_with_secret, requests_of

API_TOKEN = Token(
    hash_of("api"), "api", scopes=frozenset(["read"]), note="备注", head="abcd", created=NOW, expires=NOW + 60
)
AGENT = Token(hash_of("agent"), "agent", subject=7, created=NOW)
SESSION = Token(hash_of("session"), "session", subject=3, created=NOW, expires=NOW + 60)


@pytest.mark.parametrize("token", [API_TOKEN, AGENT, SESSION, Token(hash_of("bare"), "api", created=NOW)])
def test_a_token_is_found_as_it_was_added_and_gone_once_deleted(
    store: WatchedStore, reader: WatchedStore, token: Token
) -> None:
    assert reader.token(token.hash) is None
    store.create_token(token)
    assert reader.token(token.hash) == token
    reader.delete_token(token.hash)
    assert store.token(token.hash) is None
    with pytest.raises(NotFound):
        store.delete_token(token.hash)


def test_a_token_is_read_strongly_consistently(store: WatchedStore) -> None:
    with requests_of(store) as sent:
        store.token(API_TOKEN.hash)
        store.server_ids([AGENT.hash])
    (_, found), (_, batch) = sent
    assert found["ConsistentRead"]
    assert all(asked["ConsistentRead"] for asked in batch["RequestItems"].values())


@pytest.mark.parametrize(("token", "ttl"), [(API_TOKEN, {"N": str(NOW + 60)}), (AGENT, None)])
def test_dynamodb_removes_a_token_when_it_expires(
    store: WatchedStore, token: Token, ttl: dict[str, Any] | None
) -> None:
    store.create_token(token)
    kept = store.database.get(TokenItem, {"hash": {"S": token.hash}})
    assert kept
    assert kept.get("ttl") == ttl


def test_api_tokens_are_listed_alone_and_the_newest_last(store: WatchedStore) -> None:
    made = [tokens.create(store, NOW + after, note=str(after))[0] for after in (2, 0, 1)]
    add_server(store)
    store.create_token(SESSION)
    assert store.api_tokens() == sorted(made, key=lambda token: token.note)


def test_the_day_of_the_last_use_is_stored_with_the_expiry(store: WatchedStore, reader: WatchedStore) -> None:
    for token in (API_TOKEN, SESSION, AGENT):
        store.create_token(token)
        store.mark_used(replace(token, last_used=7, expires=token.expires and token.expires + 1, note="not stored"))
        assert reader.token(token.hash) == replace(token, last_used=7, expires=token.expires and token.expires + 1)


@pytest.mark.parametrize("token", [API_TOKEN, SESSION])
def test_marking_a_deleted_token_as_used_does_not_revive_it(store: WatchedStore, token: Token) -> None:
    store.create_token(token)
    store.delete_token(token.hash)
    with pytest.raises(NotFound):
        store.mark_used(replace(token, last_used=1))
    assert store.token(token.hash) is None


def test_attempts_are_counted_for_each_address_and_window(store: WatchedStore, reader: WatchedStore) -> None:
    assert [store.count_attempt("192.0.2.1", NOW), reader.count_attempt("192.0.2.1", NOW)] == [1, 2]
    store.take_back_attempt("192.0.2.1", NOW)
    assert store.count_attempt("192.0.2.1", NOW) == 2
    assert store.count_attempt("192.0.2.2", NOW) == 1
    assert store.count_attempt("192.0.2.1", NOW + 3600) == 1


def test_attempts_of_many_networks_do_not_make_the_list_of_tokens_longer_to_read(store: WatchedStore) -> None:
    tokens.create(store, NOW)
    for number in range(50):
        store.count_attempt(f"2001:db8:0:{number:x}::/64", NOW)
    read: list[int] = []

    def note(send: Send, operation: str, parameters: Parameters) -> Parameters:
        answer = send(operation, parameters)
        read.append(answer["ScannedCount"])
        return answer

    with store.calls.around(note):
        assert (len(store.api_tokens()), store.sessions()) == (1, [])
    assert read == [1, 1]


def test_a_new_secret_works_at_once(store: WatchedStore, reader: WatchedStore) -> None:
    first, secret = add_server_with_secret(store)
    assert reader.server_ids([hash_of(secret)]) == {hash_of(secret): first.id}
    second, another = add_server_with_secret(store)
    wanted = {hash_of(secret): first.id, hash_of(another): second.id}
    assert reader.server_ids([*wanted, hash_of("unknown"), *wanted]) == wanted


def test_only_agents_secrets_lead_to_servers(store: WatchedStore) -> None:
    for token in (API_TOKEN, SESSION):
        store.create_token(token)
    assert store.server_ids([API_TOKEN.hash, SESSION.hash]) == {}


def test_a_known_secret_is_not_looked_up_again(store: WatchedStore) -> None:
    server, secret = add_server_with_secret(store)
    known = {hash_of(secret): server.id}
    assert store.server_ids(known) == known
    with consumed(store) as used:
        assert store.server_ids(known) == known
    assert used.calls == 0
    store.clock.skip(SECRET_CACHE_SECONDS)
    with consumed(store) as used:
        assert store.server_ids(known) == known
    assert used.calls == 1


@pytest.mark.parametrize("end", ["delete", "replace"])
def test_an_ended_secret_works_for_15_seconds_at_most(store: WatchedStore, reader: WatchedStore, end: str) -> None:
    server, secret = add_server_with_secret(store)
    other, kept = add_server_with_secret(store)
    both = {hash_of(secret): server.id, hash_of(kept): other.id}
    assert reader.server_ids(both) == both
    store.clock.skip(SECRET_CACHE_SECONDS - 5)
    new = new_token(new_credential("agent"), "agent", NOW, subject=server.id)
    if end == "delete":
        store.delete_server(server, NOW)
    else:
        store.rotate_secret(server, new)
    store.clock.skip(5)
    after = {hash_of(kept): other.id} | ({new.hash: server.id} if end == "replace" else {})
    assert reader.server_ids([*both, new.hash]) == after


def test_an_unknown_secret_is_looked_up_again_after_15_seconds(store: WatchedStore) -> None:
    assert store.server_ids([AGENT.hash]) == {}
    store.create_token(AGENT)
    with consumed(store) as used:
        assert store.server_ids([AGENT.hash]) == {}
    assert used.calls == 0
    store.clock.skip(SECRET_CACHE_SECONDS + 1)
    assert store.server_ids([AGENT.hash]) == {AGENT.hash: AGENT.subject}


def test_unknown_secrets_fill_no_memory(store: WatchedStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Secrets, "UNKNOWN_KEPT", 30)
    some, more = ([hash_of(str(number)) for number in range(start, start + 20)] for start in (0, 20))
    store.server_ids(some)
    with consumed(store) as remembered:
        store.server_ids(some)
    store.server_ids(more)
    with consumed(store) as forgotten:
        store.server_ids(some)
    assert (remembered.calls, forgotten.calls) == (0, 1)


def test_one_unknown_secret_costs_one_read_in_a_process_that_knows_nothing(
    store: WatchedStore, reader: WatchedStore
) -> None:
    add_server_with_secret(store)
    for expected in (1, 0):
        with consumed(reader) as used:
            assert reader.server_ids([AGENT.hash]) == {}
        assert (used.calls, used.read, used.written) == (expected, expected, 0)


def test_what_is_remembered_of_secrets_is_told_without_a_lookup(store: WatchedStore, reader: WatchedStore) -> None:
    server, secret = add_server_with_secret(store)
    known, unknown = hash_of(secret), hash_of("unknown")
    assert reader.remembered_server_ids([known, unknown]) == {}
    assert reader.server_ids([known, unknown]) == {known: server.id}
    with consumed(reader) as used:
        assert reader.remembered_server_ids([known, unknown, hash_of("new")]) == {known: server.id, unknown: 0}
    assert used.calls == 0
