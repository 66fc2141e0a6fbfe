"""`rule add|list|edit|mute|unmute|remove`, `channel add|list|edit|remove|test` and `event list`."""

import json
import time
from dataclasses import replace

import pytest

from chalicelib.fleet.alerts.channels import Channel
from chalicelib.fleet.alerts.conditions import Condition
from chalicelib.fleet.alerts.rules import Rule
from chalicelib.fleet.cycles import Cycle
from chalicelib.storage import DynamoStore
from tests.delivery.receiver import Receiver
from tests.fleet.alerts.ledgers import eventful
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
        ["certificate<14 monitors=1,2", "down monitors=1,2"],
        ["latency>200 monitors=2", "cpu>90"],
    ]
    assert "monitors" in ops("rule", "add", "Gone", "down", "--monitors", "9").failure


EVERYTHING = (
    "cpu>90.5<5 duration=0 only=1,2",
    "latency>200 all-but=2 monitors=1",
    "net_in>1234567890123",
    "cycle_all>1e12 cycle=2026-01-15T00:00/3month",
    "cycle_in>5 cycle=2026-01-31T05:00/2hour",
)


def test_a_rule_takes_everything_that_the_api_takes(ops: Ops, dashboard: Dashboard) -> None:
    for name in ("a", "b"):
        dashboard.server(name, tag="web")
    ops("monitor", "create", "a", "http", "https://a.example/")
    ops("channel", "add", "Phone", "ntfys://ntfy.example.com/topic")
    assert ops("rule", "add", "Plain", "cpu>1").status == 0
    done = ops(
        *("rule", "edit", 1, "--name", "All", *(part for one in EVERYTHING for part in ("--condition", one))),
        *("--duration", 60, "--only", "1", "--only-tag", "web", "--only-tag", "db", "--channel", 1, "--remind", 900),
        *("--no-recovery", "--no-enabled"),
    )
    assert (done.status, done.out, done.err) == (0, "", "")
    (rule,) = (ledger.rule for ledger in dashboard.store.alerts.ledgers().values())
    assert rule == Rule(
        1,
        "All",
        (
            Condition("cpu", 90.5, 5, duration=0, cover="only", servers=frozenset({1, 2})),
            Condition("latency", 200, servers=frozenset({2}), monitors=frozenset({1})),
            Condition("net_in", 1_234_567_890_123),
            Condition("cycle_all", 1e12, cycle=Cycle("2026-01-15T00:00", 3)),
            Condition("cycle_in", 5, cycle=Cycle("2026-01-31T05:00", 2, "hour")),
        ),
        enabled=False,
        duration=60,
        cover="only",
        servers=frozenset({1}),
        tags=frozenset({"web", "db"}),
        channels=(1,),
        remind=900,
        recovery=False,
    )
    (listed,) = ops("rule", "list", "--json").json
    assert ops("rule", "add", "Again", *listed["conditions"]).status == 0
    again = dashboard.store.alerts.ledgers()[2].rule
    assert again.conditions == rule.conditions, "what is listed can be given again"
    assert ops("rule", "edit", 1, "--all-servers", "--no-channels", "--enabled").status == 0
    rule = dashboard.store.alerts.ledgers()[1].rule
    assert (rule.cover, rule.servers, rule.tags, rule.channels) == ("all", frozenset(), frozenset(), ())
    assert (rule.enabled, rule.name, rule.remind, rule.conditions) == (True, "All", 900, again.conditions)
    assert ops("rule", "edit", 1, "--all-but-tag", "lab").status == 0
    rule = dashboard.store.alerts.ledgers()[1].rule
    assert (rule.cover, rule.tags) == ("all", frozenset({"lab"}))
    assert "cannot be combined" in ops("rule", "edit", 1, "--all-but", "1", "--only-tag", "web").failure
    assert "--condition" in ops("rule", "edit", 1, "--monitors", "1").failure
    assert "does not exist" in ops("rule", "edit", 9, "--name", "x").failure


def test_rules_and_servers_are_muted_until_a_time(ops: Ops, dashboard: Dashboard) -> None:
    for name in ("a", "b"):
        dashboard.server(name)
        ops("rule", "add", name, "cpu>90")
    ops("settings", "edit", "time_zone=Europe/Berlin")

    def muted() -> dict[str, list[int]]:
        return {
            "rule": [ledger.rule.muted_until for ledger in dashboard.store.alerts.ledgers().values()],
            "server": [one.muted_until for one in dashboard.store.view().fleet.by_id.values()],
        }

    for noun in ("rule", "server"):
        done = ops(noun, "mute", 1, "--until", "2099-07-01T08:00")
        assert (done.status, done.out, done.err) == (0, "", "muted until 2099-07-01 08:00 UTC+2\n")
        assert muted()[noun] == [4_086_568_800, 0]
        listed = ops(noun, "list", "--json").json
        assert [one["muted_until"] for one in listed] == ["2099-07-01T06:00Z", None]
        before = int(time.time())
        assert ops(noun, "mute", 1, 2, "--for", "2d").status == 0
        assert all(before <= until - 2 * 86_400 <= time.time() for until in muted()[noun])
        assert ops(noun, "unmute", 1, 2).status == 0
        assert muted()[noun] == [0, 0]
        assert "does not exist" in ops(noun, "mute", 1, 9, "--for", "1h").failure
        assert muted()[noun] == [0, 0], "all or none"
        assert "is in the past" in ops(noun, "mute", 1, "--until", "2020-01-01").failure
        assert "not a date" in ops(noun, "mute", 1, "--until", "tomorrow").failure
        for wrong in ((), ("--for", "8"), ("--for", "1h", "--until", "2099")):
            assert ops(noun, "mute", 1, *wrong).status == 2


@pytest.mark.parametrize(
    "condition",
    [
        *("cpu=90", "cpu>", "disc>90", "cpu>x", "", "cpu>9 for=5", "cpu>9 duration=x", "cpu>9 only=web"),
        *("cycle_in>9 cycle=", "cycle_in>9 cycle=2026-01-15/3moon", "cpu>9 duration"),
    ],
)
def test_a_condition_that_is_none_is_a_wrong_command_line(ops: Ops, condition: str) -> None:
    assert ops("rule", "add", "Busy", condition).status == 2


def test_a_rule_that_is_not_allowed_is_one_line(ops: Ops, store: DynamoStore) -> None:
    assert "conditions[0].above" in ops("rule", "add", "Busy", "offline>5").failure
    assert "cycle.start" in ops("rule", "add", "Busy", "cycle_in>5 cycle=someday").failure
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


def test_an_edited_channel_keeps_what_is_not_named(ops: Ops, store: DynamoStore) -> None:
    ops("channel", "add", "Hook", "https://hook.example/s3cret", "--header", "X-Key: s3cret", "--body", "x")
    done = ops("channel", "edit", 1, "--name", "New", "--no-verify", "--heartbeat", "--method", "GET")
    assert (done.status, done.out, done.err) == (0, "", "")
    kept = Channel(1, "New", "webhook", "https://hook.example/s3cret", "GET", (("X-Key", "s3cret"),), "x")
    assert store.alerts.channels() == {1: replace(kept, verify=False, heartbeat=True)}
    assert ops("channel", "edit", 1, "--url", "-", "--no-heartbeat", stdin="tgram://123456789:s3cret/5\n").status == 0
    assert (store.alerts.channels()[1].kind, store.alerts.channels()[1].url) == (
        "apprise",
        "tgram://123456789:s3cret/5",
    )
    assert "does not exist" in ops("channel", "edit", 9, "--name", "x").failure


def test_a_webhook_may_hear_that_rules_are_evaluated_and_nothing_else_may(ops: Ops, store: DynamoStore) -> None:
    assert ops("channel", "add", "Ping", "https://hc-ping.example/1", "--method", "GET", "--heartbeat").status == 0
    ops("channel", "add", "Hook", "https://hooks.example/1")
    assert [one["heartbeat"] for one in ops("channel", "list", "--json").json] == [True, False]
    assert "webhooks only" in ops("channel", "add", "Phone", "ntfys://ntfy.example.com/topic", "--heartbeat").failure


def test_events_are_listed_with_what_became_of_their_messages(ops: Ops, dashboard: Dashboard) -> None:
    for number in range(1, 5):
        dashboard.server(f"server-{number}")
    dashboard.store.alerts.create_rule(eventful())
    assert [one["server"] for one in ops("event", "list", "--json").json] == [
        "server-4",
        "server-3",
        "server-2",
        "server-1",
    ]
    assert [one["server_id"] for one in ops("event", "list", "--open", "--json").json] == [4, 3, 2]
    (one,) = ops("event", "list", "--server", 1, "--json").json
    assert (one["reason"], one["value"]) == ("recovered", 95)
    newest, *_ = ops("event", "list", "--json", "--limit", 1).json
    assert [one["id"] for one in ops("event", "list", "--before", newest["id"], "--json").json] == [3, 2, 1]
    head, first, *_ = ops("event", "list").out.splitlines()
    assert head.split() == ["id", "began", "ended", "rule", "server", "monitor", "value", "messages"]
    assert "began to 5 waiting" in first
    assert ops("event", "list", "--limit", 0).status == 2


def test_a_channel_is_tested(ops: Ops, store: DynamoStore) -> None:
    with Receiver() as receiver:
        ops("channel", "add", "Hook", receiver.url, "--body", '{"text": "#NEZHA#"}')
        assert ops("channel", "test", 1).err == "delivered\n"
        receiver.answer = b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n"
        assert "not delivered" in ops("channel", "test", 1).failure
    assert json.loads(receiver.requests[0].body)["text"].startswith("[Test] Nezha")
    assert "does not exist" in ops("channel", "test", 9).failure
