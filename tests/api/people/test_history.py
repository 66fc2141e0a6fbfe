"""Minutes in with POST /api/v1/agent/report, history out with GET /api/history/{id}."""

from typing import Any

import pytest

from chalicelib.fleet.history import COLUMNS
from chalicelib.fleet.ranges import RANGES
from tests.api.people.panel import Panel
from tests.support.dashboard import NOW, Dashboard

THIS_MINUTE = int(NOW) // 60 * 60
NAMES = [column.shown for column in COLUMNS]
FULL = {
    "samples": 60,
    "CPU": 17.3,
    "CPUMax": 55.0,
    "MemUsed": 3_297_123_456,
    "SwapUsed": 0,
    "DiskUsed": 21_474_836_480,
    "NetIn": 648_360,
    "NetOut": 318_180,
    "NetInSpeedMax": 98_765,
    "NetOutSpeedMax": 20_100,
    "Load1": 5.23,
    "TcpConnCount": 195,
    "UdpConnCount": 70,
    "ProcessCount": 437,
    "Temperature": 61.5,
    "GPU": 12.0,
}
SHOWN = (60, 17.3, 55, 3_297_000_000, 0, 21_470_000_000, 648_360, 318_180, 98_800, 20_100, 5.23, 195, 70, 437, 61.5, 12)


class Agent:
    """A server whose agent reports minutes."""

    def __init__(self, dashboard: Dashboard, **details: Any) -> None:
        self.dashboard = dashboard
        self.server, self.secret = dashboard.server("Tokyo 东京", **details)
        self.path = f"/api/history/{self.server.id}"

    def send(self, *minutes: dict[str, Any]) -> None:
        """Again if not all could be written in time, as agents do."""
        for _ in range(10):
            (outcome,) = self.dashboard.report({"minutes": list(minutes)}, credential=self.secret)
            if not outcome.get("retry"):
                break
        assert outcome == {"server_id": self.server.id}

    def history(self, query: str = "") -> dict[str, Any]:
        found: dict[str, Any] = self.dashboard.get(self.path + query).result
        return found


@pytest.fixture
def agent(dashboard: Dashboard) -> Agent:
    return Agent(dashboard)


def ago(minutes: int) -> int:
    return THIS_MINUTE - minutes * 60


def test_a_server_without_minutes_has_no_history(agent: Agent) -> None:
    window = {"step": 60, "from": THIS_MINUTE - 24 * 3600, "to": int(NOW)}
    assert agent.history() == {**window, "at": [], **{name: [] for name in NAMES}}


def test_history_holds_each_figure_of_each_minute(agent: Agent) -> None:
    agent.send({"at": ago(12), **FULL}, {"at": ago(3), "samples": 9, "Temperature": -3}, {"at": ago(2), **FULL})
    found = agent.history()
    assert list(found) == ["step", "from", "to", "at", *NAMES]
    assert found["at"] == [ago(12), ago(3), ago(2)]
    middle = [9, *[None] * 13, -3, None]
    assert [found[name] for name in NAMES] == [[full, other, full] for full, other in zip(SHOWN, middle, strict=True)]


def test_what_no_minute_measured_is_null(agent: Agent) -> None:
    agent.send(*({"at": ago(minute), "samples": 60} for minute in range(1, 8)))
    found = agent.history("?range=1h")
    assert (found["samples"], found["cpu"], found["gpu"]) == ([60] * 7, [None] * 7, [None] * 7)


@pytest.mark.parametrize(("name", "minutes"), [("1h", 60), ("6h", 360), ("24h", 1440)])
def test_a_range_holds_whole_minutes(agent: Agent, name: str, minutes: int) -> None:
    oldest = ago(minutes)
    agent.send(*({"at": at, "samples": 60} for at in (oldest - 60, oldest, ago(1))))
    found = agent.history(f"?range={name}")
    assert (found["step"], found["from"], found["to"]) == (60, oldest, int(NOW))
    assert found["at"] == [oldest, ago(1)]
    agent.dashboard.clock.now = THIS_MINUTE + 60
    assert agent.history(f"?range={name}")["at"] == [ago(1)]


def test_a_day_is_the_usual_range(agent: Agent) -> None:
    for first in range(0, 1441, 131):  # a request that takes longer than three seconds keeps only some
        agent.send(*({"at": ago(minute), **FULL} for minute in range(first, first + 131)))
    usual = agent.history()
    assert usual == agent.history("?range=24h") == agent.history("?range=")
    assert usual["at"] == [ago(minute) for minute in range(1440, -1, -1)]
    assert all(len(usual[name]) == 1441 for name in NAMES)


@pytest.mark.parametrize("path", ["/api/history/1", "/api/ping/1"])
@pytest.mark.parametrize(
    "asked",
    ["24", "24H", "%2024h", "1h,6h", "-1h", "999999h", "0", "null", "1h%00", "%F0%9F%92%A9", "../24h", "x" * 500],
)
def test_any_other_range_is_refused_by_name(agent: Agent, path: str, asked: str) -> None:
    answer = agent.dashboard.get(f"{path}?range={asked}")
    assert answer.error == (400, 400)
    assert (answer.json["error"], answer.json["field"]) == ("not_a_choice", "range")
    assert all(name in answer.json["message"] for name in RANGES)
    assert answer.headers["cache-control"] == "no-store"


def test_an_unknown_server_is_not_found_and_a_bad_id_refused(panel: Panel) -> None:
    assert panel.get("/api/history/999").error == (404, 404)
    assert panel.get("/api/history/x").error == (400, 400)


@pytest.mark.parametrize("public", [True, False])
@pytest.mark.parametrize("query", ["", "?range=1h", "?range=1y", "?range=1h&id=1"])
def test_guests_learn_nothing_of_which_ids_exist(dashboard: Dashboard, panel: Panel, public: bool, query: str) -> None:
    hidden = Agent(dashboard, hide_for_guest=True)
    hidden.send({"at": ago(1), **FULL})
    panel.patch("/api/settings", {"public_page": public})
    answers = [dashboard.get(f"/api/history/{id_}{query}") for id_ in (hidden.server.id, hidden.server.id + 1, 999)]
    assert answers[0].error == (403, 403)
    assert len({(answer.status, answer.body, *sorted(answer.headers.keys())) for answer in answers}) == 1


def test_a_hidden_server_s_history_is_for_people_and_readers(dashboard: Dashboard, panel: Panel) -> None:
    hidden = Agent(dashboard, hide_for_guest=True)
    hidden.send({"at": ago(1), **FULL})
    for credential in (dashboard.token("register"), hidden.secret, "x" * 32):
        assert dashboard.get(hidden.path, credential).error == (403, 403)
    for answer in (panel.get(hidden.path), dashboard.get(hidden.path, dashboard.token("read"))):
        assert answer.result["at"] == [ago(1)]


@pytest.mark.parametrize("path", ["/api/history/1", "/api/ping/1"])
def test_guests_share_an_answer_for_some_seconds_and_nobody_else_s_is_kept(
    agent: Agent, panel: Panel, path: str
) -> None:
    dashboard = agent.dashboard
    assert dashboard.get(path).headers["cache-control"] == "s-maxage=5, max-age=0"
    assert dashboard.get(f"{path}?range=1h").headers["cache-control"] == "s-maxage=5, max-age=0"
    for answer in (
        panel.get(path),
        dashboard.get(path, dashboard.token("read")),
        dashboard.get(path, "not-a-credential"),
    ):
        assert (answer.status, answer.headers["cache-control"]) == (200, "no-store")
    panel.patch("/api/settings", {"public_page": False})
    refused = dashboard.get(path)
    assert (refused.status, refused.headers["cache-control"]) == (403, "no-store")


def test_a_deleted_server_s_history_is_gone_at_once(agent: Agent, panel: Panel) -> None:
    agent.send({"at": ago(1), **FULL})
    panel.delete(f"/api/server/{agent.server.id}")
    assert agent.dashboard.get(agent.path).error == (403, 403)
    assert panel.get(agent.path).error == (404, 404)
