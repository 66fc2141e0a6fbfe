"""/api/monitor: what is probed, how often, and from which servers."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from benchmarks.watched_store import WatchedStore
from chalicelib.fleet import limits, monitors
from chalicelib.fleet.monitors import Monitor
from tests.api.people.panel import ICMP, TCP, Panel, names_field, serve_another, together
from tests.support.dashboard import Dashboard

NAME_253 = ".".join(("a" * 63, "b" * 63, "c" * 63, "d" * 61))
HOSTS = (
    "1.1.1.1",
    "255.255.255.255",
    "2606:4700:4700::1111",
    "::1",
    "::ffff:192.0.2.1",
    "localhost",
    "example.com",
    "example.com.",
    "EXAMPLE.com",
    "xn--fsqu00a.xn--0zwm56d",
    "_dns.a-b_c.example",
    "3com.example",
    "1.2.3.4.example",
    "a" * 63,
    NAME_253,
)
NO_HOSTS = (
    "",
    " ",
    ".",
    "..",
    "-",
    "1.2.3",
    "1.2.3.4.5",
    "256.1.1.1",
    "01.1.1.1",
    "16843009",
    "1.1.1.1 ",
    " example.com",
    "exam ple.com",
    "example.com\n",
    "example..com",
    ".example.com",
    "example.com..",
    "-c.example",
    "c-.example",
    "a" * 64,
    NAME_253 + "d",
    "1.1.1.1/24",
    "1.1.1.1:80",
    "example.com:80",
    "[::1]",
    "::1::",
    "fe80::1%eth0",
    "http://example.com",
    "user@example.com",
    "example.com;reboot",
    "$(reboot)",
    "例え.jp",
    "１.1.1.1",
    "exa\u200bmple.com",
    "example.com\0",
)
ENDPOINTS = (
    "example.com:443",
    "example.com:1",
    "example.com:65535",
    "example.com.:00080",
    "1.1.1.1:53",
    "[2606:4700::1111]:443",
    "[::1]:8008",
    NAME_253[:-3] + ":80",
)
URLS = (
    "http://example.com",
    "https://example.com/",
    "https://example.com:8443/health?a=1&b=[2]",
    "http://192.0.2.1/x",
    "http://[2001:db8::1]:8080/",
    "https://example.com/" + "x" * 2028,
)
NO_URLS = (
    "",
    "example.com",
    "ftp://example.com/",
    "http://",
    "https:///x",
    "http://example.com:0/",
    "http://example.com:65536/",
    "http://example.com:/",
    "http://user@example.com/",
    "http://user:pass@example.com/",
    "http://example.com/#part",
    "http://example.com/a b",
    "http://example.com/ü",
    "http://exam ple.com/",
    "http://例え.jp/",
    "http://[::1",
    "http://[host]/",
    "http://1.2.3/",
    " http://example.com/",
    "http://example.com/\n",
    "https://example.com/" + "x" * 2029,
)
NO_ENDPOINTS = (
    "",
    ":",
    ":80",
    "host",
    "host:",
    "host:0",
    "host:65536",
    "host:000080",
    "host:-1",
    "host:+80",
    "host:http",
    "host:80 ",
    "host: 80",
    "host :80",
    "ho st:80",
    "host:80\n",
    "host:８０",
    "host:٨٠",
    "host:80:80",
    "1.2.3:80",
    "256.1.1.1:80",
    "::1",
    "::1:80",
    "2606:4700::1111:443",
    "[::1]",
    "[::1]:",
    "[::1]:0",
    "[::1:80",
    "::1]:80",
    "[]:80",
    "[1.1.1.1]:80",
    "[host]:80",
    "[[::1]]:80",
    "[fe80::1%eth0]:80",
    "http://host:80",
    "host:80/",
    "例え.jp:80",
    NAME_253[:-2] + ":80",
)


def test_create_then_list(panel: Panel) -> None:
    assert panel.get("/api/monitor").result == []
    made = panel.post("/api/monitor", ICMP).result
    assert made.keys() == {"id"}
    expected = {"id": made["id"], **ICMP, "interval": 30, "cover": "all", "servers": []}
    assert panel.get("/api/monitor").result == [expected]


def test_create_with_everything(dashboard: Dashboard, panel: Panel) -> None:
    ids = [dashboard.server()[0].id for _ in range(3)]
    body = {**TCP, "name": "Web 东京 %s", "interval": 60, "cover": "only", "servers": [ids[2], ids[0], ids[2]]}
    made = panel.post("/api/monitor", body).result["id"]
    assert panel.one("/api/monitor", made) == {**body, "id": made, "servers": [ids[0], ids[2]]}


def test_list_is_ordered_by_id_and_ids_are_never_used_again(panel: Panel) -> None:
    ids = [panel.monitor() for _ in range(12)]
    assert ids == sorted(set(ids))
    assert [monitor["id"] for monitor in panel.get("/api/monitor").result] == ids
    panel.delete(f"/api/monitor/{ids[-1]}")
    assert panel.monitor() > ids[-1]


@pytest.mark.parametrize(
    ("type_", "good", "bad"),
    [("icmp", HOSTS, NO_HOSTS), ("tcp", ENDPOINTS, NO_ENDPOINTS), ("http", URLS, NO_URLS)],
    ids=["icmp", "tcp", "http"],
)
def test_target_must_make_sense_for_the_type(
    panel: Panel, type_: str, good: tuple[Any, ...], bad: tuple[Any, ...]
) -> None:
    id_ = panel.monitor(type=type_, target=good[0])
    for target in good:
        assert panel.patch(f"/api/monitor/{id_}", {"target": target}).status == 200, target
    for target in bad:
        assert names_field(panel.patch(f"/api/monitor/{id_}", {"target": target}), "target"), target
    assert names_field(panel.post("/api/monitor", {"name": "new", "type": type_, "target": bad[-1]}), "target")
    assert panel.one("/api/monitor", id_)["target"] == good[-1]
    assert len(panel.get("/api/monitor").result) == 1


def test_target_and_type_are_checked_together(panel: Panel) -> None:
    id_ = panel.monitor(target="example.com")
    assert names_field(panel.patch(f"/api/monitor/{id_}", {"type": "tcp"}), "target")
    assert panel.patch(f"/api/monitor/{id_}", {"type": "tcp", "target": "example.com:80"}).status == 200
    assert names_field(panel.patch(f"/api/monitor/{id_}", {"type": "icmp"}), "target")
    assert panel.one("/api/monitor", id_)["type"] == "tcp"


WRONG = {
    "name": (1, True, [], "", "x" * 129),
    "type": (1, [], "", "ICMP", "https", "udp"),
    "target": (1, [], {"host": "a"}),
    "interval": ("30", 30.5, True, [], 9, 3601, 0, -30, 10**400),
    "cover": (1, [], "", "none", "ALL"),
    "servers": (1, "1", {}, ["1"], [1.5], [True], [None], [[1]], [0], [-1], [999], [2**70]),
}


def test_create_and_edit_refuse_by_the_fields_name_and_then_change_nothing(panel: Panel) -> None:
    id_ = panel.monitor()
    before = panel.get("/api/monitor").result
    for field, values in WRONG.items():
        for value in values:
            body = {**ICMP, "name": "new", "interval": 60, field: value}
            assert names_field(panel.post("/api/monitor", body), field), (field, value)
            assert names_field(panel.patch(f"/api/monitor/{id_}", body), field), (field, value)
    assert panel.get("/api/monitor").result == before


def test_create_refuses_a_longer_list_of_servers_than_there_can_be_servers(panel: Panel) -> None:
    assert names_field(panel.post("/api/monitor", {**ICMP, "servers": [1] * (limits.SERVERS + 1)}), "servers")


@pytest.mark.parametrize("field", ["name", "type", "target"])
def test_create_needs_name_type_and_target(panel: Panel, field: str) -> None:
    assert names_field(panel.post("/api/monitor", {**ICMP, field: None}), field)
    assert names_field(panel.post("/api/monitor", {name: ICMP[name] for name in ICMP if name != field}), field)


def test_create_and_edit_take_what_is_just_within_the_limits(panel: Panel) -> None:
    id_ = panel.monitor()
    for change in ({"interval": 10, "name": "x"}, {"interval": 3600, "name": "é" * 128}):
        assert panel.patch(f"/api/monitor/{id_}", change).status == 200
        assert panel.one("/api/monitor", id_) | change == panel.one("/api/monitor", id_)
        assert panel.one("/api/monitor", panel.monitor(**change))["interval"] == change["interval"]


def test_create_and_edit_refuse_a_body_that_is_no_object(panel: Panel) -> None:
    id_ = panel.monitor()
    for body in (b"", b"{", b"[]", b"null", b"1"):
        assert panel.post("/api/monitor", body).error == (400, 400)
        assert panel.patch(f"/api/monitor/{id_}", body).error == (400, 400)


def test_edit_changes_only_what_is_named(dashboard: Dashboard, panel: Panel) -> None:
    server, _ = dashboard.server()
    id_, other = panel.monitor(), panel.monitor(name="other")
    untouched, expected = panel.one("/api/monitor", other), panel.one("/api/monitor", id_)
    changes: tuple[dict[str, Any], ...] = (
        {"name": "two"},
        {"target": "2606:4700::1111"},
        {"interval": 45},
        {"cover": "only"},
        {"servers": [server.id]},
        {"servers": []},
        {"type": "tcp", "target": "example.com:80"},
        {},
        dict.fromkeys(WRONG),
        {"id": None},
    )
    for change in changes:
        assert panel.patch(f"/api/monitor/{id_}", change).result is None
        expected |= {name: value for name, value in change.items() if value is not None}
        assert panel.one("/api/monitor", id_) == expected
    assert panel.patch(f"/api/monitor/{id_}", {"id": other, "enabled": False}).status == 200
    assert panel.get("/api/monitor").result == [expected, untouched]


@pytest.mark.local
def test_edits_of_different_fields_at_once_all_hold(busy_panel: Panel) -> None:
    id_ = busy_panel.monitor()
    for wanted in (
        {"name": "a", "target": "192.0.2.1", "interval": 11, "cover": "only"},
        {"name": "b", "target": "192.0.2.2", "interval": 12, "cover": "all"},
    ):
        answers = together(*(edit(busy_panel, id_, {field: value}) for field, value in wanted.items()))
        assert [answer.status for answer in answers] == [200] * 4
        listed = busy_panel.one("/api/monitor", id_)
        assert {field: listed[field] for field in wanted} == wanted


def edit(panel: Panel, id_: int, change: dict[Any, Any]) -> Callable[..., Any]:
    return lambda: panel.patch(f"/api/monitor/{id_}", change)


@pytest.mark.local
def test_edit_at_the_same_time_as_delete_brings_nothing_back(busy_panel: Panel) -> None:
    for _ in range(4):
        id_ = busy_panel.monitor()
        edited, deleted = together(edit(busy_panel, id_, {"name": "new"}), partial(delete, busy_panel, id_))
        assert deleted.status == 200
        assert edited.status in (200, 404)
        assert busy_panel.get("/api/monitor").result == []


def delete(panel: Panel, id_: int) -> Any:
    return panel.delete(f"/api/monitor/{id_}")


def test_edit_keeps_a_list_that_names_a_server_deleted_since(dashboard: Dashboard, panel: Panel) -> None:
    kept, gone = (dashboard.server()[0].id for _ in range(2))
    id_ = panel.monitor(servers=[kept, gone])
    panel.delete(f"/api/server/{gone}")
    assert panel.patch(f"/api/monitor/{id_}", {"name": "new"}).status == 200
    assert panel.patch(f"/api/monitor/{id_}", {"servers": [kept, gone]}).status == 200
    assert names_field(panel.post("/api/monitor", {**ICMP, "servers": [gone]}), "servers")


def test_routes_by_id_know_no_other_monitor_and_no_other_spelling(panel: Panel) -> None:
    id_ = panel.monitor()
    for method in ("PATCH", "DELETE"):
        for unknown in (id_ + 1, 2**64 - 1):
            assert panel.request(method, f"/api/monitor/{unknown}", {"name": "x"}).error == (404, 404)
        for bad in ("0", "-1", "1.5", "one", "%20", 2**64):
            assert panel.request(method, f"/api/monitor/{bad}", {"name": "x"}).error == (400, 400)
    assert panel.one("/api/monitor", id_)["name"] == ICMP["name"]


def test_delete_acts_at_once_for_every_process(panel: Panel, store: WatchedStore) -> None:
    id_, other = panel.monitor(), panel.monitor()
    reader = store.another()
    assert list(reader.view().monitors) == [id_, other]
    assert panel.delete(f"/api/monitor/{id_}").result is None
    assert list(reader.view().monitors) == [other]
    assert [monitor["id"] for monitor in panel.get("/api/monitor").result] == [other]
    assert panel.delete(f"/api/monitor/{id_}").error == (404, 404)
    assert panel.patch(f"/api/monitor/{id_}", {"name": "x"}).error == (404, 404)


@pytest.mark.local
def test_create_takes_500_monitors(dashboard: Dashboard, panel: Panel) -> None:
    for _ in range(498):
        monitors.create(dashboard.store, Monitor(0, "m", "icmp", "127.0.0.1"))
    ids = [panel.monitor() for _ in range(2)]
    assert panel.post("/api/monitor", ICMP).error == (400, 400)
    assert len(panel.get("/api/monitor").result) == 500
    panel.delete(f"/api/monitor/{ids[0]}")
    assert panel.monitor() > ids[-1]
    assert panel.post("/api/monitor", ICMP).error == (400, 400)


def assignments(dashboard: Dashboard, *secrets: str) -> Any:
    """What a request with a report of each of these agents is told to probe."""
    answer = dashboard.post("/api/v1/agent/report", None, {"reports": [{"secret": secret} for secret in secrets]})
    return answer.result["monitors"]


@pytest.mark.local
def test_report_tells_its_servers_what_to_probe(dashboard: Dashboard, panel: Panel) -> None:
    (one, first), (two, second), (three, _) = (dashboard.server() for _ in range(3))
    everywhere = panel.monitor(interval=45)
    here = panel.monitor(**TCP, cover="only", servers=[one.id, three.id])
    panel.monitor(cover="only", servers=[three.id])
    panel.monitor(cover="all", servers=[one.id, two.id])
    but_two = panel.monitor(cover="all", servers=[two.id])
    assert assignments(dashboard, first, second) == [
        {"id": everywhere, "type": "icmp", "target": "127.0.0.1", "interval": 45, "server_ids": [one.id, two.id]},
        {"id": here, "type": "tcp", "target": "example.com:443", "interval": 30, "server_ids": [one.id]},
        {"id": but_two, "type": "icmp", "target": "127.0.0.1", "interval": 30, "server_ids": [one.id]},
    ]
    assert [monitor["id"] for monitor in assignments(dashboard, second)] == [everywhere]
    assert assignments(dashboard, "0" * 18) == []


@pytest.mark.local
def test_server_registered_later_is_covered_by_all_and_not_by_only(dashboard: Dashboard, panel: Panel) -> None:
    one, _ = dashboard.server()
    everywhere = panel.monitor(servers=[one.id])
    panel.monitor(cover="only", servers=[one.id])
    _, secret = dashboard.server()
    assert [monitor["id"] for monitor in assignments(dashboard, secret)] == [everywhere]


@pytest.mark.local
def test_change_reaches_a_fresh_process_at_once_and_an_agents_in_15_seconds(
    dashboard: Dashboard, panel: Panel, store: WatchedStore
) -> None:
    server, secret = dashboard.server()
    with serve_another(dashboard) as agents:
        assert assignments(agents, secret) == []

        def told(change: str) -> Any:
            with serve_another(dashboard) as fresh:
                at_once = assignments(fresh, secret)
            dashboard.store.clock.skip(limits.SECRET_CACHE_SECONDS)
            assert assignments(agents, secret) == at_once, change
            return at_once

        id_ = panel.monitor()
        as_told = {"id": id_, "type": "icmp", "target": "127.0.0.1", "interval": 30, "server_ids": [server.id]}
        assert told("new") == [as_told]
        panel.patch(f"/api/monitor/{id_}", {"interval": 300, "target": "192.0.2.1"})
        assert told("edited") == [{**as_told, "interval": 300, "target": "192.0.2.1"}]
        panel.patch(f"/api/monitor/{id_}", {"servers": [server.id]})
        assert told("taken from this server") == []
        panel.patch(f"/api/monitor/{id_}", {"servers": []})
        assert len(told("given back")) == 1
        panel.delete(f"/api/monitor/{id_}")
        assert told("deleted") == []
