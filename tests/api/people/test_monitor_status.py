"""GET /api/monitor/status: how each monitor does, together and from each server."""

from typing import Any

import pytest

from benchmarks.item_size import consumed
from chalicelib.fleet.monitor_sparks import CURVES, MonitorSpark, shown_steps
from chalicelib.fleet.sparks import STEP
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
        "step": 300,
        "at": [*shown_steps(NOW)],
        "monitors": [
            {
                "id": monitor,
                "name": "Loopback",
                "type": "icmp",
                "latency": 20.5,
                "loss": 50,
                "up": 2,
                "down": 1,
                "certificate": None,
                "spark": [None] * 12,
                "servers": [
                    {"id": 1, "latency": 10, "loss": 0},
                    {"id": 2, "latency": 31, "loss": 50},
                    {"id": 3, "latency": None, "loss": 100},
                ],
            }
        ],
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
    assert b"127.0.0.1" not in answer.body  # the monitor's target
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
    assert used.calls == 3, "the head, points and sparklines"


def test_sparklines_are_of_what_the_caller_may_see(dashboard: Dashboard, panel: Panel) -> None:
    monitor = probed(dashboard, panel)
    panel.patch("/api/settings", {"public_monitors": True})
    (*_, before, last) = shown_steps(NOW)
    dashboard.store.write_monitor_sparks(last, {monitor: MonitorSpark(20.5, 10.0)}, STEP)
    dashboard.store.write_monitor_sparks(before, {monitor: MonitorSpark(7.0, None)}, STEP)
    for ask, expected in ((panel.get, [7.0, 20.5]), (dashboard.get, [None, 10.0])):
        (found,) = ask(PATH).result["monitors"]
        assert found["spark"][:10] == [None] * 10
        assert [one and round(one, 1) for one in found["spark"][10:]] == expected


def test_sparklines_of_a_longer_range(dashboard: Dashboard, panel: Panel) -> None:
    monitor = probed(dashboard, panel)
    panel.patch("/api/settings", {"public_monitors": True})
    steps = shown_steps(NOW, CURVES["7d"])
    dashboard.store.write_monitor_sparks(steps[-1], {monitor: MonitorSpark(20.5, 10.0)}, 10_800)
    answer = dashboard.get(f"{PATH}?range=7d").result
    assert (answer["step"], answer["at"]) == (10_800, [*steps])
    (found,) = answer["monitors"]
    assert found["spark"] == [None] * 55 + [pytest.approx(10, rel=0.005)]
    refused = dashboard.get(f"{PATH}?range=1y")
    assert (refused.status, refused.json["error"], refused.json["field"]) == (400, "not_a_choice", "range")


def told(dashboard: Dashboard, secret: str, monitor: int, certificate: object, at: int = MINUTE) -> dict[str, Any]:
    """What became of a report with a certificate."""
    ping = {"monitor_id": monitor, "at": at, "delay": 1.0, "up": 1, "down": 0, "certificate": certificate}
    (outcome,) = dashboard.report({"secret": secret, "pings": [ping]})
    return dict(outcome)


def shown(panel: Panel) -> object:
    (found,) = panel.get(PATH).result["monitors"]
    return found["certificate"]


def test_the_certificate_is_the_one_that_the_target_showed_last(dashboard: Dashboard, panel: Panel) -> None:
    _, secret = dashboard.server("web-1")
    monitor = panel.monitor(type="http", target="https://shop.example/")
    assert shown(panel) is None
    for certificate in ({"issuer": "Let’s Encrypt", "not_after": 1_800_000_000}, {"issuer": "", "not_after": 1}):
        assert told(dashboard, secret, monitor, certificate) == {"server_id": 1}
        dashboard.clock.now += 60
        assert shown(panel) == certificate
    panel.patch(f"/api/monitor/{monitor}", {"target": "https://other.example/"})
    dashboard.clock.now += 60
    assert shown(panel) is None
    panel.patch(f"/api/monitor/{monitor}", {"target": "https://shop.example/"})
    assert shown(panel) == {"issuer": "", "not_after": 1}
    panel.delete(f"/api/monitor/{monitor}")
    assert dashboard.store.certificates.of([monitor]) == {}


def test_a_certificate_of_an_old_target_never_counts_for_the_new_one(dashboard: Dashboard, panel: Panel) -> None:
    _, secret = dashboard.server("web-1")
    old, new = "https://shop.example/", "https://other.example/"
    monitor = panel.monitor(type="http", target=old)
    seen = {"issuer": "Trust", "not_after": 7}
    told(dashboard, secret, monitor, {**seen, "target": old})
    assert shown(panel) == seen
    panel.patch(f"/api/monitor/{monitor}", {"target": new})
    dashboard.clock.now += 60
    late = {"issuer": "Trust", "not_after": 8, "target": old}
    assert told(dashboard, secret, monitor, late) == {"server_id": 1}, "its server had not heard of the change yet"
    dashboard.clock.now += 60
    assert shown(panel) is None
    assert told(dashboard, secret, monitor, {**seen, "target": new}) == {"server_id": 1}
    dashboard.clock.now += 60
    assert shown(panel) == seen
    assert told(dashboard, secret, monitor, late) == {"server_id": 1}
    dashboard.clock.now += 60
    assert shown(panel) == seen


def test_impossible_certificates_are_cut_or_refused(dashboard: Dashboard, panel: Panel) -> None:
    _, secret = dashboard.server("web-1")
    monitor = panel.monitor(type="http", target="https://shop.example/")
    for sent, kept in (
        ({"issuer": "x" * 500, "not_after": 1e300}, {"issuer": "x" * 128, "not_after": 253_402_300_799}),
        ({"issuer": "\ud800 \u0000", "not_after": -5}, {"issuer": "\ufffd \u0000", "not_after": 0}),
        ({"issuer": None, "not_after": 7.0, "more": [1]}, {"issuer": "", "not_after": 7}),
    ):
        assert told(dashboard, secret, monitor, sent) == {"server_id": 1}
        dashboard.clock.now += 60
        assert shown(panel) == kept
    wrong: list[object] = [1, "x", [], {}, {"issuer": 5, "not_after": 1}, {"not_after": None}, {"not_after": "1"}]
    wrong.append({"not_after": 1, "target": 5})
    for certificate in (*wrong, {"not_after": True}):
        assert told(dashboard, secret, monitor, certificate)["error"] == "bad_report"
    dashboard.clock.now += 60
    assert shown(panel) == kept


def test_a_certificate_with_a_point_that_is_refused_is_not_taken(dashboard: Dashboard, panel: Panel) -> None:
    _, secret = dashboard.server("web-1")
    monitor = panel.monitor(type="http", target="https://shop.example/", cover="only")
    certificate = {"issuer": "Trust", "not_after": 7}
    assert told(dashboard, secret, monitor, certificate)["refused"][0]["error"] == "not_assigned"
    panel.patch(f"/api/monitor/{monitor}", {"cover": "all"})
    assert told(dashboard, secret, monitor, certificate, at=MINUTE - 90_000)["refused"][0]["error"] == "too_old"
    assert shown(panel) is None


def test_reports_without_a_certificate_cost_no_further_call(dashboard: Dashboard, panel: Panel) -> None:
    _, secret = dashboard.server("web-1")
    monitor = panel.monitor(type="http", target="https://shop.example/")
    certificate = {"issuer": "Trust", "not_after": 7}
    told(dashboard, secret, monitor, None, MINUTE - 240)
    costs = []
    for at, sent in ((180, None), (120, certificate), (60, certificate), (0, None)):
        with consumed(dashboard.store) as used:
            told(dashboard, secret, monitor, sent, MINUTE - at)
        costs.append((used.calls, used.written))
    plain, first, again, last = costs
    assert plain == last
    assert first == (plain[0] + 2, plain[1] + 1)
    assert again == (plain[0] + 1, plain[1]), "what is known is only looked up"
