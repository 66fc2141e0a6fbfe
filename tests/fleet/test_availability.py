"""Availability of today, as the watch counts it minute by minute."""

from collections.abc import Iterable, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.fleet.availability import MINUTE, MINUTES_A_DAY, Day, DayCount, Sighting, day_of, shown_days, watched
from chalicelib.fleet.states import NEVER

MIDNIGHT = 20_000 * MINUTES_A_DAY * MINUTE
NOON = MIDNIGHT + MINUTES_A_DAY * MINUTE // 2
TODAY = day_of(NOON)

Reports = Mapping[int, Iterable[float]]
"""When each server reported, Unix seconds ascending."""


def watch(
    reports: Reports, runs: Iterable[float], interval: float = 60, days: dict[int, Day] | None = None
) -> dict[int, Day]:
    """The days after the watch ran at these times, each run with what is stored of the one before."""
    stored = dict(days or {})
    for now in runs:
        last = {id_: [at for at in times if at <= now] for id_, times in reports.items()}
        sightings = {id_: Sighting(int(times[-1]), interval) for id_, times in last.items() if times}
        stored |= watched({day: one for day, one in stored.items() if day_of(now) - day < 2}, sightings, now)
    return stored


def every(seconds: float, since: float, until: float) -> list[float]:
    count = int((until - since) / seconds)
    return [since + seconds * number for number in range(count)]


def share(days: Mapping[int, Day], day: int = TODAY, server: int = 1) -> float | None:
    return days[day].servers[server].share


@pytest.mark.parametrize("interval", [3, 10, 30, 60, 60.3, 90, 180, 300])
def test_a_server_that_reports_all_the_time_was_there_every_minute(interval: float) -> None:
    reports = {1: every(interval, NOON, NOON + 7200)}
    days = watch(reports, every(60, NOON + 31, NOON + 7200), interval)
    assert share(days) == 1
    assert days[TODAY].servers[1].up >= 110


def test_a_server_that_never_reported_is_not_counted() -> None:
    days = watched({}, {1: Sighting(NEVER, 60)}, NOON)
    assert days == {TODAY: Day(NOON // MINUTE, {}, {})}


def test_a_new_server_counts_from_its_first_report() -> None:
    days = watch(
        {1: every(60, NOON, NOON + 3600), 2: every(60, NOON + 1800, NOON + 3600)}, every(60, NOON, NOON + 3600)
    )
    assert share(days, server=2) == 1
    assert days[TODAY].servers[2].since == NOON // MINUTE + 30


def test_minutes_without_a_report_count_once_the_server_is_offline() -> None:
    reports = {1: every(60, NOON, NOON + 3600)}
    runs = every(60, NOON + 5, NOON + 7200)
    waiting = watch(reports, runs[:62])
    assert share(waiting) == 1  # its next report may still come
    over = watch(reports, runs)
    counted = over[TODAY].servers[1]
    assert (counted.up, counted.until - counted.since) == (60, 118)
    assert counted.share == 0.5084


def test_an_outage_is_counted_and_the_time_after_it_is_not() -> None:
    reports = {1: [*every(60, NOON, NOON + 1800), *every(60, NOON + 2400, NOON + 6000)]}
    counted = watch(reports, every(60, NOON + 5, NOON + 6000))[TODAY].servers[1]
    assert counted.until - counted.since - counted.up == 10


def test_a_run_that_comes_twice_in_a_minute_changes_nothing_more() -> None:
    reports = {1: every(10, NOON, NOON + 600)}
    runs = every(60, NOON + 30, NOON + 600)
    twice = sorted([*runs, *(now + 20 for now in runs)])
    assert watch(reports, twice)[TODAY].servers == watch(reports, runs)[TODAY].servers


def test_a_missed_run_costs_a_server_that_reports_no_minute() -> None:
    runs = [now for now in every(60, NOON + 30, NOON + 7200) if not NOON + 1000 < now < NOON + 5000]
    reports = {1: every(10, NOON, NOON + 7200), 2: every(10, NOON, NOON + 900)}
    days = watch(reports, runs, 10)
    assert share(days) == 1
    assert days[TODAY].servers[2].up == 15


def test_yesterday_is_finished_when_today_begins() -> None:
    reports = {1: every(60, NOON, NOON + 86_400), 2: every(60, NOON, NOON + 3600)}
    days = watch(reports, every(60, NOON + 31, NOON + 86_400))
    for day, minutes in ((TODAY, 720), (TODAY + 1, 720)):
        counted = days[day].servers[1]
        assert counted.share == 1
        assert minutes - 2 <= counted.up <= minutes
    gone = days[TODAY].servers[2]
    assert (gone.up, gone.until) == (60, (TODAY + 1) * MINUTES_A_DAY)
    assert days[TODAY + 1].servers[2].share == 0


def test_a_pause_over_midnight_counts_for_both_days() -> None:
    end = MIDNIGHT + 86_400
    reports = {1: every(60, end - 7200, end + 7200)}
    runs = [*every(60, end - 7190, end - 3600), *every(60, end + 3600, end + 7200)]
    days = watch(reports, runs)
    assert (share(days, TODAY), share(days, TODAY + 1)) == (1, 1)
    assert days[TODAY].servers[1].up == 120


def test_a_day_that_was_rolled_up_is_left_alone() -> None:
    rolled_up = Day(
        (TODAY + 1) * MINUTES_A_DAY, {1: DayCount(TODAY * MINUTES_A_DAY, (TODAY + 1) * MINUTES_A_DAY, 7, 0)}, {}
    )
    now = MIDNIGHT + 86_400 + 30
    assert watched({TODAY: rolled_up}, {1: Sighting(now - 5, 60)}, now).keys() == {TODAY + 1}


def test_a_server_that_was_deleted_is_in_no_new_day() -> None:
    days = watch({1: every(60, NOON, NOON + 3600), 2: every(60, NOON, NOON + 90_000)}, every(60, NOON, NOON + 3600))
    after = watched(days, {2: Sighting(int(NOON + 86_399), 60)}, NOON + 86_400)
    assert after[TODAY + 1].servers.keys() == {2}


@pytest.mark.parametrize(
    ("of", "up", "shown"), [(1440, 1440, 1), (1440, 1439, 0.9993), (20_000, 19_999, 0.9999), (0, 0, None)]
)
def test_a_share_is_1_only_without_any_missing_minute(of: int, up: int, shown: float | None) -> None:
    assert DayCount(0, of, up, 0).share == shown


def test_thirty_days_are_shown_today_last() -> None:
    days = shown_days(NOON)
    assert (len(days), days[-1]) == (30, TODAY)


gaps = st.lists(st.integers(1, 400), min_size=1, max_size=60)


@given(gaps, st.sampled_from([10, 60, 300]), st.booleans(), st.integers(0, 59))
def test_no_sum_ever_goes_wrong(seconds: list[int], interval: int, over_midnight: bool, phase: int) -> None:
    """Whatever a server does: minutes with data are some of those that count, and all are of that day."""
    begin = MIDNIGHT + 86_400 - 3600 if over_midnight else NOON
    times = [begin + sum(seconds[: place + 1]) for place in range(len(seconds))]
    days = watch({1: times}, every(60, begin + phase, times[-1] + 1800), interval)
    for day, stored in days.items():
        for one in stored.servers.values():
            assert day * MINUTES_A_DAY <= one.since <= one.until <= (day + 1) * MINUTES_A_DAY
            assert 0 <= one.up <= one.until - one.since
