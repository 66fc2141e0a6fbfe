"""`monitor create|list|edit|delete`."""

import pytest

from chalicelib.fleet.certificates import Certificate, KnownCertificate, target_mark
from chalicelib.storage import DynamoStore
from tests.ops.ops_command import Ops
from tests.support.dashboard import Dashboard


def test_create_prints_the_id_and_agents_get_the_monitor(ops: Ops, dashboard: Dashboard) -> None:
    _, secret = dashboard.server()
    done = ops("monitor", "create", "Gateway", "icmp", "192.0.2.1")
    assert (done.status, done.out, done.err) == (0, "1\n", "")
    assert ops("monitor", "create", "Web", "tcp", "example.com:443", "--interval", 60, "--json").json == {"id": 2}
    said = dashboard.post("/api/v1/agent/report", secret, {"reports": [{}]}).result
    assert said["monitors"] == [
        {"id": 1, "type": "icmp", "target": "192.0.2.1", "interval": 30, "server_ids": [1]},
        {"id": 2, "type": "tcp", "target": "example.com:443", "interval": 60, "server_ids": [1]},
    ]


def test_list_shows_every_monitor(ops: Ops, dashboard: Dashboard) -> None:
    dashboard.server()
    dashboard.server()
    ops("monitor", "create", "all", "icmp", "192.0.2.1")
    ops("monitor", "create", "all but", "icmp", "192.0.2.2", "--all-but", "2")
    ops("monitor", "create", "only", "tcp", "192.0.2.3:80", "--only", "1, 2")
    listed = ops("monitor", "list", "--json").json
    assert [(one["id"], one["cover"], one["servers"]) for one in listed] == [
        (1, "all", []),
        (2, "all", [2]),
        (3, "only", [1, 2]),
    ]
    lines = ops("monitor", "list").out.splitlines()
    assert lines[0].split() == ["id", "type", "target", "interval", "cover", "servers", "certificate", "name"]
    assert lines[3].split() == ["3", "tcp", "192.0.2.3:80", "30", "only", "1,2", "-", "only"]


def test_edit_changes_what_is_named_only(ops: Ops, dashboard: Dashboard) -> None:
    dashboard.server()
    ops("monitor", "create", "old", "icmp", "192.0.2.1", "--interval", 60, "--only", "1")
    done = ops("monitor", "edit", 1, "--name", "new", "--type", "tcp", "--target", "192.0.2.1:80")
    assert (done.status, done.out, done.err) == (0, "", "")
    (monitor,) = ops("monitor", "list", "--json").json
    assert monitor == {
        "id": 1,
        "name": "new",
        "type": "tcp",
        "target": "192.0.2.1:80",
        "interval": 60,
        "certificate": None,
        "cover": "only",
        "servers": [1],
    }
    ops("monitor", "edit", 1, "--all-but", "")
    (monitor,) = ops("monitor", "list", "--json").json
    assert (monitor["cover"], monitor["servers"]) == ("all", [])


def test_delete_ends_a_monitor_and_its_id(ops: Ops, store: DynamoStore) -> None:
    ops("monitor", "create", "one", "icmp", "192.0.2.1")
    done = ops("monitor", "delete", 1)
    assert (done.status, done.out, done.err) == (0, "", "")
    assert ops("monitor", "list", "--json").json == []
    assert ops("monitor", "create", "two", "icmp", "192.0.2.1").out == "2\n"


@pytest.mark.parametrize("verb", ["edit", "delete"])
def test_an_unknown_id_is_one_line(ops: Ops, store: DynamoStore, verb: str) -> None:
    assert ops("monitor", verb, 7).failure == "Monitor 7 does not exist."


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["x", "tcp", "192.0.2.1"], "target"),
        (["x", "tcp", "192.0.2.1:0"], "target"),
        (["x", "icmp", ""], "target"),
        (["x", "icmp", "a b"], "target"),
        (["", "icmp", "192.0.2.1"], "name"),
        (["x" * 129, "icmp", "192.0.2.1"], "name"),
        (["x", "icmp", "192.0.2.1", "--interval", "9"], "interval"),
        (["x", "icmp", "192.0.2.1", "--interval", "3601"], "interval"),
        (["x", "icmp", "192.0.2.1", "--only", "9"], "servers"),
    ],
)
def test_what_makes_no_sense_is_one_line(ops: Ops, store: DynamoStore, arguments: list[str], word: str) -> None:
    assert word in ops("monitor", "create", *arguments).failure
    assert ops("monitor", "list", "--json").json == []


@pytest.mark.parametrize(
    "arguments",
    [
        ["x", "https", "https://example.com"],
        ["x", "icmp", "192.0.2.1", "--only", "one"],
        ["x", "icmp", "192.0.2.1", "--only", "1", "--all-but", "2"],
        ["x", "icmp", "192.0.2.1", "--interval", "soon"],
    ],
)
def test_a_wrong_command_line_is_refused(ops: Ops, store: DynamoStore, arguments: list[str]) -> None:
    assert ops("monitor", "create", *arguments).status == 2


def test_an_edit_that_makes_no_sense_changes_nothing(ops: Ops, store: DynamoStore) -> None:
    ops("monitor", "create", "one", "icmp", "192.0.2.1")
    before = ops("monitor", "list").out
    assert "target" in ops("monitor", "edit", 1, "--type", "tcp").failure
    assert ops("monitor", "list").out == before


def test_list_shows_when_certificates_end(ops: Ops, dashboard: Dashboard) -> None:
    ops("monitor", "create", "Shop", "http", "https://shop.example/")
    (monitor,) = dashboard.store.view().monitors.values()
    known = KnownCertificate(1, target_mark(monitor), Certificate("Let’s Encrypt", 1_796_391_203))
    dashboard.store.certificates.write({monitor.id: known})
    (listed,) = ops("monitor", "list", "--json").json
    assert listed["certificate"] == "2026-12-04 Let’s Encrypt"
