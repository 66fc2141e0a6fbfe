"""While somebody watches, agents report often: which requests count, for how long, and what it costs."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from chalicelib.fleet.status import is_online
from chalicelib.scheduled import WATCH, Scheduled
from chalicelib.storage.failures import CallRefused
from tests.api.people.panel import Panel
from tests.support.dashboard import Dashboard, new_store, serve

REPORT = {"state": {"CPU": 1}}


def pass_time(dashboard: Dashboard, seconds: float) -> None:
    dashboard.clock.now += seconds
    dashboard.store.clock.skip(seconds)


def told(dashboard: Dashboard, secret: str) -> tuple[int, bool]:
    """What the answer to a report says: the interval, and whether somebody watches."""
    answer = dashboard.post("/api/v1/agent/report", secret, {"reports": [REPORT]}).result
    return answer["interval"], answer["live"]


@contextmanager
def writes(dashboard: Dashboard) -> Iterator[list[str]]:
    """The calls of a block that write."""
    calls: list[str] = []

    def note(send: Any, operation: str, parameters: Any) -> Any:
        if operation not in ("GetItem", "Query", "Scan", "BatchGetItem"):
            calls.append(operation)
        return send(operation, parameters)

    with dashboard.store.calls.around(note):
        yield calls


def test_page_makes_reports_live_within_15_seconds_for_a_minute(dashboard: Dashboard) -> None:
    _, secret = dashboard.server()
    assert told(dashboard, secret) == (10, False)
    dashboard.get("/api/summary")
    pass_time(dashboard, 15)
    assert told(dashboard, secret) == (5, True)
    pass_time(dashboard, 45)
    assert told(dashboard, secret) == (5, True)
    pass_time(dashboard, 40)
    assert told(dashboard, secret) == (10, False)


def test_page_that_stays_open_keeps_reports_live_and_writes_every_20_seconds(dashboard: Dashboard) -> None:
    _, secret = dashboard.server()
    told(dashboard, secret)
    with writes(dashboard) as written:
        for _ in range(20):
            dashboard.get("/api/summary")
            pass_time(dashboard, 5)
    assert written == ["UpdateItem"] * 5
    assert told(dashboard, secret) == (5, True)
    for _ in range(10):
        dashboard.get("/api/summary")
        pass_time(dashboard, 19)
        assert told(dashboard, secret) == (5, True)


def test_change_between_live_and_idle_makes_no_server_look_offline(dashboard: Dashboard, panel: Panel) -> None:
    """A page is open from the third to the sixth of twelve minutes. The server reports as often as it is told."""
    server, secret = dashboard.server()
    panel.patch("/api/settings", {"report_interval": 60})
    panel.post("/api/rule", {"name": "Offline", "conditions": [{"type": "offline"}], "duration": 0, "cover": "all"})
    evaluations = Scheduled(dashboard.store, 60, dashboard.clock)
    due, intervals = 0, []
    for second in range(0, 12 * 60, 5):
        if second >= due:
            intervals.append(told(dashboard, secret)[0])
            due = second + intervals[-1]
        if 180 <= second < 360:
            dashboard.get("/api/summary")
        if second % 60 == 0:
            evaluations.run(WATCH)
        states = dashboard.store.another().states()
        (last,), (interval,) = states.last_active([server.id]), states.intervals([server.id], 60)
        assert is_online(int(last), dashboard.clock.now, interval)
        pass_time(dashboard, 5)
    assert intervals[:4] == [60] * 4
    assert intervals.count(5) > 20
    assert intervals[-3:] == [60] * 3
    assert panel.get("/api/event").result == []


def test_processes_that_ask_at_once_note_it_once(dashboard: Dashboard) -> None:
    now = int(dashboard.clock.now)
    store = dashboard.store
    for seconds in (0, 1, 19, 20, 10):
        store.note_watching(now + seconds)
    assert store.another().view().watched_at == now + 20
    # A clock was ahead, and is right again.
    store.note_watching(now)
    assert store.another().view().watched_at == now


@pytest.mark.parametrize("path", ["/api/summary", "/api/server", "/api/history/1"])
def test_pages_requests_count(dashboard: Dashboard, panel: Panel, path: str) -> None:
    _, secret = dashboard.server()
    told(dashboard, secret)
    assert panel.get(path).status == 200
    pass_time(dashboard, 15)
    assert told(dashboard, secret) == (5, True)


def test_programs_count_only_if_the_settings_say_so(dashboard: Dashboard, panel: Panel) -> None:
    server, secret = dashboard.server()
    token = dashboard.token("read")
    paths = ("/api/v1/server/list", "/api/v1/server/details", f"/api/history/{server.id}")
    for counts in (False, True):
        panel.patch("/api/settings", {"api_keeps_live": counts})
        for path in paths:
            pass_time(dashboard, 200)
            assert dashboard.get(path, token).status == 200
            pass_time(dashboard, 15)
            assert told(dashboard, secret)[1] is counts, path


def test_checks_with_head_and_requests_that_are_refused_do_not_count(dashboard: Dashboard, panel: Panel) -> None:
    _, secret = dashboard.server()
    dashboard.request("HEAD", "/api/summary")
    panel.patch("/api/settings", {"public_page": False})
    assert dashboard.get("/api/summary").error == (403, 403)
    assert dashboard.get("/api/server").error == (401, 403)
    pass_time(dashboard, 15)
    assert told(dashboard, secret) == (10, False)


def test_live_interval_is_a_setting_and_never_longer_than_the_other(dashboard: Dashboard, panel: Panel) -> None:
    _, secret = dashboard.server()
    for setting, expected in ((2, 2), (60, 10)):
        panel.patch("/api/settings", {"live_interval": setting})
        panel.get("/api/summary")
        pass_time(dashboard, 15)
        assert told(dashboard, secret) == (expected, True)


def test_page_is_answered_while_the_database_takes_no_writes(dashboard: Dashboard) -> None:
    dashboard.server()

    def refuse(send: Any, operation: str, parameters: Any) -> Any:
        if operation == "UpdateItem":
            raise CallRefused("ProvisionedThroughputExceededException", 400, {})
        return send(operation, parameters)

    with dashboard.store.calls.around(refuse):
        assert len(dashboard.get("/api/summary").result["servers"]) == 1


def test_unknown_secret_learns_nothing(dashboard: Dashboard) -> None:
    dashboard.get("/api/summary")
    pass_time(dashboard, 15)
    assert told(dashboard, "0" * 18) == (10, False)


def test_status_never_flips_when_pages_come_and_go(dashboard: Dashboard, panel: Panel) -> None:
    """A sender that keeps to what it was told, and a page that is open now and then; looked at every second."""
    panel.patch("/api/settings", {"report_interval": 120})
    _, secret = dashboard.server()
    begun = dashboard.clock.now
    due = 0.0
    seen = set()
    for second in range(1200):
        if second >= due:
            seconds, live = told(dashboard, secret)
            due = second + seconds
            seen.add((seconds, live))
        if 100 <= second < 180 or 500 <= second < 505 or second in (800, 870, 980):
            dashboard.get("/api/summary")
        if second % 7 == 0:
            view, states = dashboard.store.view_and(dashboard.store.states)
            (server,) = view.fleet.ordered
            state = states[server.id]
            assert dashboard.clock.now - state.last_active <= max(3 * state.interval(10), 30), second
        pass_time(dashboard, 1)
    assert dashboard.clock.now == begun + 1200
    assert seen == {(120, False), (5, True)}


def test_live_interval_stretches_with_the_fleet_where_tables_take_few_writes() -> None:
    """Five write units a second: 48 servers may each use one in 9.6 s, and a relay packs eight neighbours into one."""
    with serve(new_store(), state_units=5) as dashboard:
        secrets = [dashboard.server(str(number))[1] for number in range(48)]
        report = {"state": {"CPU": 1}}
        relayed = {"reports": [{"secret": secret, **report} for secret in secrets]}
        warm = {"state": {"Temperatures": [{"Name": "cpu", "Temperature": 40}]}}
        hot = {"reports": [{"secret": secret, **warm} for secret in secrets]}
        dashboard.get("/api/summary")
        pass_time(dashboard, 15)
        assert told(dashboard, secrets[0]) == (10, True)
        # Nobody is made slower than while nobody watches, unless not even that is possible.
        for body, seconds in ((relayed, 5), (hot, 10)):
            answer = dashboard.post("/api/v1/agent/report", None, body).result
            assert (answer["interval"], answer["live"]) == (seconds, True)
        assert dashboard.store.states([1])[1].interval(0) == 10
        dashboard.store.edit_settings({"live_interval": 2})
        pass_time(dashboard, 15)
        dashboard.get("/api/summary")
        pass_time(dashboard, 15)
        assert dashboard.post("/api/v1/agent/report", None, relayed).result["interval"] == 2


def test_not_even_the_idle_interval_is_shorter_than_the_tables_take() -> None:
    with serve(new_store(), state_units=1) as dashboard:
        secrets = [dashboard.server(str(number))[1] for number in range(25)]
        assert told(dashboard, secrets[0]) == (25, False)
        # Status follows from what was told: late by that interval it is still online.
        pass_time(dashboard, 70)
        (server,) = [one for one in dashboard.get("/api/summary").result["servers"] if one["id"] == 1]
        assert server["online"] is True
