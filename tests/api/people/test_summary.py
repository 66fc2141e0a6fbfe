"""GET /api/summary: what guests see of the fleet."""

from threading import Barrier
from typing import Any

import pytest

from benchmarks.watched_store import Send
from chalicelib.fleet.tokens import hash_of
from chalicelib.scheduled import WATCH, Scheduled
from tests.api.people.panel import Panel
from tests.support.dashboard import NOW, Dashboard

HOST = {
    "Platform": "debian",
    "PlatformVersion": "12",
    "CPU": ["Xeon 2 Virtual Core"],
    "MemTotal": 2048,
    "DiskTotal": 4096,
    "SwapTotal": 1,
    "Arch": "x86_64",
    "Virtualization": "kvm",
    "BootTime": 1,
    "CountryCode": "de",
    "Version": "0.20.5",
    "GPU": None,
}
STATE = {
    "CPU": 1.5,
    "MemUsed": 1,
    "SwapUsed": 2,
    "DiskUsed": 3,
    "NetInTransfer": 4,
    "NetOutTransfer": 5,
    "NetInSpeed": 6,
    "NetOutSpeed": 7,
    "Uptime": 8,
    "Load1": 0.1,
    "Load5": 0.5,
    "Load15": 0.25,
    "TcpConnCount": 9,
    "UdpConnCount": 10,
    "ProcessCount": 11,
    "Temperatures": [{"Name": "core 1", "Temperature": 41.5}],
    "GPU": 0,
}


def test_summary_of_an_empty_dashboard(dashboard: Dashboard) -> None:
    assert dashboard.get("/api/summary").result == {
        "site_name": "Nezha",
        "language": "en",
        "public_events": False,
        "public_monitors": False,
        "events": None,
        "servers": [],
    }


def test_summary_has_exactly_what_guests_may_know(dashboard: Dashboard) -> None:
    server, secret = dashboard.server("Tokyo 东京 100%s", tag="%d", note="the rack on the left", display_index=7)
    dashboard.report({"ip": "192.0.2.1/2001:db8::1", "host": HOST, "state": STATE}, credential=secret)
    answer = dashboard.get("/api/summary")
    assert answer.result["servers"] == [
        {
            "id": server.id,
            "name": "Tokyo 东京 100%s",
            "tag": "%d",
            "display_index": 7,
            "last_active": int(dashboard.clock.now),
            "online": True,
            "host": HOST,
            "status": STATE,
            "latency": None,
            "loss": None,
            "plan": None,
        }
    ]
    for private in (b"192.0.2.1", b"2001:db8", b"the rack", secret.encode(), server.secret_hash.encode()):
        assert private not in answer.body


def test_summary_of_a_server_that_never_reported(dashboard: Dashboard) -> None:
    dashboard.server()
    (server,) = dashboard.get("/api/summary").result["servers"]
    assert (server["last_active"], server["online"]) == (-62135596800, None)
    assert server["host"].keys() == HOST.keys()
    assert server["status"].keys() == STATE.keys()
    assert not any(server["host"].values())
    assert not any(server["status"].values())


def test_summary_tells_who_is_online(dashboard: Dashboard, panel: Panel) -> None:
    """Reports are due every 10 s here."""
    _, secret = dashboard.server()
    dashboard.report({"state": STATE}, credential=secret)
    for seconds, online in ((0, True), (30, True), (31, False), (86_400, False)):
        dashboard.clock.now = NOW + seconds
        for servers in (dashboard.get("/api/summary").result["servers"], panel.get("/api/server").result):
            assert [server["online"] for server in servers] == [online]


def test_a_server_is_online_by_the_interval_that_its_sender_reports_at(dashboard: Dashboard, panel: Panel) -> None:
    """And on when the sender last heard from its agent."""
    _, secret = dashboard.server()
    dashboard.report({"state": STATE, "interval": 60, "age": 55}, credential=secret)
    for seconds, online in ((0, True), (125, True), (126, False)):
        dashboard.clock.now = NOW + seconds
        for servers in (dashboard.get("/api/summary").result["servers"], panel.get("/api/server").result):
            assert [(one["last_active"], one["online"]) for one in servers] == [(int(NOW) - 55, online)]


def test_latency_and_loss_stand_beside_the_status_and_never_in_v0s_routes(dashboard: Dashboard, panel: Panel) -> None:
    server, secret = dashboard.server()
    for sent, latency, loss in (
        ({"Latency": 12.5, "Loss": 0}, 12.5, 0),
        ({}, None, None),
        ({"Loss": 33.3}, None, 33.3),
    ):
        dashboard.clock.now += 1
        dashboard.report({"state": {**STATE, **sent}}, credential=secret)
        for servers in (dashboard.get("/api/summary").result["servers"], panel.get("/api/server").result):
            assert [(one["latency"], one["loss"], one["status"]) for one in servers] == [(latency, loss, STATE)]
        assert dashboard.details(server.id)["status"] == STATE
        assert b"Latency" not in dashboard.get("/api/v1/server/details", dashboard.token()).body


def test_summary_leaves_hidden_servers_out(dashboard: Dashboard, panel: Panel) -> None:
    visible, _ = dashboard.server("visible")
    hidden, secret = dashboard.server("hidden", hide_for_guest=True)
    dashboard.report({"state": STATE}, credential=secret)
    assert ids(dashboard) == [visible.id]
    panel.patch(f"/api/server/{hidden.id}", {"hide_for_guest": False})
    assert ids(dashboard) == [visible.id, hidden.id]
    panel.patch(f"/api/server/{visible.id}", {"hide_for_guest": True})
    assert ids(dashboard) == [hidden.id]
    panel.delete(f"/api/server/{hidden.id}")
    assert ids(dashboard) == []


def test_summary_orders_by_display_index_then_id(dashboard: Dashboard) -> None:
    created = [dashboard.server(display_index=index)[0].id for index in (0, 5, -5, 5)]
    assert ids(dashboard) == [created[index] for index in (1, 3, 0, 2)]


@pytest.fixture
def visible_and_hidden(dashboard: Dashboard) -> Any:
    dashboard.server("visible")
    return dashboard.server("hidden", hide_for_guest=True)


def test_summary_reads_no_credential(dashboard: Dashboard, panel: Panel, visible_and_hidden: Any) -> None:
    token = dashboard.token()
    guests = dashboard.get("/api/summary")
    for headers in (
        {"Authorization": token},
        {"Authorization": f"Bearer {token}"},
        {"Authorization": "wrong"},
        {"Authorization": visible_and_hidden[1]},
        {"Cookie": panel.cookie},
        {"Cookie": f"nezha-dashboard={token}"},
        {"Cookie": panel.cookie, "Authorization": token},
    ):
        answer = dashboard.request("GET", "/api/summary", headers)
        assert (answer.status, answer.body) == (200, guests.body)
        assert answer.headers.keys() == guests.headers.keys()
    kept = dashboard.store.token(hash_of(token))
    assert kept
    assert kept.last_used == 0


def test_summary_has_the_settings_that_pages_need(dashboard: Dashboard, panel: Panel) -> None:
    wanted = {"site_name": 'Say "hi" %s {} 东京', "language": "zh", "public_events": True, "public_monitors": True}
    panel.patch("/api/settings", wanted)
    assert dashboard.get("/api/summary").result == {**wanted, "events": [], "servers": []}


def test_summary_has_the_open_events_of_what_guests_see(dashboard: Dashboard, panel: Panel) -> None:
    for number in range(1, 4):
        _, secret = dashboard.server(f"web-{number}", hide_for_guest=number == 3)
        dashboard.report({"state": {**STATE, "CPU": 95}}, credential=secret)
    panel.post("/api/rule", {"name": "Busy", "conditions": [{"type": "cpu", "above": 90}], "duration": 0})
    watch = Scheduled(dashboard.store, 10, dashboard.clock, local=True)
    watch.run(WATCH)
    assert dashboard.get("/api/summary").result["events"] is None
    panel.patch("/api/settings", {"public_events": True})
    shown = dashboard.get("/api/summary").result["events"]
    assert [(one["server_id"], one["server"], one["rule"]) for one in shown] == [
        (2, "web-2", "Busy"),
        (1, "web-1", "Busy"),
    ]
    assert shown == dashboard.get("/api/event?open=1").result
    panel.delete("/api/server/2")
    panel.delete("/api/rule/1")
    assert [one["server_id"] for one in dashboard.get("/api/summary").result["events"]] == [1]
    dashboard.clock.now += 60
    watch.run(WATCH)
    assert dashboard.get("/api/summary").result["events"] == []


def test_open_events_are_read_at_the_same_time_as_everything_else(dashboard: Dashboard, panel: Panel) -> None:
    """Once a process has read the settings."""
    panel.patch("/api/settings", {"public_events": True})
    dashboard.get("/api/summary")
    all_wait = Barrier(3)

    def handle(send: Send, operation: str, parameters: Any) -> Any:
        if operation in ("GetItem", "Scan"):  # the head, open events, states
            all_wait.wait(30)
        return send(operation, parameters)

    with dashboard.store.calls.around(handle):
        assert dashboard.get("/api/summary").result["events"] == []


def ids(dashboard: Dashboard) -> list[Any]:
    return [server["id"] for server in dashboard.get("/api/summary").result["servers"]]
