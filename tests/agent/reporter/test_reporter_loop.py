"""The loop against a real HTTP server, with a clock that only waits move."""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from typing import Any

import pytest

from agent.core import minutes
from agent.core.client import Client
from agent.core.clock import Clock
from agent.core.flushes import turn_of
from agent.core.monitors import Monitor
from agent.core.points import Point, records
from agent.core.spool import Spool
from agent.reporter.host import read_host
from agent.reporter.loop import Description, Reporter, source_of
from agent.reporter.state import Meter
from tests.agent.scripted_dashboard import SECRET, ScriptedDashboard, status, taken

NOW = 1_722_142_860
HERE = Description(read_host(), "192.0.2.7")
SOURCE = source_of(SECRET)


class Life:
    """One reporter's life: `report` sends and then lets the time pass that the reporter asked for."""

    def __init__(self, client: Client, spool: Spool) -> None:
        self.seconds = 0.0
        self.clock_is_off = 0.0
        self.here = HERE
        self.looks = 0
        clock = Clock(lambda: NOW + self.seconds + self.clock_is_off, lambda: self.seconds)
        self.assigned: list[Any] = []
        self.reporter = Reporter(
            client,
            self.look,
            Meter(clock.monotonic).state,
            clock,
            spool,
            SOURCE,
            lambda monitors: self.assigned.append(list(monitors)),
            jitter=lambda most: most,
        )

    def look(self) -> Any:
        self.looks += 1
        return self.here

    def report(self, times: int = 1) -> Any:
        waits = [self._report() for _ in range(times)]
        return waits[0] if times == 1 else waits

    def _report(self) -> Any:
        wait = self.reporter.report()
        self.seconds += wait
        return wait


@pytest.fixture
def life(client: Client, spool: Spool) -> Life:
    return Life(client, spool)


def add(spool: Spool, points: list[Any]) -> None:
    spool.add(records(SOURCE, points))


def described(scripted: ScriptedDashboard) -> list[Any]:
    return ["host" in report for report in scripted.reports]


def test_reports_follow_the_cadence_of_the_answer(life: Any, scripted: ScriptedDashboard) -> None:
    scripted.answers(taken(10), taken(3), taken(60))
    assert life.report(3) == [10, 3, 60]
    assert [report["at"] for report in scripted.reports] == [NOW, NOW + 10, NOW + 13]


@pytest.mark.parametrize("change", [-48 * 3600, -600, 600, 48 * 3600])
def test_clock_that_is_set_changes_no_cadence_and_loses_no_waiting_point(
    life: Any, scripted: ScriptedDashboard, spool: Spool, change: int
) -> None:
    point = Point(1, NOW - 1200, 1.5, 2, 0)
    scripted.answers(taken(10), status(503), taken(10), taken(10))
    assert life.report() == 10
    add(spool, [point])
    life.clock_is_off = change
    assert life.report() <= 1  # the dashboard is away
    assert life.report() == 10
    life.clock_is_off = 0
    life.report()
    changed, back = scripted.reports[-2:]
    assert (changed["at"] - change - NOW, changed["pings"]) == (11, [point._asdict()])
    assert (back["at"] - NOW, back["pings"]) == (21, [])


def test_time_spent_on_a_report_is_part_of_the_interval(client: Client, spool: Spool) -> None:
    now = [0.0]

    def state(at: float) -> dict[str, Any]:
        now[0] += 4
        return Meter(lambda: 0.0).state(at)

    clock = Clock(lambda: NOW, lambda: now[0])
    reporter = Reporter(client, lambda: HERE, state, clock, spool, SOURCE, lambda _: None)
    assert reporter.report() == 6


def test_interval_that_was_promised_holds_until_a_state_is_kept_with_another(
    life: Any, scripted: ScriptedDashboard
) -> None:
    """A page was open until now. The dashboard still has the state that came with the shorter interval."""
    scripted.answers(taken(60), taken(5), taken(60, server_id=1, not_kept=["state"]), taken(60))
    assert [life.report() for _ in range(4)] == [60, 5, 5, 60]


def test_host_and_address_are_sent_once(life: Any, scripted: ScriptedDashboard) -> None:
    life.report(3)
    assert described(scripted) == [True, False, False]
    assert set(scripted.reports[0]) == {"at", "ip", "host", "state", "pings"}
    assert set(scripted.reports[1]) == {"at", "state", "pings"}
    assert scripted.reports[0]["ip"] == "192.0.2.7"
    assert scripted.reports[0]["host"] == HERE.host


@pytest.mark.parametrize(
    "failure",
    [
        status(503),
        status(403),
        status(200, b"<html>"),
        taken(error="throttled", message="busy", retry=True),
        taken(error="bad_report", message="no", retry=False),
    ],
)
def test_host_is_sent_again_after_a_failure(
    life: Any, scripted: ScriptedDashboard, failure: tuple[int, dict[str, str], bytes]
) -> None:
    scripted.answers(failure, taken())
    life.report(3)
    assert described(scripted) == [True, True, False]


def test_host_is_sent_again_when_it_or_the_address_changed(life: Any, scripted: ScriptedDashboard) -> None:
    scripted.answers(taken(300))
    life.report(2)
    life.here = replace(life.here, ip="192.0.2.8")
    life.report(2)
    life.here = replace(life.here, host={**life.here.host, "MemTotal": 1})
    life.report(2)
    assert described(scripted) == [True, False, True, False, True, False]
    assert scripted.reports[2]["ip"] == "192.0.2.8"
    assert scripted.reports[4]["host"]["MemTotal"] == 1


def test_host_that_was_not_kept_is_sent_again_after_a_minute_as_it_is_then(
    life: Any, scripted: ScriptedDashboard
) -> None:
    scripted.answers(taken(20, server_id=1, not_kept=["host"]), taken(20))
    life.report(2)
    life.here = replace(life.here, ip="192.0.2.8")
    life.seconds = 300
    life.report(3)
    assert described(scripted) == [True, False, True, False, False]
    assert scripted.reports[2]["ip"] == "192.0.2.8"


def test_a_state_that_was_not_kept_is_no_trouble(
    life: Any, scripted: ScriptedDashboard, caplog: pytest.LogCaptureFixture
) -> None:
    scripted.answers(taken(20, server_id=1, not_kept=["state"]))
    assert life.report(2) == [20, 20]
    assert described(scripted) == [True, False]
    assert not [record for record in caplog.records if record.levelname == "WARNING"]


def test_host_is_looked_at_every_five_minutes(life: Any) -> None:
    life.report(31)
    assert life.looks == 2


def test_host_is_sent_again_once_a_day(life: Any, scripted: ScriptedDashboard) -> None:
    scripted.answers(taken(3600))
    life.report(26)
    assert [number for number, sent in enumerate(described(scripted)) if sent] == [0, 24]


def test_boot_time_that_moves_by_a_second_is_no_change(life: Any, scripted: ScriptedDashboard) -> None:
    scripted.answers(taken(300))
    life.report()
    boot_time = life.here.host["BootTime"]
    life.here = replace(life.here, host={**life.here.host, "BootTime": boot_time + 1})
    life.report()
    life.here = replace(life.here, host={**life.here.host, "BootTime": boot_time + 300})
    life.report()
    assert described(scripted) == [True, False, True]


@pytest.mark.parametrize("failure", [status(500), status(503), status(429), status(404), status(302)])
def test_back_off_doubles_to_a_minute_and_starts_anew(
    life: Any, scripted: ScriptedDashboard, failure: tuple[int, dict[str, str], bytes]
) -> None:
    scripted.answers(*[failure] * 8, taken(), failure)
    assert life.report(10) == [1, 2, 4, 8, 16, 32, 60, 60, 10, 1]


def test_back_off_is_random_from_nothing_to_the_bound(
    client: Client, scripted: ScriptedDashboard, spool: Spool
) -> None:
    scripted.answers(status(500))
    clock = Clock(lambda: NOW, lambda: 0.0)
    reporter = Reporter(client, lambda: HERE, Meter(lambda: 0.0).state, clock, spool, SOURCE, lambda _: None)
    waits = [reporter.report() for _ in range(40)]
    assert all(0 <= wait <= min(60, 2**number) for number, wait in enumerate(waits))
    assert len(set(waits)) > 30


@pytest.mark.parametrize("code", [429, 503])
def test_retry_after_is_the_least_wait(life: Any, scripted: ScriptedDashboard, code: int) -> None:
    scripted.answers(status(code, Retry_After="30"))
    assert life.report(2) == [31, 32]


@pytest.mark.parametrize(("header", "wait"), [("soon", 1), ("-5", 1), ("9" * 5000, 1), ("999999", 601), ("²", 1)])
def test_retry_after_that_makes_no_sense_is_bounded_or_ignored(
    life: Any, scripted: ScriptedDashboard, header: str, wait: int
) -> None:
    scripted.answers(status(503, Retry_After=header))
    assert life.report() == wait


@pytest.mark.parametrize(
    "refusal",
    [status(401), status(403), taken(error="unknown_secret", message="No such server.", retry=False)],
)
def test_wrong_secret_is_said_once_and_tried_every_five_minutes(
    life: Any, scripted: ScriptedDashboard, refusal: tuple[int, dict[str, str], bytes], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    scripted.answers(*[refusal] * 4, taken())
    assert life.report(4) == [300] * 4
    (said,) = [record.message for record in caplog.records]
    assert "does not know this secret" in said
    assert "restart" in said
    assert life.report() == 10
    assert caplog.records[-1].message == "reports are accepted, every 10 s"


def test_wrong_secret_is_said_again_after_an_hour(
    life: Any, scripted: ScriptedDashboard, caplog: pytest.LogCaptureFixture
) -> None:
    scripted.answers(status(403))
    life.report(13)
    assert len(caplog.records) == 2


def test_lasting_trouble_is_said_once_and_its_end_too(
    life: Any, scripted: ScriptedDashboard, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    scripted.answers(taken(), status(503), status(503), status(503), taken(), taken())
    life.report(6)
    assert [record.levelname for record in caplog.records] == ["INFO", "WARNING", "INFO"]


def test_report_refused_for_good_is_said_once_and_reporting_goes_on(
    life: Any, scripted: ScriptedDashboard, caplog: pytest.LogCaptureFixture
) -> None:
    scripted.answers(taken(7, error="bad_report", message='"CPU" must be a number.', retry=False))
    assert life.report(3) == [7, 7, 7]
    (said,) = [record.message for record in caplog.records]
    assert 'bad_report: "CPU" must be a number.' in said


POINTS = [Point(1, NOW - 1200 + 60 * minute, 12.345, 2, 1) for minute in range(3)]
ICMP = {"id": 1, "type": "icmp", "target": "127.0.0.1", "interval": 30, "server_ids": [1]}


def test_points_are_sent_until_they_are_taken(life: Any, scripted: ScriptedDashboard, spool: Spool) -> None:
    add(spool, POINTS)
    busy = taken(error="throttled", message="busy", retry=True)
    scripted.answers(taken(), status(503), busy, status(200, b"oops"), status(403), taken())
    life.report(7)
    # An answer must have told when to send them.
    first, *sent = [report["pings"] for report in scripted.reports]
    assert first == []
    assert sent == [[point._asdict() for point in POINTS]] * 5 + [[]]
    assert sent[0][0] == {"monitor_id": 1, "at": NOW - 1200, "delay": 12.345, "up": 2, "down": 1}


def test_refused_points_are_dropped_and_said_once_a_kind(
    life: Any, scripted: ScriptedDashboard, spool: Spool, caplog: pytest.LogCaptureFixture
) -> None:
    add(spool, POINTS)
    refused = [
        {"monitor_id": 1, "at": point.at, "error": error, "message": "No.\nNo."}
        for point, error in zip(POINTS, ("not_assigned", "not_assigned", "too_old"))
    ]
    scripted.answers(taken(), taken(server_id=1, refused=refused), taken())
    life.report(3)
    assert scripted.reports[2]["pings"] == []
    said = [record.message for record in caplog.records]
    assert [message.partition("dropped: ")[2] for message in said] == ["not_assigned: No. No.", "too_old: No. No."]


@pytest.mark.parametrize("refused", [7, [7], [{}], [{"monitor_id": "1", "at": 0, "error": "x", "message": "y"}]])
def test_points_stay_when_their_refusal_makes_no_sense(
    life: Any, scripted: ScriptedDashboard, spool: Spool, refused: Any
) -> None:
    add(spool, POINTS)
    scripted.answers(taken(), taken(server_id=1, refused=refused), taken())
    life.report(3)
    assert [len(report["pings"]) for report in scripted.reports] == [0, 3, 3]


def test_points_are_held_back_after_a_report_was_refused_as_a_whole(
    life: Any, scripted: ScriptedDashboard, spool: Spool
) -> None:
    add(spool, POINTS)
    scripted.answers(taken(100), taken(100, error="bad_report", message="no", retry=False), taken(100))
    life.report(6)
    assert [len(report["pings"]) for report in scripted.reports] == [0, 3, 0, 0, 3, 0]


def test_a_report_holds_the_oldest_500_points(life: Any, scripted: ScriptedDashboard, spool: Spool) -> None:
    start = NOW // 600 * 600 - 130 * 600
    add(spool, [Point(id_, start + 60 * minute, 999.999, 6, 6) for minute in range(240) for id_ in range(1, 6)])
    life.report(4)
    assert [len(report["pings"]) for report in scripted.reports] == [0, 500, 500, 200]
    sent = [(point["at"], point["monitor_id"]) for report in scripted.reports for point in report["pings"]]
    assert sent == sorted(set(sent))
    assert len(json.dumps(scripted.reports[1])) < 100_000


def test_a_report_holds_less_while_the_dashboard_is_too_busy_for_all_of_it(
    life: Any, scripted: ScriptedDashboard, spool: Spool
) -> None:
    start = NOW // 600 * 600 - 130 * 600
    add(spool, [Point(1, start + 60 * minute, 1.5, 2, 0) for minute in range(1200)])
    busy = taken(error="throttled", message="busy", retry=True)
    scripted.answers(taken(), *[busy] * 6, taken())
    life.report(13)
    sent = [len(report["pings"]) for report in scripted.reports]
    assert sent == [0, 160, 80, 40, 20, 10, 10, 10, 20, 40, 80, 160, 160]


def test_monitors_of_an_answer_are_assigned_and_stay_without_one(
    life: Any, scripted: ScriptedDashboard, caplog: pytest.LogCaptureFixture
) -> None:
    refusal = taken(error="bad_report", message="no", retry=False)
    scripted.answers(taken(monitors=[ICMP, {"id": 2}]), status(503), refusal, taken())
    life.report(4)
    assert life.assigned == [[Monitor(1, "icmp", "127.0.0.1", 30)], []]
    assert "monitor 2 has no target" in caplog.records[0].message


CELL = NOW // 300 * 300
"""The start of a cell; the first reports come a minute later."""

TURN = 120 * turn_of(SOURCE)


def minutes_of(scripted: ScriptedDashboard) -> list[Any]:
    return [[minute["at"] - CELL for minute in report.get("minutes", ())] for report in scripted.reports]


def keep(spool: Spool, *ats: int) -> None:
    spool.add(minutes.records(SOURCE, [{"at": CELL + at, "samples": 15, "CPU": 1.5} for at in ats]))


def test_minutes_go_in_whole_cells_each_server_in_its_turn(
    life: Any, scripted: ScriptedDashboard, spool: Spool
) -> None:
    scripted.answers(taken(30, flush=300))
    keep(spool, *range(-300, 600, 60))
    life.report(33)
    sent = [(number, ats) for number, ats in enumerate(minutes_of(scripted)) if ats]
    assert [ats for _, ats in sent] == [[*range(-300, 0, 60)], [*range(0, 300, 60)], [*range(300, 600, 60)]]
    for number, ats in sent[1:]:
        assert 0 <= scripted.reports[number]["at"] - CELL - ats[-1] - 60 - 60 - TURN < 30


def test_both_cells_of_ten_minutes_go_together(life: Any, scripted: ScriptedDashboard, spool: Spool) -> None:
    scripted.answers(taken(60, flush=600))
    first = -CELL % 600
    keep(spool, *range(first, first + 600, 60))
    life.report(34)
    assert [ats for ats in minutes_of(scripted) if ats] == [[*range(first, first + 600, 60)]]


def test_single_minutes_go_where_the_dashboard_asks_for_them(
    life: Any, scripted: ScriptedDashboard, spool: Spool
) -> None:
    scripted.answers(taken(10, flush=60))
    keep(spool, 0, 60, 120)
    life.report(30)
    sent = [(scripted.reports[number]["at"] - CELL, ats) for number, ats in enumerate(minutes_of(scripted)) if ats]
    assert [ats for _, ats in sent] == [[0], [60], [120]]
    assert all(15 <= at - ats[0] - 60 <= 15 + 15 + 10 for at, ats in sent[1:])


def test_minutes_wait_until_a_dashboard_takes_them(life: Any, scripted: ScriptedDashboard, spool: Spool) -> None:
    scripted.answers(taken(10), taken(10, flush=60), taken(10), taken(10, flush=60))
    keep(spool, -1200)
    add(spool, POINTS)
    life.report(5)
    # The third answer was that of a dashboard that does not know what it was sent.
    assert minutes_of(scripted) == [[], [], [-1200], [], [-1200]]
    assert [len(report["pings"]) for report in scripted.reports] == [0, 3, 0, 0, 0]


def test_refused_minutes_are_dropped_and_said(
    life: Any, scripted: ScriptedDashboard, spool: Spool, caplog: pytest.LogCaptureFixture
) -> None:
    refused = {"at": CELL - 1200, "error": "too_old", "message": "No."}
    scripted.answers(
        taken(10, flush=60), taken(10, flush=60, server_id=1, refused_minutes=[refused]), taken(10, flush=60)
    )
    keep(spool, -1200)
    life.report(3)
    assert minutes_of(scripted) == [[], [-1200], []]
    assert caplog.records[-1].message == "the dashboard rejects a minute, which is dropped: too_old: No."


def test_everything_goes_at_once_when_a_probe_changed(life: Any, scripted: ScriptedDashboard, spool: Spool) -> None:
    scripted.answers(taken(10, flush=300), status(503), taken(10, flush=300))
    add(spool, [Point(1, NOW, 0.0, 0, 1)])
    life.report()
    assert life.reporter.is_welcome
    life.reporter.flush_at_once()
    life.report()
    assert not life.reporter.is_welcome
    life.report(2)
    assert [len(report["pings"]) for report in scripted.reports] == [0, 1, 1, 0]
