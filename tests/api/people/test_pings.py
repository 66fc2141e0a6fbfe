"""Ping points in with POST /api/v1/agent/report, series out with GET /api/v1/monitor/{id} and GET /api/ping/{id}."""

import random
from collections.abc import Iterable, Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.fleet import limits, pings
from chalicelib.fleet.history import Recorded
from chalicelib.fleet.pings import Point, point
from tests.api.people.panel import Panel, serve_another, together
from tests.support.dashboard import NOW, Dashboard

MINUTE = 60
HALF_AN_HOUR = 1800
DAY = 24 * 3600
THIS_MINUTE = int(NOW) // MINUTE * MINUTE
"""What the clock shows is 3 s after this."""


class Agent:
    """A server whose agent reports ping points, and what readers see of them."""

    def __init__(self, dashboard: Dashboard, **details: Any) -> None:
        self.dashboard = dashboard
        self.server, self.secret = dashboard.server("Tokyo 东京", **details)
        self.path = f"/api/v1/monitor/{self.server.id}"

    def send(self, *points: tuple[Any, ...]) -> list[dict[str, Any]]:
        """The points (monitor, at, delay, up, down) that were refused; one report."""
        names = ("monitor_id", "at", "delay", "up", "down")
        report = {"pings": [dict(zip(names, one, strict=True)) for one in points]}
        (outcome,) = self.dashboard.report(report, credential=self.secret)
        assert outcome.pop("server_id") == self.server.id
        refused: list[dict[str, Any]] = outcome.get("refused", [])
        return refused

    def entries(self) -> list[dict[str, Any]]:
        return self.dashboard.get(self.path).result or []

    def series(self) -> dict[int, dict[int, float]]:
        """Delays by minute by monitor id."""
        return {
            entry["monitor_id"]: dict(zip([at // 1000 for at in entry["created_at"]], entry["avg_delay"], strict=True))
            for entry in self.entries()
        }


@pytest.fixture
def agent(dashboard: Dashboard) -> Agent:
    return Agent(dashboard)


def minutes_ago(minutes: int) -> int:
    return THIS_MINUTE - minutes * MINUTE


def test_series_of_two_monitors(agent: Any, panel: Panel) -> None:
    first, second = panel.monitor(name="Loopback"), panel.monitor(name="Web 东京")
    assert agent.entries() == []
    assert agent.dashboard.get(agent.path).result is None
    later, earlier = minutes_ago(1), minutes_ago(30)
    assert agent.send((second, later, 68.2275, 2, 0), (first, later, 3, 6, 0), (first, earlier, 0.5, 6, 0)) == []
    who = {"server_id": agent.server.id, "server_name": "Tokyo 东京"}
    expected = [
        {
            "monitor_id": first,
            "monitor_name": "Loopback",
            **who,
            "created_at": [earlier * 1000, later * 1000],
            "avg_delay": [0.5, 3],
        },
        {"monitor_id": second, "monitor_name": "Web 东京", **who, "created_at": [later * 1000], "avg_delay": [68.2275]},
    ]
    answer = agent.dashboard.get(agent.path)
    assert answer.result == expected
    assert [list(entry) for entry in answer.result] == [
        ["monitor_id", "server_id", "monitor_name", "server_name", "created_at", "avg_delay"]
    ] * 2
    assert b'"avg_delay":[0.5,3]' in answer.body


def test_series_has_whole_minutes_ascending_one_each(agent: Any, panel: Panel) -> None:
    id_ = panel.monitor()
    ats = [
        minutes_ago(ago) + second
        for ago, second in ((1439, 59), (3, 0), (3, 59), (2, 30), (700, 1), (1, 1.75), (12, 0))
    ]
    random.Random(7).shuffle(ats)  # noqa: S311
    assert agent.send(*((id_, at, 1, 1, 0) for at in ats)) == []
    (entry,) = agent.entries()
    assert entry["created_at"] == [minutes_ago(ago) * 1000 for ago in (1439, 700, 12, 3, 2, 1)]
    assert entry["avg_delay"] == [1] * 6


def test_points_of_another_server_are_not_mixed_in(dashboard: Dashboard, agent: Any, panel: Panel) -> None:
    id_, other = panel.monitor(), Agent(dashboard)
    agent.send((id_, minutes_ago(1), 1, 1, 0))
    other.send((id_, minutes_ago(1), 2, 1, 0))
    assert (agent.series(), other.series()) == ({id_: {minutes_ago(1): 1}}, {id_: {minutes_ago(1): 2}})


def test_point_sent_again_counts_once(agent: Any, panel: Panel) -> None:
    id_ = panel.monitor()
    one = (id_, minutes_ago(1), 12.5, 3, 0)
    agent.send(one, one)
    agent.send(one)
    assert agent.series() == {id_: {minutes_ago(1): 12.5}}


def test_points_of_one_minute_may_come_in_several_reports(agent: Any, panel: Panel) -> None:
    ids = [panel.monitor() for _ in range(3)]
    for id_ in reversed(ids):
        agent.send((id_, minutes_ago(1), id_, 1, 0))
    assert agent.series() == {id_: {minutes_ago(1): id_} for id_ in ids}


@pytest.mark.parametrize("together_", [True, False])
def test_point_of_more_probes_stays_and_of_equals_the_first(agent: Any, panel: Panel, together_: bool) -> None:
    id_, at = panel.monitor(), minutes_ago(1)
    for ago, arriving, stays in (
        (1, [(10, 2, 0), (20, 3, 0)], 20),
        (2, [(20, 3, 0), (10, 2, 0)], 20),
        (3, [(10, 2, 0), (20, 2, 0)], 10),
        (4, [(20, 2, 0), (10, 2, 0)], 20),
        (5, [(10, 2, 0), (20, 1, 1)], 10),
        (6, [(10, 2, 0), (0, 0, 3)], 0),
        (7, [(0, 0, 2), (10, 2, 0)], 0),
        (8, [(10, 1, 0), (20, 1, 1), (30, 1, 1), (40, 1, 0)], 20),
    ):
        at = minutes_ago(ago)
        points = [(id_, at + number, *rest) for number, rest in enumerate(arriving)]
        for chunk in [points] if together_ else [[one] for one in points]:
            assert agent.send(*chunk) == []
        assert agent.series()[id_][at] == stays, arriving


def test_delay_is_capped_and_0_for_a_minute_without_success(agent: Any, panel: Panel) -> None:
    id_ = panel.monitor()
    shown: dict[Any, Any] = {}
    for delay, up, expected in (
        (999.99, 1, 999.99),
        (1000, 1, 1000),
        (1000.01, 1, 1000),
        (1e300, 1, 1000),
        (0, 1, 0),
        (500, 0, 0),
        (5000, 0, 0),
    ):
        at = minutes_ago(len(shown) + 1)
        shown[at] = expected
        agent.send((id_, at, delay, up, 2))
    assert agent.series() == {id_: shown}


def test_delay_has_the_precision_of_v0(agent: Any, panel: Panel) -> None:
    id_ = panel.monitor()
    delays = {1: 68.2275, 2: 68.22750091552734, 3: 0.1 + 0.2, 4: 1e-7, 5: 123.456789, 6: 1 / 3}
    agent.send(*((id_, minutes_ago(ago), delay, 1, 0) for ago, delay in delays.items()))
    shown = agent.series()[id_]
    assert [shown[minutes_ago(ago)] for ago in delays] == [68.2275, 68.2275, 0.3, 1e-7, 123.45679, 0.33333334]


def test_points_are_shown_for_24_hours(agent: Any, panel: Panel) -> None:
    id_, clock = panel.monitor(), agent.dashboard.clock
    oldest = THIS_MINUTE - DAY
    assert agent.send((id_, NOW - DAY, 1, 1, 0), (id_, minutes_ago(1), 2, 1, 0)) == []
    assert agent.series() == {id_: {oldest: 1, minutes_ago(1): 2}}
    clock.now = THIS_MINUTE + MINUTE - 1
    assert oldest in agent.series()[id_]
    clock.now = THIS_MINUTE + MINUTE
    assert agent.series() == {id_: {minutes_ago(1): 2}}
    clock.now = minutes_ago(1) + DAY + MINUTE
    assert agent.entries() == []


def test_points_too_old_or_from_the_future_are_refused_and_the_others_kept(agent: Any, panel: Panel) -> None:
    id_ = panel.monitor()
    refused = agent.send(
        (id_, NOW + 60, 1, 1, 0),
        (id_, NOW + 61, 1, 1, 0),
        (id_, NOW + DAY, 1, 1, 0),
        (id_, NOW - DAY, 1, 1, 0),
        (id_, NOW - DAY - HALF_AN_HOUR, 1, 1, 0),
        (id_, NOW - DAY - HALF_AN_HOUR - 1, 1, 1, 0),
        (id_, 0, 1, 1, 0),
        (id_, minutes_ago(1), 1, 1, 0),
    )
    assert [(one["error"], one["at"] - int(NOW)) for one in refused] == [
        ("in_the_future", 61),
        ("in_the_future", DAY),
        ("too_old", -DAY - HALF_AN_HOUR - 1),
        ("too_old", -int(NOW)),
    ]
    for one in refused:
        assert one.keys() == {"monitor_id", "at", "error", "message"}
        assert (one["monitor_id"], bool(one["message"])) == (id_, True)
    assert agent.series() == {id_: {THIS_MINUTE - DAY: 1, minutes_ago(1): 1}}
    agent.dashboard.clock.now += MINUTE
    assert minutes_ago(-1) in agent.series()[id_]


def test_points_of_no_or_too_many_probes_are_refused(agent: Any, panel: Panel) -> None:
    id_, most = panel.monitor(), limits.PROBES_A_MINUTE
    refused = agent.send(
        (id_, minutes_ago(1), 1, 0, 0),
        (id_, minutes_ago(2), 1, most, 1),
        (id_, minutes_ago(3), 1, most - 1, 1),
        (id_, minutes_ago(4), 1, 2**64 - 1, 2**64 - 1),
        (id_, minutes_ago(5), 1, 0, most),
    )
    assert [one["error"] for one in refused] == ["bad_counts"] * 3
    assert agent.series() == {id_: {minutes_ago(3): 1, minutes_ago(5): 0}}


def test_points_that_make_no_sense_spoil_their_report_only(agent: Any, panel: Panel) -> None:
    good = {"monitor_id": panel.monitor(), "at": minutes_ago(1), "delay": 1, "up": 1}
    for change in (
        {"monitor_id": None},
        {"monitor_id": "1"},
        {"monitor_id": -1},
        {"at": None},
        {"at": "now"},
        {"at": -1},
        {"at": 10**10},
        {"delay": -1},
        {"delay": "1"},
        {"delay": True},
        {"up": -1},
        {"up": 1.5},
        {"down": "0"},
    ):
        outcome, other = agent.dashboard.report(
            {"pings": [{**good, **change}]}, {"pings": [good]}, credential=agent.secret
        )
        assert outcome.keys() == {"error", "message", "retry"}, change
        assert (outcome["error"], outcome["retry"]) == ("bad_report", False)
        assert other == {"server_id": agent.server.id}


def test_points_of_a_monitor_that_is_not_assigned_are_refused(dashboard: Dashboard, agent: Any, panel: Panel) -> None:
    other, _ = dashboard.server()
    everywhere = panel.monitor()
    elsewhere = panel.monitor(cover="only", servers=[other.id])
    but_here = panel.monitor(cover="all", servers=[agent.server.id])
    refused = agent.send(
        *((id_, minutes_ago(1), 1, 1, 0) for id_ in (everywhere, elsewhere, but_here, 999, 2**64 - 1, 0))
    )
    assert [(one["monitor_id"], one["error"]) for one in refused] == [
        (id_, "not_assigned") for id_ in (elsewhere, but_here, 999, 2**64 - 1, 0)
    ]
    assert agent.series() == {everywhere: {minutes_ago(1): 1}}


@pytest.mark.local
def test_points_are_refused_at_once_by_a_fresh_process_after_an_edit_or_a_deletion(
    dashboard: Dashboard, agent: Any, panel: Panel
) -> None:
    edited, deleted = panel.monitor(), panel.monitor()
    points = [(id_, minutes_ago(1), 1, 1, 0) for id_ in (edited, deleted)]
    assert agent.send(*points) == []
    panel.patch(f"/api/monitor/{edited}", {"servers": [agent.server.id]})
    panel.delete(f"/api/monitor/{deleted}")
    with serve_another(dashboard) as fresh:
        agent.dashboard = fresh
        assert [one["error"] for one in agent.send(*points)] == ["not_assigned"] * 2
    agent.dashboard = dashboard
    dashboard.store.clock.skip(limits.SECRET_CACHE_SECONDS)
    assert [one["error"] for one in agent.send(*points)] == ["not_assigned"] * 2
    assert agent.series() == {edited: {minutes_ago(1): 1}}


def test_points_of_a_new_monitor_are_taken_at_once_by_every_process(
    dashboard: Dashboard, agent: Any, panel: Panel
) -> None:
    with serve_another(dashboard) as agents:
        agent.dashboard = agents
        assert agent.send((1, minutes_ago(1), 1, 1, 0))[0]["error"] == "not_assigned"
        id_ = panel.monitor()
        assert agent.send((id_, minutes_ago(1), 1, 1, 0)) == []
        assert agent.series() == {id_: {minutes_ago(1): 1}}


def test_monitor_deleted_meanwhile_is_left_out_and_a_renamed_one_shown_as_it_is_called_now(
    agent: Any, panel: Panel
) -> None:
    first, second, third = (panel.monitor() for _ in range(3))
    agent.send(*((id_, minutes_ago(1), id_, 1, 0) for id_ in (first, second, third)))
    panel.delete(f"/api/monitor/{second}")
    panel.patch(f"/api/monitor/{third}", {"name": "new"})
    assert [(entry["monitor_id"], entry["monitor_name"]) for entry in agent.entries()] == [
        (first, "Loopback"),
        (third, "new"),
    ]
    agent.send((first, minutes_ago(1), 9, 2, 0))
    assert agent.series() == {first: {minutes_ago(1): 9}, third: {minutes_ago(1): third}}
    panel.delete(f"/api/monitor/{first}")
    panel.delete(f"/api/monitor/{third}")
    assert agent.dashboard.get(agent.path).result is None


def test_server_deleted_meanwhile_takes_its_series_along(dashboard: Dashboard, agent: Any, panel: Panel) -> None:
    id_, other = panel.monitor(), Agent(dashboard)
    for one in (agent, other):
        one.send((id_, minutes_ago(1), 1, 1, 0))
    panel.delete(f"/api/server/{agent.server.id}")
    assert dashboard.get(agent.path, dashboard.token()).error == (404, 404)
    assert other.series() == {id_: {minutes_ago(1): 1}}
    assert Agent(dashboard).entries() == []


def test_hours_of_points_in_one_report(agent: Any, panel: Panel) -> None:
    ids = [panel.monitor() for _ in range(3)]
    points = [(id_, minutes_ago(ago), ago % 7 + 0.5 + id_, 2, 0) for ago in range(1, 180) for id_ in ids]
    random.Random(3).shuffle(points)  # noqa: S311
    assert agent.send(*points) == []
    assert agent.series() == {id_: {at: delay for one, at, delay, _, _ in points if one == id_} for id_ in ids}


def merged_one_by_one(points: Iterable[Point]) -> dict[int, dict[int, float]]:
    """What Agent.series shows of points that arrived in this order."""
    merged: pings.Points = {}
    for one in points:
        merged = pings.merged(merged, [one])
    kept = list(merged.values())
    series: dict[int, dict[int, float]] = {one.monitor_id: {} for one in kept}
    for one in kept:
        series[one.monitor_id][one.at] = float(one.delay)
    return series


sent_points = st.tuples(
    st.integers(0, 2),  # which monitor
    st.sampled_from([minutes_ago(ago) for ago in (1, 2, 3, 10, 11, 12, 1439)]).flatmap(
        lambda at: st.integers(at, at + MINUTE - 1)
    ),
    st.floats(0, 2000, width=32).filter(lambda delay: delay == 0 or delay > 1e-6),
    st.integers(0, 3),
    st.integers(0, 3),
).filter(lambda one: one[3] + one[4] > 0)


@pytest.fixture
def three_monitors(panel: Panel) -> list[Any]:
    return [panel.monitor() for _ in range(3)]


def stored(monitors: Sequence[int], points: Iterable[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    return [(monitors[number], *rest) for number, *rest in points]


ON_ONE_DASHBOARD = settings(
    max_examples=20, deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.mark.local
@ON_ONE_DASHBOARD
@given(reports=st.lists(st.lists(sent_points, max_size=8), max_size=4))
def test_any_split_into_reports_gives_what_merging_one_by_one_gives(
    dashboard: Dashboard, three_monitors: Any, reports: Any
) -> None:
    agent = Agent(dashboard)
    sent = [stored(three_monitors, points) for points in reports]
    for points in sent:
        assert agent.send(*points) == []
    assert agent.series() == merged_one_by_one(point(*one) for points in sent for one in points)


@pytest.mark.local
@ON_ONE_DASHBOARD
@given(data=st.data(), points=st.lists(sent_points, max_size=10))
def test_order_and_repetition_of_points_make_no_difference(
    dashboard: Dashboard, three_monitors: Any, data: Any, points: Any
) -> None:
    best: dict[Any, Any] = {}
    for one in points:  # of equals the first stays, so the order counts among them: keep one of each
        best.setdefault((one[0], one[1] // MINUTE, one[3] + one[4]), one)
    chosen = stored(three_monitors, best.values())
    arriving = data.draw(
        st.permutations(chosen + data.draw(st.lists(st.sampled_from(chosen), max_size=6)) if chosen else [])
    )
    cut = data.draw(st.integers(0, len(arriving)))
    agent = Agent(dashboard)
    for part in (arriving[:cut], arriving[cut:]):
        assert agent.send(*part) == []
    assert agent.series() == merged_one_by_one(point(*one) for one in chosen)


@pytest.mark.local
def test_8_writers_of_shuffled_and_repeated_points_lose_and_double_nothing(busy_panel: Panel) -> None:
    dashboard = busy_panel.dashboard
    agent, monitors = Agent(dashboard), [busy_panel.monitor() for _ in range(3)]
    points = [
        point(id_, minutes_ago(ago), ago + id_ / 8 + probes * 100, probes, 0)
        for id_ in monitors
        for ago in (1, 2, 3, 14, 15)
        for probes in (1, 2, 3)
    ]

    def write(writer: int) -> None:
        chance = random.Random(writer)  # noqa: S311
        mine = [one for one in points if chance.random() < 0.5 or hash((one.at, one.monitor_id, one.up)) % 8 == writer]
        mine += chance.sample(mine, len(mine) // 3)
        chance.shuffle(mine)
        store = dashboard.store.another()
        while mine:
            size = chance.randint(1, 6)
            assert store.write_history({agent.server.id: Recorded(points=mine[:size])}, NOW) == {}
            mine = mine[size:]

    together(*[lambda writer=writer: write(writer) for writer in range(8)])
    expected = {id_: {minutes_ago(ago): ago + id_ / 8 + 300 for ago in (1, 2, 3, 14, 15)} for id_ in monitors}
    assert agent.series() == expected


def counted(agent: Agent, cookie: str = "") -> Any:
    return agent.dashboard.request("GET", f"/api/ping/{agent.server.id}", {"Cookie": cookie})


def test_counted_series_tell_how_many_probes_were_lost(agent: Any, panel: Panel) -> None:
    first, gone, third = (panel.monitor(name=name) for name in ("Loopback", "Gone", "Web 东京"))
    assert counted(agent).result == []
    earlier, later = minutes_ago(30), minutes_ago(1)
    agent.send((first, earlier, 3, 5, 1), (gone, earlier, 1, 1, 0), (third, earlier, 68.2275, 2, 0))
    agent.send((first, later, 0, 0, 6), (third, later, 0.000001, 10, 0))
    panel.delete(f"/api/monitor/{gone}")
    minutes = [earlier // MINUTE, later // MINUTE]
    assert counted(agent).result == [
        {
            "monitor_id": first,
            "monitor_name": "Loopback",
            "type": "icmp",
            "step": 60,
            "minutes": minutes,
            "delays": [3, 0],
            "up": [5, 0],
            "down": [1, 6],
        },
        {
            "monitor_id": third,
            "monitor_name": "Web 东京",
            "type": "icmp",
            "step": 60,
            "minutes": minutes,
            "delays": [68.2275, 0.000001],
            "up": [2, 10],
            "down": [0, 0],
        },
    ]


@pytest.mark.local
def test_counted_series_have_the_points_of_v0s(agent: Any, panel: Panel) -> None:
    ids = [panel.monitor(name=f"m{number}") for number in range(4)]
    rng = random.Random(8)  # noqa: S311
    for minute in range(1, 200):
        known = sorted(rng.sample(ids, rng.randint(1, len(ids))))
        agent.send(*((id_, minutes_ago(minute), rng.uniform(0.1, 900), 2, rng.randint(0, 1)) for id_ in known))
    assert {
        one["monitor_id"]: dict(zip((at * MINUTE for at in one["minutes"]), one["delays"], strict=True))
        for one in counted(agent).result
    } == agent.series()


def test_counted_series_of_an_unknown_server_are_not_found(panel: Panel) -> None:
    assert panel.get("/api/ping/999").error == (404, 404)
    assert panel.get("/api/ping/x").error == (400, 400)


@pytest.mark.parametrize("public", [True, False])
def test_counted_series_tell_guests_nothing_of_which_ids_exist(
    dashboard: Dashboard, panel: Panel, public: bool
) -> None:
    hidden, _ = dashboard.server(hide_for_guest=True)
    panel.patch("/api/settings", {"public_page": public})
    answers = [dashboard.get(f"/api/ping/{id_}") for id_ in (hidden.id, hidden.id + 1, 999)]
    assert answers[0].error == (403, 403)
    assert len({(answer.status, answer.body, *sorted(answer.headers.keys())) for answer in answers}) == 1


def test_counted_series_of_a_hidden_server_are_for_people_and_readers_only(dashboard: Dashboard, panel: Panel) -> None:
    hidden = Agent(dashboard, hide_for_guest=True)
    assert counted(hidden).error == (403, 403)
    assert dashboard.get(f"/api/ping/{hidden.server.id}", dashboard.token("register")).error == (403, 403)
    assert dashboard.get(f"/api/ping/{hidden.server.id}", dashboard.token("read")).result == []
    assert counted(hidden, panel.cookie).result == []
    panel.patch("/api/settings", {"public_page": False})
    open_one = Agent(dashboard)
    assert counted(open_one).error == (403, 403)
    assert counted(open_one, panel.cookie).result == []
