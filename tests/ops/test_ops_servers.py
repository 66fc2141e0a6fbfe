"""`server list|add|edit|mute|unmute|delete|rotate`."""

import re
from pathlib import Path

import pytest

from chalicelib.storage import DynamoStore
from tests.ops.ops_command import Ops
from tests.support.dashboard import Dashboard

MORE = ("muted_until", "plan", "note")
SECRET = re.compile("[0-9A-Za-z]{18}")


def test_add_prints_the_secret_alone_and_it_works(ops: Ops, dashboard: Dashboard) -> None:
    done = ops("server", "add", "东京")
    assert (done.status, done.err) == (0, "")
    assert SECRET.fullmatch(done.out.removesuffix("\n"))
    assert dashboard.report({"secret": done.out.strip()}) == [{"server_id": 1}]
    assert dashboard.details(1)["name"] == "东京"


def test_add_hides_from_guests_unless_told_otherwise(ops: Ops, dashboard: Dashboard) -> None:
    ops("server", "add", "hidden")
    ops("server", "add", "visible", "--no-hide")
    assert dashboard.get("/api/v1/monitor/1").status == 403
    assert dashboard.get("/api/v1/monitor/2").status == 200


def test_add_takes_every_field(ops: Ops, dashboard: Dashboard) -> None:
    added = ops(
        "server", "add", "one", "--tag", "T", "--note", "N", "--display-index", "-7", "--no-hide", "--json"
    ).json
    assert added.keys() == {"id", "secret"}
    assert ops("server", "list", "--json").json == [
        {
            "id": added["id"],
            "name": "one",
            "tag": "T",
            "hidden": False,
            "display_index": -7,
            "ip": "",
            "last_active": None,
            "muted_until": None,
            "plan": None,
            "note": "N",
        }
    ]


def test_list_is_in_the_dashboards_order_with_what_was_reported(ops: Ops, dashboard: Dashboard) -> None:
    for index in (0, 5, 5):
        ops("server", "add", f"index {index}", "--display-index", index)
    _, secret = dashboard.server("reporting", display_index=9)
    dashboard.report({"secret": secret, "ip": "192.0.2.1", "state": {"CPU": 1}})
    listed = ops("server", "list", "--json").json
    assert [server["id"] for server in listed] == [4, 2, 3, 1]
    assert (listed[0]["ip"], listed[0]["last_active"]) == ("192.0.2.1", int(dashboard.clock.now))
    head, first, *_ = ops("server", "list").out.splitlines()
    assert head.split() == ["id", "name", "tag", "hidden", "display_index", "ip", "last_active", *MORE]
    assert first.split()[:2] == ["4", "reporting"]


def test_edit_changes_what_is_named_only(ops: Ops, dashboard: Dashboard) -> None:
    ops("server", "add", "old", "--tag", "T", "--note", "N", "--display-index", 3)
    done = ops("server", "edit", 1, "--name", "new", "--no-hide", "--note", "")
    assert (done.status, done.out, done.err) == (0, "", "")
    (server,) = ops("server", "list", "--json").json
    assert (server["name"], server["tag"], server["note"]) == ("new", "T", "")
    assert (server["hidden"], server["display_index"]) == (False, 3)
    assert dashboard.details(1)["name"] == "new"


def test_a_plan_is_made_changed_and_removed(ops: Ops, dashboard: Dashboard, tmp_path: Path) -> None:
    ops("settings", "edit", "time_zone=Europe/Berlin")
    ops("server", "add", "one", "--price", "4.5", "--currency", "EUR", "--billing", "month", "--reset-day", "15")
    assert ops("server", "edit", 1, "--traffic-limit", "1.5T", "--traffic-kind", "larger", "--public-plan").status == 0
    assert ops("server", "edit", 1, "--expires", "2099-07-01", "--name", "two").status == 0

    def plan() -> object:
        (listed,) = ops("server", "list", "--json").json
        return listed["plan"]

    assert plan() == {
        "price": 4.5,
        "currency": "EUR",
        "cycle": "month",
        "expires": 4_086_540_000,
        "traffic_limit": 1_649_267_441_664,
        "traffic_kind": "larger",
        "reset_day": 15,
        "public": True,
    }
    assert "price=4.5,currency=EUR" in ops("server", "list").out
    assert ops("server", "edit", 1, "--expires", "never", "--traffic-limit", "0", "--no-public-plan").status == 0
    rest = {"price": 4.5, "currency": "EUR", "cycle": "month", "traffic_kind": "larger", "reset_day": 15}
    assert plan() == rest
    for wrong, words in ((("--reset-day", 32), "plan.reset_day"), (("--expires", "soon"), "not a date")):
        assert words in ops("server", "edit", 1, *wrong).failure
    assert ops("server", "edit", 1, "--traffic-limit", "much").status == 2
    assert plan() == rest
    note = tmp_path / "note.json"
    note.write_text('{"billingDataMod": {"amount": "$5", "cycle": "Year"}, "planDataMod": {"trafficVol": "2TB"}}')
    assert ops("server", "edit", 1, "--public-note", f"@{note}").status == 0
    of_note = {"price": 5.0, "currency": "USD", "cycle": "year", "traffic_limit": 2 * 1024**4, "public": True}
    assert plan() == of_note
    assert "contains no plan" in ops("server", "edit", 1, "--public-note", "hello").failure
    assert ops("server", "edit", 1, "--no-plan").status == 0
    assert plan() is None


def test_edit_with_nothing_named_changes_nothing(ops: Ops, dashboard: Dashboard) -> None:
    ops("server", "add", "one")
    before = ops("server", "list").out
    assert ops("server", "edit", 1).status == 0
    assert ops("server", "list").out == before


def test_delete_ends_a_server_and_its_secret(ops: Ops, dashboard: Dashboard) -> None:
    secret = ops("server", "add", "one").out.strip()
    done = ops("server", "delete", 1)
    assert (done.status, done.out, done.err) == (0, "", "")
    assert ops("server", "list", "--json").json == []
    (outcome,) = dashboard.report({"secret": secret})
    assert outcome["error"] == "unknown_secret"
    assert ops("server", "add", "two", "--json").json["id"] == 2


def test_rotate_ends_the_old_secret(ops: Ops, dashboard: Dashboard) -> None:
    old = ops("server", "add", "one").out.strip()
    done = ops("server", "rotate", 1)
    new = done.out.removesuffix("\n")
    assert SECRET.fullmatch(new)
    assert (done.status, done.err, new != old) == (0, "", True)
    assert dashboard.report({"secret": old})[0]["error"] == "unknown_secret"
    assert dashboard.report({"secret": new}) == [{"server_id": 1}]
    assert ops("server", "rotate", 1, "--json").json.keys() == {"id", "secret"}


@pytest.mark.parametrize("verb", ["edit", "delete", "rotate"])
def test_an_unknown_id_is_one_line(ops: Ops, store: DynamoStore, verb: str) -> None:
    assert ops("server", verb, 7).failure == "Server 7 does not exist."
    if verb == "edit":
        assert ops("server", verb, 7, "--name", "new").failure == "Server 7 does not exist."


@pytest.mark.parametrize("verb", [("add", "one"), ("edit", "1")])
@pytest.mark.parametrize(
    ("option", "value", "word"),
    [
        ("--tag", "x" * 129, '"tag"'),
        ("--note", "x" * 1025, '"note"'),
        ("--display-index", "1000000001", '"display_index"'),
        ("--display-index", "-1000000001", '"display_index"'),
    ],
)
def test_a_value_beyond_its_limit_is_one_line(
    ops: Ops, store: DynamoStore, verb: tuple[str, str], option: str, value: str, word: str
) -> None:
    ops("server", "add", "before")
    before = ops("server", "list").out
    assert word in ops("server", *verb, f"{option}={value}").failure
    assert ops("server", "list").out == before


def test_a_name_too_long_is_one_line(ops: Ops, store: DynamoStore) -> None:
    assert '"name"' in ops("server", "add", "x" * 129).failure


@pytest.mark.parametrize("arguments", [("create", ""), ("add", ""), ("edit", "1", "--name", "")])
def test_a_server_without_a_name_is_refused(ops: Ops, store: DynamoStore, arguments: tuple[str, ...]) -> None:
    ops("server", "create", "one")
    assert ops("server", *arguments).failure == '"name" is required.'
    assert [server["name"] for server in ops("server", "list", "--json").json] == ["one"]


def test_options_are_at_their_limits_taken(ops: Ops, store: DynamoStore) -> None:
    assert ops("server", "add", "东" * 128, "--tag", "x" * 128, "--note", "x" * 1024).status == 0
