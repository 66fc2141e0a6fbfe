"""The loop against a real HTTP server, with a clock that only waits move."""

import logging
from dataclasses import replace

import pytest
from scripted_dashboard import status, taken

from agent.host import read_host
from agent.loop import Clock, Description, Reporter
from agent.state import Meter

NOW = 1_722_142_860
HERE = Description(read_host(), "192.0.2.7")


class Life:
    """One reporter's life: `report` sends and then lets the time pass that the reporter asked for."""

    def __init__(self, dashboard):
        self.seconds = 0.0
        self.here = HERE
        self.looks = 0
        clock = Clock(lambda: NOW + self.seconds, lambda: self.seconds)
        self.reporter = Reporter(dashboard, self.look, Meter(clock.monotonic).state, clock, jitter=lambda most: most)

    def look(self):
        self.looks += 1
        return self.here

    def report(self, times=1):
        waits = [self._report() for _ in range(times)]
        return waits[0] if times == 1 else waits

    def _report(self):
        wait = self.reporter.report()
        self.seconds += wait
        return wait


@pytest.fixture
def life(dashboard):
    return Life(dashboard)


def described(scripted):
    return ["host" in report for report in scripted.reports]


def test_reports_follow_the_cadence_of_the_answer(life, scripted):
    scripted.answers(taken(10), taken(3), taken(60))
    assert life.report(3) == [10, 3, 60]
    assert [report["at"] for report in scripted.reports] == [NOW, NOW + 10, NOW + 13]


def test_time_spent_on_a_report_is_part_of_the_interval(dashboard):
    clock = iter(range(0, 1000, 4))
    reporter = Reporter(dashboard, lambda: HERE, Meter(lambda: 0.0).state, Clock(lambda: NOW, lambda: next(clock)))
    assert reporter.report() == 6


def test_host_and_address_are_sent_once(life, scripted):
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
def test_host_is_sent_again_after_a_failure(life, scripted, failure):
    scripted.answers(failure, taken())
    life.report(3)
    assert described(scripted) == [True, True, False]


def test_host_is_sent_again_when_it_or_the_address_changed(life, scripted):
    scripted.answers(taken(300))
    life.report(2)
    life.here = replace(life.here, ip="192.0.2.8")
    life.report(2)
    life.here = replace(life.here, host={**life.here.host, "MemTotal": 1})
    life.report(2)
    assert described(scripted) == [True, False, True, False, True, False]
    assert scripted.reports[2]["ip"] == "192.0.2.8"
    assert scripted.reports[4]["host"]["MemTotal"] == 1


def test_host_is_looked_at_every_five_minutes(life):
    life.report(31)
    assert life.looks == 2


def test_host_is_sent_again_once_a_day(life, scripted):
    scripted.answers(taken(3600))
    life.report(26)
    assert [number for number, sent in enumerate(described(scripted)) if sent] == [0, 24]


def test_boot_time_that_moves_by_a_second_is_no_change(life, scripted):
    scripted.answers(taken(300))
    life.report()
    boot_time = life.here.host["BootTime"]
    life.here = replace(life.here, host={**life.here.host, "BootTime": boot_time + 1})
    life.report()
    life.here = replace(life.here, host={**life.here.host, "BootTime": boot_time + 300})
    life.report()
    assert described(scripted) == [True, False, True]


@pytest.mark.parametrize("failure", [status(500), status(503), status(429), status(404), status(302)])
def test_back_off_doubles_to_a_minute_and_starts_anew(life, scripted, failure):
    scripted.answers(*[failure] * 8, taken(), failure)
    assert life.report(10) == [1, 2, 4, 8, 16, 32, 60, 60, 10, 1]


def test_back_off_is_random_from_nothing_to_the_bound(dashboard, scripted):
    scripted.answers(status(500))
    reporter = Reporter(dashboard, lambda: HERE, Meter(lambda: 0.0).state, Clock(lambda: NOW, lambda: 0.0))
    waits = [reporter.report() for _ in range(40)]
    assert all(0 <= wait <= min(60, 2**number) for number, wait in enumerate(waits))
    assert len(set(waits)) > 30


@pytest.mark.parametrize("code", [429, 503])
def test_retry_after_is_the_least_wait(life, scripted, code):
    scripted.answers(status(code, Retry_After="30"))
    assert life.report(2) == [31, 32]


@pytest.mark.parametrize(("header", "wait"), [("soon", 1), ("-5", 1), ("9" * 5000, 1), ("999999", 3601), ("²", 1)])
def test_retry_after_that_makes_no_sense_is_bounded_or_ignored(life, scripted, header, wait):
    scripted.answers(status(503, Retry_After=header))
    assert life.report() == wait


@pytest.mark.parametrize(
    "refusal",
    [status(401), status(403), taken(error="unknown_secret", message="No such server.", retry=False)],
)
def test_wrong_secret_is_said_once_and_tried_every_five_minutes(life, scripted, refusal, caplog):
    caplog.set_level(logging.INFO)
    scripted.answers(*[refusal] * 4, taken())
    assert life.report(4) == [300] * 4
    (said,) = [record.message for record in caplog.records]
    assert "does not know this secret" in said
    assert "restart" in said
    assert life.report() == 10
    assert caplog.records[-1].message == "reports are taken, every 10 s"


def test_wrong_secret_is_said_again_after_an_hour(life, scripted, caplog):
    scripted.answers(status(403))
    life.report(13)
    assert len(caplog.records) == 2


def test_lasting_trouble_is_said_once_and_its_end_too(life, scripted, caplog):
    caplog.set_level(logging.INFO)
    scripted.answers(taken(), status(503), status(503), status(503), taken(), taken())
    life.report(6)
    assert [record.levelname for record in caplog.records] == ["INFO", "WARNING", "INFO"]


def test_report_refused_for_good_is_said_once_and_reporting_goes_on(life, scripted, caplog):
    scripted.answers(taken(7, error="bad_report", message='"CPU" must be a number.', retry=False))
    assert life.report(3) == [7, 7, 7]
    (said,) = [record.message for record in caplog.records]
    assert 'bad_report: "CPU" must be a number.' in said
