"""GET /api/monitor/status: how each monitor does, together and from each server."""

from benchmarks.item_size import consumed
from tests.api.people.panel import Panel
from tests.support.dashboard import NOW, Dashboard

PATH = "/api/monitor/status"
MINUTE = int(NOW) // 60 * 60 - 300


def probed(dashboard: Dashboard, panel: Panel) -> int:
    """One monitor that a near server reaches, a far one reaches half of the time, and a hidden one does not reach."""
    monitor = panel.monitor()
    for name, delay, up, down in (("near", 10.0, 4, 0), ("far", 31.0, 2, 2), ("hidden", 0.0, 0, 4)):
        _, secret = dashboard.server(name, hide_for_guest=name == "hidden")
        ping = {"monitor_id": monitor, "at": MINUTE, "delay": delay, "up": up, "down": down}
        (outcome,) = dashboard.report({"secret": secret, "pings": [ping]})
        assert "error" not in outcome
    return monitor


def test_status_is_of_all_servers_and_from_each(dashboard: Dashboard, panel: Panel) -> None:
    monitor = probed(dashboard, panel)
    assert panel.get(PATH).result == {
        "monitors": [
            {
                "id": monitor,
                "name": "Loopback",
                "type": "icmp",
                "latency": 20.5,
                "loss": 50,
                "up": 2,
                "down": 1,
                "servers": [
                    {"id": 1, "latency": 10, "loss": 0},
                    {"id": 2, "latency": 31, "loss": 50},
                    {"id": 3, "latency": None, "loss": 100},
                ],
            }
        ]
    }


def test_monitor_of_which_nothing_is_known_has_no_figures(dashboard: Dashboard, panel: Panel) -> None:
    dashboard.server("web-1")
    panel.monitor()
    (found,) = panel.get(PATH).result["monitors"]
    assert (found["latency"], found["loss"], found["up"], found["down"]) == (None, None, 0, 0)
    assert found["servers"] == []


def test_guests_get_visible_servers_where_monitors_are_public(dashboard: Dashboard, panel: Panel) -> None:
    probed(dashboard, panel)
    refused = dashboard.get(PATH)
    assert (refused.status, refused.json["error"]) == (403, "monitors_private")
    panel.patch("/api/settings", {"public_monitors": True})
    answer = dashboard.get(PATH)
    (found,) = answer.result["monitors"]
    assert [one["id"] for one in found["servers"]] == [1, 2]
    assert (found["latency"], found["loss"], found["up"], found["down"]) == (20.5, 25, 2, 0)
    assert answer.headers["cache-control"] == "s-maxage=5, max-age=0"
    panel.patch("/api/settings", {"public_page": False})
    assert dashboard.get(PATH).json["error"] == "page_private"


def test_points_are_read_once_a_minute_whoever_asks(dashboard: Dashboard, panel: Panel) -> None:
    probed(dashboard, panel)
    panel.patch("/api/settings", {"public_monitors": True})
    dashboard.get(PATH)
    with consumed(dashboard.store) as used:
        for _ in range(5):
            dashboard.get(PATH)
    assert used.calls == 5, "the head alone, which every answer looks at"
    dashboard.clock.now += 60
    with consumed(dashboard.store) as used:
        dashboard.get(PATH)
    assert used.calls == 2
