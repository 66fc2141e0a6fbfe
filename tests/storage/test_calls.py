"""What becomes of calls that DynamoDB refuses, answers halfway, or never answers."""

import json
import logging
from base64 import b64encode
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import chain, repeat
from typing import Any

import pytest

from benchmarks.watched_store import MovableClock, Send, WatchedStore, opened
from chalicelib.fleet import limits
from chalicelib.fleet.errors import Throttled, Unavailable
from chalicelib.fleet.servers import Facts, Server
from chalicelib.fleet.tokens import hash_of, new_token
from chalicelib.storage import DynamoStore
from chalicelib.storage.calls import ATTEMPTS
from chalicelib.storage.connect import CONNECT_SECONDS, READ_SECONDS
from chalicelib.storage.failures import DENIED, CallRefused, ConditionFailed, NoAnswer, SetupError, TransactionRefused
from chalicelib.storage.servers import ServerItem, ServerTable
from chalicelib.storage.tables import TABLES
from chalicelib.storage.tokens import TokenItem
from tests.storage.samples import NOW, add_server, state
from tests.storage.scripted_transport import (
    CONDITION_FAILED,
    DONE,
    LOST,
    STALE,
    THROTTLED,
    ScriptedTransport,
    canceled,
    error,
)
from tests.support.dynamodb import tables

TOKEN = new_token("secret", "agent", NOW, subject=1)
SERVER = Server(1, "one", "", secret_hash=TOKEN.hash)
PAUSES = 1.0
"""More seconds than all pauses between the attempts of one call together."""


@pytest.fixture
def scripted() -> ScriptedTransport:
    return ScriptedTransport()


@pytest.fixture
def clock() -> MovableClock:
    """It stands still, but for the store's pauses."""
    return MovableClock(runs=False)


@pytest.fixture
def script_store(scripted: ScriptedTransport, clock: MovableClock) -> WatchedStore:
    return WatchedStore("t-", scripted, clock)


def silent(clock: MovableClock, seconds: float = READ_SECONDS) -> Iterator[NoAnswer]:
    """Answers that do not come within the time-out of a transport."""
    while True:
        clock.skip(seconds)
        yield NoAnswer(TimeoutError("timed out"))


def test_without_an_answer_no_attempt_begins_after_the_time_limit(
    scripted: ScriptedTransport, script_store: WatchedStore, clock: MovableClock
) -> None:
    scripted.will_answer(silent(clock))
    with script_store.database.time_limit(READ_SECONDS + 0.5), pytest.raises(Unavailable, match="does not answer"):
        script_store.check()
    assert clock.monotonic() < READ_SECONDS + 0.5 + READ_SECONDS + PAUSES
    assert len(scripted.requests) == 2
    with script_store.database.time_limit(0), pytest.raises(Unavailable, match="does not answer"):
        script_store.check()
    assert len(scripted.requests) == 2


def test_an_answer_is_out_within_5_seconds_when_the_last_attempt_begins_as_late_as_it_may(
    scripted: ScriptedTransport, script_store: WatchedStore, clock: MovableClock
) -> None:
    scripted.will_answer(silent(clock, CONNECT_SECONDS + READ_SECONDS))
    with script_store.time_limit():
        clock.skip(limits.REQUEST_SECONDS - 0.1)
        with pytest.raises(Unavailable):
            script_store.check()
    assert len(scripted.requests) == 1
    assert clock.monotonic() < 5
    assert limits.REQUEST_SECONDS + CONNECT_SECONDS + READ_SECONDS < 5


def test_a_store_reads_the_same_in_whichever_thread_it_is_used_first(url: str) -> None:
    with tables(url) as store, ThreadPoolExecutor(1) as pool:
        server = add_server(store)
        store.write_states({server.id: state()})
        fresh = opened(url, store.prefix)
        assert pool.submit(lambda: fresh.view().fleet.by_id[server.id]).result() == server
        other = store.another()
        assert pool.submit(lambda: other.view().fleet.by_id[server.id]).result() == server
        assert other.states(None) == {server.id: state()}
        fresh.transport.close()


def test_time_limits_of_requests_stand_apart(scripted: ScriptedTransport, script_store: WatchedStore) -> None:
    scripted.will_answer(repeat(DONE))
    with script_store.database.time_limit(0):
        with script_store.time_limit():
            script_store.check()
        with pytest.raises(Unavailable):
            script_store.check()
    script_store.check()


def test_a_call_without_an_answer_is_tried_again_and_then_unavailable(
    scripted: ScriptedTransport, script_store: WatchedStore, clock: MovableClock, caplog: pytest.LogCaptureFixture
) -> None:
    lost = NoAnswer(ConnectionRefusedError("scripted"))
    scripted.will_answer(repeat(lost))
    with caplog.at_level(logging.WARNING), pytest.raises(Unavailable, match="does not answer") as failure:
        script_store.check()
    assert failure.value.__cause__ is lost
    assert 0 < clock.monotonic() < PAUSES
    assert [record.message for record in caplog.records] == [
        "DynamoDB did not answer GetItem: ConnectionRefusedError"
    ] * ATTEMPTS


def test_a_call_over_a_stale_socket_is_tried_again_at_once(
    scripted: ScriptedTransport, script_store: WatchedStore, clock: MovableClock
) -> None:
    scripted.will_answer([STALE, DONE])
    script_store.check()
    assert (scripted.operations, clock.monotonic()) == (["GetItem", "GetItem"], 0)


def test_stale_sockets_do_not_prolong_a_request_beyond_its_time(
    scripted: ScriptedTransport, script_store: WatchedStore, clock: MovableClock
) -> None:
    scripted.will_answer(chain([STALE], silent(clock, CONNECT_SECONDS + READ_SECONDS)))
    with script_store.time_limit():
        clock.skip(limits.REQUEST_SECONDS - 0.1)
        with pytest.raises(Unavailable):
            script_store.check()
    assert len(scripted.requests) == 2
    assert clock.monotonic() < 5


@pytest.mark.parametrize(
    "broken",
    [
        error("InternalServerError", 500),
        error("ServiceUnavailable", 503),
        CallRefused("", 502, {}),
        LOST,
    ],
)
def test_a_broken_answer_is_asked_for_again_and_then_unavailable(
    scripted: ScriptedTransport, script_store: WatchedStore, broken: Any
) -> None:
    scripted.will_answer([broken, DONE])
    script_store.check()
    scripted.will_answer(repeat(broken))
    with pytest.raises(Unavailable):
        script_store.check()
    assert scripted.operations == ["GetItem"] * (2 + ATTEMPTS)


@pytest.mark.parametrize(
    "code",
    [
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ThrottlingException",
        "TransactionConflictException",
    ],
)
def test_a_throttled_call_is_sent_again_and_then_throttled(
    scripted: ScriptedTransport, script_store: WatchedStore, code: str
) -> None:
    scripted.will_answer([error(code), error(code), DONE])
    script_store.check()
    scripted.will_answer(repeat(error(code)))
    with pytest.raises(Throttled):
        script_store.check()
    assert scripted.operations == ["GetItem"] * (3 + ATTEMPTS)


@pytest.mark.parametrize("code", sorted(DENIED))
def test_missing_permissions_are_told_to_the_operator_and_not_tried_again(
    scripted: ScriptedTransport, script_store: WatchedStore, caplog: pytest.LogCaptureFixture, code: Any
) -> None:
    scripted.will_answer([error(code)])
    with caplog.at_level(logging.ERROR), pytest.raises(Unavailable, match="permissions"):
        script_store.check()
    assert [record.message for record in caplog.records] == [f"DynamoDB refuses this process: {code}"]
    assert len(scripted.requests) == 1


def test_missing_credentials_are_told_to_the_operator_and_not_tried_again(
    scripted: ScriptedTransport, script_store: WatchedStore, caplog: pytest.LogCaptureFixture
) -> None:
    missing = SetupError("Unable to locate credentials")
    scripted.will_answer([missing])
    with caplog.at_level(logging.ERROR), pytest.raises(Unavailable, match="no usable AWS credentials") as failure:
        script_store.check()
    assert failure.value.__cause__ is missing
    assert [record.message for record in caplog.records] == [
        "No call to DynamoDB is possible: Unable to locate credentials"
    ]
    assert len(scripted.requests) == 1


def test_an_error_that_means_a_mistake_of_ours_is_not_translated(
    scripted: ScriptedTransport, script_store: WatchedStore
) -> None:
    scripted.will_answer([error("ValidationException")])
    with pytest.raises(CallRefused, match="ValidationException: scripted"):
        script_store.check()


@pytest.mark.parametrize(
    "ask",
    [
        DynamoStore.check,
        DynamoStore.view,
        DynamoStore.new_server_id,
        lambda store: store.states(None),
        lambda store: store.states([SERVER.id]),
        lambda store: store.token(TOKEN.hash),
        lambda store: store.create_token(TOKEN),
        lambda store: store.create_server(SERVER, TOKEN),
        lambda store: store.write_facts({1: Facts(ip="192.0.2.1")}, NOW),
    ],
)
def test_missing_tables_are_named_with_the_way_to_create_them(store: WatchedStore, ask: Any) -> None:
    absent = store.another(prefix="absent-")
    with pytest.raises(Unavailable, match="tables do not exist"):
        ask(absent)


def test_tables_are_created_once(store: WatchedStore) -> None:
    assert store.create_tables() == []


@pytest.mark.parametrize("operation", ["CreateTable", "UpdateTimeToLive"])
def test_tables_are_created_although_answers_are_lost(store: WatchedStore, operation: str) -> None:
    new = store.another(prefix=f"lost-{store.prefix}")
    lost: list[str] = []

    def handle(send: Send, called: str, parameters: dict[str, Any]) -> dict[str, Any]:
        again = called == operation and parameters["TableName"] in lost
        if again and called == "UpdateTimeToLive":  # which moto allows
            raise CallRefused("ValidationException", 400, {"message": "TimeToLive is already enabled"})
        answer = send(called, parameters)
        if called == operation and not again:
            lost.append(parameters["TableName"])
            raise NoAnswer(TimeoutError())
        return answer

    with new.calls.around(handle):
        assert len(new.create_tables()) == len(TABLES)
    assert len(lost) > 3
    assert new.create_tables() == []


def batch_of(*names: Any, left: tuple[Any, ...] | str = ()) -> dict[str, Any]:
    """An answer to BatchGetItem with tokens, and those of its keys that it left for later."""
    answer: dict[str, Any] = {"Responses": {"t-tokens": [token_item(name) for name in names]}}
    if left:
        keys = [{"hash": {"S": hash_of(name)}} for name in left]
        answer["UnprocessedKeys"] = {"t-tokens": {"Keys": keys, "ConsistentRead": True}}
    return answer


def token_item(name: Any) -> dict[str, Any]:
    return {
        "hash": {"S": hash_of(name)},
        "kind": {"S": "agent"},
        "subject": {"N": str(ord(name))},
        "created": {"N": str(NOW)},
    }


def asked_for(request: tuple[str, dict[str, Any]]) -> set[str]:
    operation, parameters = request
    assert operation == "BatchGetItem"
    return {key["hash"]["S"] for key in parameters["RequestItems"]["t-tokens"]["Keys"]}


def test_keys_that_a_batch_left_for_later_are_asked_for_again(
    scripted: ScriptedTransport, script_store: WatchedStore
) -> None:
    scripted.will_answer([DONE, batch_of("a", left="bc"), batch_of("c", left="b"), batch_of("b")])
    hashes = {hash_of(name): ord(name) for name in "abc"}
    assert script_store.server_ids(hashes) == hashes
    assert [asked_for(request) for request in scripted.requests[1:]] == [
        set(hashes),
        {hash_of("b"), hash_of("c")},
        {hash_of("b")},
    ]


def test_a_batch_that_leaves_keys_for_ever_is_throttled(
    scripted: ScriptedTransport, script_store: WatchedStore
) -> None:
    scripted.will_answer(chain([DONE], repeat(batch_of("a", left="b"))))
    with pytest.raises(Throttled):
        script_store.server_ids([hash_of("a"), hash_of("b")])
    assert len(scripted.requests) == 1 + ATTEMPTS


def test_more_keys_than_a_batch_takes_are_asked_for_in_several(
    scripted: ScriptedTransport, script_store: WatchedStore
) -> None:
    scripted.will_answer(chain([DONE], repeat(batch_of())))
    hashes = {hash_of(str(number)) for number in range(250)}
    assert script_store.server_ids(hashes) == {}
    asked = [asked_for(request) for request in scripted.requests[1:]]
    assert [len(keys) for keys in asked] == [100, 100, 50]
    assert set().union(*asked) == hashes


def test_every_page_of_a_scan_is_read(scripted: ScriptedTransport, script_store: WatchedStore) -> None:
    last = {"hash": {"S": hash_of("b")}}
    scripted.will_answer(
        [
            {"Items": [token_item("a")], "LastEvaluatedKey": last},
            {"Items": [], "LastEvaluatedKey": last},
            {"Items": [token_item("c")]},
        ]
    )
    found = list(script_store.database.scan(TokenItem))
    assert [item["subject"]["N"] for item in found] == ["97", "99"]
    assert [parameters.get("ExclusiveStartKey") for _, parameters in scripted.requests] == [None, last, last]


def test_a_transaction_is_sent_again_while_others_touch_the_same_items(
    scripted: ScriptedTransport, script_store: WatchedStore
) -> None:
    contended = canceled("None", "None", "TransactionConflict")
    also_refused = canceled("ConditionalCheckFailed", "None", "TransactionConflict")
    scripted.will_answer([*repeat(contended, 6), also_refused, error("TransactionInProgressException"), DONE])
    script_store.create_server(SERVER, TOKEN)
    assert scripted.operations == ["TransactWriteItems"] * 9


def test_a_transaction_that_others_never_let_through_is_throttled_in_time(
    scripted: ScriptedTransport, script_store: WatchedStore, clock: MovableClock
) -> None:
    scripted.will_answer(repeat(canceled("None", "None", "TransactionConflict")))
    with script_store.database.time_limit(1.5), pytest.raises(Throttled):
        script_store.create_server(SERVER, TOKEN)
    assert clock.monotonic() <= 1.5
    assert len(scripted.requests) > 2


def test_a_throttled_transaction_is_throttled(scripted: ScriptedTransport, script_store: WatchedStore) -> None:
    scripted.will_answer(repeat(canceled("None", "ThrottlingError", "ConditionalCheckFailed")))
    with pytest.raises(Throttled):
        script_store.create_server(SERVER, TOKEN)
    assert len(scripted.requests) == ATTEMPTS


def test_a_transaction_whose_answer_was_lost_is_sent_again_as_the_same(
    scripted: ScriptedTransport, script_store: WatchedStore
) -> None:
    """DynamoDB then does not carry it out twice."""
    scripted.will_answer([LOST, error("InternalServerError", 500), DONE])
    script_store.create_server(SERVER, TOKEN)
    tokens = {parameters["ClientRequestToken"] for _, parameters in scripted.requests}
    assert len(scripted.requests) == 3
    assert len(tokens) == 1


def test_a_token_whose_answer_was_lost_is_added_all_the_same(
    scripted: ScriptedTransport, script_store: WatchedStore
) -> None:
    scripted.will_answer([LOST, DONE])
    script_store.create_token(TOKEN)
    assert scripted.operations == ["PutItem", "PutItem"]
    assert not any("ConditionExpression" in parameters for _, parameters in scripted.requests)


def test_a_token_that_was_deleted_is_told_to_be_so_also_when_the_answer_was_lost(
    scripted: ScriptedTransport, script_store: WatchedStore
) -> None:
    scripted.will_answer([{"Item": token_item("a")}, LOST, DONE])
    script_store.delete_token(hash_of("a"))
    assert scripted.operations == ["GetItem", "DeleteItem", "DeleteItem"]
    assert not any("ConditionExpression" in parameters for _, parameters in scripted.requests)


@pytest.mark.parametrize("refused", [[0], [2], [0, 1], [0, 1, 2]])
def test_a_refused_transaction_tells_which_of_its_writes_were_refused(store: WatchedStore, refused: list[int]) -> None:
    servers = [add_server(store, name) for name in "abc"]
    for number in refused:
        store.delete_server(servers[number], NOW)
    table = ServerTable(store.database)
    writes = [table.edit(server.id, {"name": "new"}) for server in servers]
    with pytest.raises(TransactionRefused) as refusal:
        store.database.transact(writes)
    assert refusal.value.failed == [number in refused for number in range(3)]
    assert {server.name for server in store.view().fleet.by_id.values()} == set("abc") - {
        "abc"[number] for number in refused
    }


def test_a_failed_condition_tells_what_is_stored(store: WatchedStore) -> None:
    server = add_server(store, "one")
    key = {"g": {"N": "0"}, "i": {"N": str(server.id)}}
    rename, impossible = [ServerItem.name.set("two")], ServerItem.name == "three"
    with pytest.raises(ConditionFailed) as failure:
        store.database.update(ServerItem, key, rename, impossible, stored_on_failure=True)
    assert failure.value.item == store.database.get(ServerItem, key)
    with pytest.raises(ConditionFailed) as failure:
        store.database.update(ServerItem, key, rename, impossible)
    assert failure.value.item is None


def test_states_of_a_throttled_block_fail_alone(scripted: ScriptedTransport, script_store: WatchedStore) -> None:
    scripted.will_answer([DONE, *repeat(THROTTLED, ATTEMPTS), DONE])
    failed = script_store.write_states({1: state(), 8: state(), 9: state(), 16: state()})
    assert failed.keys() == {8, 9}
    assert {type(failure) for failure in failed.values()} == {Throttled}


def test_a_block_is_read_where_a_failed_condition_does_not_tell_what_is_stored(
    scripted: ScriptedTransport, script_store: WatchedStore
) -> None:
    scripted.will_answer(repeat(DONE))
    script_store.write_states({1: state(NOW + 9)})
    packed = max(scripted.requests[0][1]["ExpressionAttributeValues"].values(), key=lambda value: len(value["B"]))["B"]
    stored = {"B": b64encode(packed).decode()}
    scripted.requests.clear()
    scripted.will_answer([CONDITION_FAILED, {"Item": {"k": {"S": "0"}, "1": stored}}, DONE])
    assert script_store.write_states({1: state(), 2: state()}) == {}
    assert scripted.operations == ["UpdateItem", "GetItem", "UpdateItem"]
    names = [json.dumps(parameters.get("ExpressionAttributeNames")) for _, parameters in scripted.requests]
    assert ('"1"' in names[0], '"1"' in names[2], '"2"' in names[2]) == (True, False, True)
