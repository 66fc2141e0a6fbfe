"""`rule add|list|remove` and `channel add|list|remove|test`."""

import json

import pytest

from chalicelib.fleet.alerts.channels import Channel
from chalicelib.fleet.alerts.conditions import Condition
from chalicelib.storage import DynamoStore
from tests.delivery.receiver import Receiver
from tests.ops.ops_command import Ops
from tests.support.dashboard import Dashboard


def test_a_rule_is_added_listed_and_removed(ops: Ops, dashboard: Dashboard) -> None:
    dashboard.server()
    channel = ops("channel", "add", "Phone", "ntfys://ntfy.example.com/topic").out.strip()
    done = ops("rule", "add", "Busy", "cpu>90.5", "load1<100", "--channel", channel, "--only", "1", "--remind", 3600)
    assert (done.status, done.out, done.err) == (0, "1\n", "")
    assert ops("rule", "add", "Gone", "offline", "--duration", 300, "--no-recovery", "--json").json == {"id": 2}
    busy, gone = (ledger.rule for ledger in dashboard.store.alerts.ledgers().values())
    assert busy.conditions == (Condition("cpu", above=90.5), Condition("load1", below=100))
    assert (busy.cover, busy.servers, busy.channels, busy.remind) == ("only", frozenset({1}), (1,), 3600)
    assert (gone.conditions, gone.duration, gone.recovery) == ((Condition("offline"),), 300, False)
    listed = ops("rule", "list", "--json").json
    assert [(one["id"], one["conditions"], one["name"]) for one in listed] == [
        (1, ["cpu>90.5", "load1<100"], "Busy"),
        (2, ["offline"], "Gone"),
    ]
    assert ops("rule", "remove", 1).status == 0
    assert [one["id"] for one in ops("rule", "list", "--json").json] == [2]
    assert "does not exist" in ops("rule", "remove", 1).failure


def test_conditions_on_monitors_name_those_that_they_watch(ops: Ops, dashboard: Dashboard) -> None:
    for name in ("a", "b"):
        ops("monitor", "create", name, "http", f"https://{name}.example/")
    assert ops("rule", "add", "Soon", "certificate<14", "down", "--monitors", "1,2").status == 0
    assert ops("rule", "add", "Slow", "latency>200", "cpu>90", "--monitors", "2").status == 0
    listed = ops("rule", "list", "--json").json
    assert [one["conditions"] for one in listed] == [
        ["certificate<14 of monitors 1,2", "down of monitors 1,2"],
        ["latency>200 of monitors 2", "cpu>90"],
    ]
    assert "monitors" in ops("rule", "add", "Gone", "down", "--monitors", "9").failure


@pytest.mark.parametrize("condition", ["cpu=90", "cpu>", "disc>90", "cpu>x", ""])
def test_a_condition_that_is_none_is_a_wrong_command_line(ops: Ops, condition: str) -> None:
    assert ops("rule", "add", "Busy", condition).status == 2


def test_a_rule_that_is_not_allowed_is_one_line(ops: Ops, store: DynamoStore) -> None:
    assert "conditions[0].above" in ops("rule", "add", "Busy", "offline>5").failure
    assert "channel" in ops("rule", "add", "Busy", "cpu>5", "--channel", 9).failure


def test_a_channel_is_added_and_its_secrets_are_never_shown(ops: Ops, store: DynamoStore) -> None:
    body = '{"text": "#NEZHA#"}'
    hook = ("https://hook.example/s3cret", "--header", "X-Key: s3cret", "--body", body, "--form", "--no-verify")
    assert ops("channel", "add", "Hook", *hook).out == "1\n"
    assert ops("channel", "add", "Chat", "-", stdin="tgram://123456789:s3cret/5\n").out == "2\n"
    assert store.alerts.channels() == {
        1: Channel(
            1, "Hook", "webhook", "https://hook.example/s3cret", "POST", (("X-Key", "s3cret"),), body, True, False
        ),
        2: Channel(2, "Chat", "apprise", "tgram://123456789:s3cret/5"),
    }
    listed = ops("channel", "list").out
    assert "https://hook.example/…" in listed
    assert "s3cret" not in listed
    assert ops("channel", "remove", 1).status == 0
    assert "does not exist" in ops("channel", "remove", 1).failure
    assert "NAME:VALUE" in ops("channel", "add", "Hook", "https://x.example", "--header", "X").failure


def test_a_webhook_may_hear_that_rules_are_evaluated_and_nothing_else_may(ops: Ops, store: DynamoStore) -> None:
    assert ops("channel", "add", "Ping", "https://hc-ping.example/1", "--method", "GET", "--heartbeat").status == 0
    ops("channel", "add", "Hook", "https://hooks.example/1")
    assert [one["heartbeat"] for one in ops("channel", "list", "--json").json] == [True, False]
    assert "webhooks only" in ops("channel", "add", "Phone", "ntfys://ntfy.example.com/topic", "--heartbeat").failure


def test_a_channel_is_tested(ops: Ops, store: DynamoStore) -> None:
    with Receiver() as receiver:
        ops("channel", "add", "Hook", receiver.url, "--body", '{"text": "#NEZHA#"}')
        assert ops("channel", "test", 1).err == "delivered\n"
        receiver.answer = b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n"
        assert "not delivered" in ops("channel", "test", 1).failure
    assert json.loads(receiver.requests[0].body)["text"].startswith("[Test] Nezha")
    assert "does not exist" in ops("channel", "test", 9).failure
