"""How often agents are told to report, and what happens past the month's ceiling, with fixed clocks."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from chalicelib.fleet import pace, reports, servers
from chalicelib.fleet.bill import HOUR, Amount, Metered
from chalicelib.fleet.ceiling_notice import notice
from chalicelib.fleet.live import note
from chalicelib.fleet.reports import Report, Sent
from chalicelib.fleet.servers import Server
from chalicelib.fleet.settings import Settings
from chalicelib.fleet.status import is_online
from tests.fleet.memory_store import MemoryStore

NOW = datetime(2026, 11, 20, tzinfo=UTC).timestamp()
NEXT_MONTH = datetime(2026, 12, 1, tzinfo=UTC).timestamp()
SPENT = {"api_requests": Amount(2_000_000, 3_000_000)}  # seven dollars


@pytest.mark.parametrize(
    ("report_interval", "live", "slow", "told"),
    [
        (0, False, False, 60),
        (0, True, False, 5),
        (0, False, True, 90),
        (0, True, True, 90),
        (30, True, True, 90),
        (300, True, True, 300),  # who saves more already goes on
    ],
)
def test_interval(report_interval: int, live: bool, slow: bool, told: int) -> None:
    settings = Settings(report_interval=report_interval)
    assert pace.interval(settings, 60, live=live, slow=slow) == told


@pytest.mark.parametrize(
    ("set_", "usual", "slow", "told"),
    [(0, 300, False, 300), (0, 300, True, 600), (600, 300, True, 600), (0, 60, True, 600)],
)
def test_flush(set_: int, usual: int, slow: bool, told: int) -> None:
    assert pace.flush(Settings(flush=set_), usual, slow=slow) == told


def report(store: MemoryStore, secret: str, now: float) -> reports.Taken:
    measured = reports.Measurement(None, "[1]")
    return reports.take(store, [Sent(secret, lambda: Report(state=measured))], now, 60)


def test_ceiling_slows_reports_until_the_month_ends_though_somebody_watches() -> None:
    store = MemoryStore()
    _, secret = servers.create(store, Server(0, "one"), NOW)
    note(store, store.view(), NOW)
    assert (report(store, secret, NOW).interval, report(store, secret, NOW).live) == (5, True)
    store.keep_cost(Metered(int(NOW), SPENT, ceiling=7))
    told = report(store, secret, NOW)
    assert (told.interval, told.live, told.slow) == (90, False, True)
    assert report(store, secret, NEXT_MONTH - 1).slow
    after = report(store, secret, NEXT_MONTH)
    assert (after.interval, after.slow) == (60, False)


def test_raised_or_removed_ceiling_ends_it_at_once() -> None:
    store = MemoryStore()
    _, secret = servers.create(store, Server(0, "one"), NOW)
    store.keep_cost(Metered(int(NOW), SPENT, ceiling=5))
    for ceiling in (7.01, 0):
        store.keep_cost(Metered(int(NOW), SPENT, ceiling=5))
        assert report(store, secret, NOW).slow
        store.keep_cost(Metered(int(NOW), SPENT, ceiling=ceiling))
        assert not report(store, secret, NOW).slow


def test_server_is_online_for_three_of_the_slow_intervals() -> None:
    """The state says what its own report was answered with, before and after the change."""
    store = MemoryStore()
    server, secret = servers.create(store, Server(0, "one"), NOW)
    report(store, secret, NOW)
    store.keep_cost(Metered(int(NOW), SPENT, ceiling=5))
    report(store, secret, NOW + 60)
    states = store.states()
    (last,), (interval,) = states.last_active([server.id]), states.intervals([server.id], 60)
    assert interval == 90
    assert is_online(int(last), NOW + 60 + 270, interval)
    assert not is_online(int(last), NOW + 60 + 271, interval)


def test_pages_that_watch_are_not_noted_while_nothing_comes_of_it() -> None:
    store = MemoryStore()
    store.keep_cost(Metered(int(NOW), SPENT, ceiling=5))
    note(store, store.view(), NOW)
    assert store.watched_at == 0


def test_each_time_that_the_dashboard_slows_down_is_told_once() -> None:
    def counted(at: float, ceiling: float, before: Metered | None) -> Metered:
        return Metered(int(at), SPENT, ceiling, notifies=True).after(before)

    first = counted(NOW, 5, None)
    assert first.owes_notice
    told = replace(first, notified_until=first.slow_until)
    assert not told.owes_notice
    assert not counted(NOW + HOUR, 6, told).owes_notice
    raised = counted(NOW + HOUR, 8, told)
    assert not raised.owes_notice
    assert counted(NOW + 2 * HOUR, 5, raised).owes_notice
    assert counted(NEXT_MONTH, 5, told).owes_notice
    assert not replace(first, notifies=False).owes_notice


def test_notice_fits_into_an_email() -> None:
    subject, text = notice(Metered(int(NOW), {"api_requests": Amount(1e14, 2e14)}, 99_999_999), "a-stage-of-16-ch")
    assert len(subject) <= 100
    assert subject.isascii()
    assert "Until 2026-12-01 00:00 UTC, agents report every 90 seconds and send history every 10 minutes.\n" in text
