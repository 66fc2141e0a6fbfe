"""Ranges of a week, a month and a year: GET /api/history/{id} and GET /api/ping/{id}, before and after rollups."""

from collections.abc import Iterator
from typing import Any

import pytest

from benchmarks.watched_store import Parameters, Send
from chalicelib.fleet import monitors
from chalicelib.fleet.history import COLUMNS, Recorded, minute
from chalicelib.fleet.monitors import Monitor
from chalicelib.fleet.pings import point
from chalicelib.fleet.rollup import DAY, PERIOD, WAIT, last_finished
from tests.api.people.test_history import Agent
from tests.storage.series.test_rollup_job import done_up_to
from tests.support.dashboard import NOW, Dashboard

pytestmark = pytest.mark.local

STEPS = {"7d": 600, "30d": 3600, "1y": DAY}
SECONDS = {"7d": 7 * DAY, "30d": 30 * DAY, "1y": 365 * DAY}
TODAY = int(NOW) // DAY * DAY
EVERY = 37 * 60
"""Seconds between two minutes that a server sends."""

each_range = pytest.mark.parametrize("name", STEPS)


class Server(Agent):
    """A server with a monitor, and two and a half days of minutes and points, each received when it ended."""

    def __init__(self, dashboard: Dashboard) -> None:
        super().__init__(dashboard)
        self.monitor = monitors.create(dashboard.store, Monitor(0, "東京", "icmp", "192.0.2.1", 30))
        self.minutes = [self.minute(at) for at in range(TODAY - 2 * DAY, int(NOW) // 60 * 60 - 60, EVERY)]
        self.points = [self.point(one.at) for one in self.minutes]
        for one, pinged in zip(self.minutes, self.points, strict=True):
            received = Recorded([one], [pinged])
            assert not dashboard.store.write_history({self.server.id: received}, one.at + 60)
        done_up_to(dashboard.store, TODAY // PERIOD - 5)

    def minute(self, at: int) -> Any:
        number = at // 60 % 1000
        figures = {"samples": number % 60 + 1, "CPU": number % 100, "CPUMax": 100, "Load1": number / 7}
        return minute(at, {**figures, "MemUsed": number * 10_000_019, "NetIn": number * 1_000_003, "NetOut": number})

    def point(self, at: int) -> Any:
        number = at // 60 % 1000
        return point(self.monitor, at, number / 3, number % 3, 2 - number % 3)

    def late(self, at: int) -> None:
        """Another minute, received now."""
        new = Recorded([self.minute(at)], [self.point(at)])
        self.minutes += new.minutes
        self.points += new.points
        assert not self.dashboard.store.write_history({self.server.id: new}, NOW)

    def roll_up(self) -> None:
        self.dashboard.store.roll_up(NOW, 60)

    def pings(self, name: str) -> Any:
        (series,) = self.dashboard.get(f"/api/ping/{self.server.id}?range={name}").result
        return series

    def answers(self) -> list[Any]:
        return [(self.history(f"?range={name}"), self.pings(name)) for name in STEPS]


@pytest.fixture
def server(dashboard: Dashboard) -> Server:
    return Server(dashboard)


@each_range
def test_a_range_has_its_step_and_starts_with_a_whole_one(agent: Agent, name: str) -> None:
    found = agent.history(f"?range={name}")
    oldest = (int(NOW) - SECONDS[name]) // STEPS[name] * STEPS[name]
    assert {**found, "at": []} == {
        "step": STEPS[name],
        "from": oldest,
        "to": int(NOW),
        "at": [],
        **{column.shown: [] for column in COLUMNS},
    }
    assert agent.dashboard.get(f"/api/ping/{agent.server.id}?range={name}").result == []


@pytest.fixture
def agent(dashboard: Dashboard) -> Agent:
    return Agent(dashboard)


def test_a_rollup_changes_no_answer(server: Server) -> None:
    before = server.answers()
    server.roll_up()
    assert server.answers() == before
    server.late(TODAY - DAY + 60)
    marked = server.answers()
    assert marked != before
    server.dashboard.store.roll_up(NOW, 60, again=range(TODAY // PERIOD - 4, last_finished(NOW) + 1))
    assert server.answers() == marked


@each_range
def test_sums_are_those_of_the_minutes(server: Server, name: str) -> None:
    server.roll_up()
    server.late(TODAY - 120)
    server.late(int(NOW) // 60 * 60 - 120)
    found, series = server.history(f"?range={name}"), server.pings(name)
    places = {column.name: place for place, column in enumerate(COLUMNS)}
    for shown, column in (("samples", "samples"), ("net_in", "NetIn"), ("net_out", "NetOut")):
        sums: dict[int, int] = {}
        for one in server.minutes:
            start = one.at // STEPS[name] * STEPS[name]
            sums[start] = sums.get(start, 0) + int(one.values[places[column]])
        assert dict(zip(found["at"], found[shown], strict=True)) == sums
    assert [at * 60 for at in series["minutes"]] == found["at"] == sorted(found["at"])
    assert sum(series["up"]) == sum(one.up for one in server.points)
    assert sum(series["down"]) == sum(one.down for one in server.points)


@each_range
def test_delays_come_with_their_extremes(server: Server, name: str) -> None:
    server.roll_up()
    series = server.pings(name)
    assert list(series) == [
        *("monitor_id", "monitor_name", "type", "step", "minutes", "delays", "up", "down", "least", "most")
    ]
    assert series["step"] == STEPS[name]
    rows = zip(series["least"], series["delays"], series["most"], strict=True)
    assert all(least <= mean <= most for least, mean, most in rows)
    reached = [float(one.delay) for one in server.points if one.up]
    assert max(series["most"]) == pytest.approx(max(reached), rel=0.005)
    assert min(least for least, up in zip(series["least"], series["up"], strict=True) if up) == pytest.approx(
        min(reached), rel=0.005
    )


@each_range
def test_what_a_step_shows(agent: Agent, name: str) -> None:
    start = TODAY - DAY
    minutes = [
        minute(start, {"samples": 10, "CPU": 10, "CPUMax": 20, "MemUsed": 1000, "NetIn": 2**60, "Temperature": -3}),
        minute(start + 60, {"samples": 30, "CPU": 50, "CPUMax": 90, "MemUsed": 2000, "NetIn": 1}),
    ]
    assert not agent.dashboard.store.write_history({agent.server.id: Recorded(minutes)}, start + 120)
    agent.dashboard.store.roll_up(NOW, 60)
    found = agent.history(f"?range={name}")
    shown = {key: found[key] for key in ("at", "samples", "cpu", "cpu_max", "mem_used", "net_in", "temperature", "gpu")}
    assert shown == {
        "at": [start],
        "samples": [40],
        "cpu": [40],
        "cpu_max": [90],
        "mem_used": [1750],
        "net_in": [2**60 + 1],
        "temperature": [-3],
        "gpu": [None],
    }


@each_range
@pytest.mark.parametrize("path", ["history", "ping"])
def test_guests_learn_nothing_of_hidden_servers(dashboard: Dashboard, path: str, name: str) -> None:
    hidden, _ = dashboard.server(hide_for_guest=True)
    answers = [dashboard.get(f"/api/{path}/{id_}?range={name}") for id_ in (hidden.id, hidden.id + 1)]
    assert [answer.error for answer in answers] == [(403, 403)] * 2
    assert dashboard.get(f"/api/{path}/{hidden.id}?range={name}", dashboard.token("read")).status == 200


@pytest.fixture
def calls(dashboard: Dashboard) -> Iterator[list[str]]:
    made: list[str] = []

    def note(send: Send, operation: str, parameters: Parameters) -> Parameters:
        made.append(operation)
        return send(operation, parameters)

    with dashboard.store.calls.around(note):
        yield made


@each_range
def test_a_range_takes_one_round_trip(server: Server, calls: list[str], name: str) -> None:
    """The head beside tiers and minutes; days and today's hours are two kinds of tiers."""
    server.roll_up()
    server.history()
    calls.clear()
    server.history(f"?range={name}")
    assert sorted(calls) == ["GetItem", *["Query"] * (3 if name == "1y" else 2)]


def test_a_day_on_which_a_server_was_off_is_left_out(agent: Agent) -> None:
    for day in (3, 1):
        at = TODAY - day * DAY
        found = Recorded([minute(at, {"samples": 1})])
        assert not agent.dashboard.store.write_history({agent.server.id: found}, at + 60)
    agent.dashboard.store.roll_up(NOW, 60)
    assert agent.history("?range=1y")["at"] == [TODAY - 3 * DAY, TODAY - DAY]


def test_now_is_a_time_at_which_the_last_half_day_is_rolled_up() -> None:
    """Else these tests would see no rollup of it."""
    assert int(NOW) % (DAY // 2) > WAIT
