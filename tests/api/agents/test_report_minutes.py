"""Minutes of servers in reports: which are taken, and what is kept of them."""

from typing import Any

import pytest

from chalicelib.fleet import limits
from chalicelib.fleet.history import COLUMNS, Minute, minute
from chalicelib.storage.series import figure_cells, recent
from tests.support.dashboard import NOW, Dashboard

THIS_MINUTE = int(NOW) // 60 * 60
DAY = 24 * 3600
DOCUMENTED = {
    "at": THIS_MINUTE - 60,
    "samples": 60,
    "CPU": 17.3,
    "CPUMax": 55.0,
    "MemUsed": 3_297_123_456,
    "SwapUsed": 0,
    "DiskUsed": 21_474_836_480,
    "NetIn": 648_360,
    "NetOut": 318_180,
    "NetInSpeedMax": 98_000,
    "NetOutSpeedMax": 20_100,
    "Load1": 5.23,
    "TcpConnCount": 195,
    "UdpConnCount": 70,
    "ProcessCount": 437,
    "Temperature": 61.5,
    "GPU": 12.0,
}
KEPT = (
    *("60", "17.3", "55", "3297000000", "0", "21470000000", "648360", "318180", "98000", "20100", "5.23"),
    *("195", "70", "437", "61.5", "12"),
)


@pytest.fixture
def secret(dashboard: Dashboard) -> str:
    return dashboard.server("web-1")[1]


def kept(dashboard: Dashboard) -> dict[int, Minute]:
    cells = recent.read(dashboard.store.database, 1, 0, consistent=True).figures
    return {at: one for cell in cells for at, one in figure_cells.minutes_of(cell).items()}


def send(dashboard: Dashboard, secret: str, *minutes: Any) -> dict[str, Any]:
    outcome: dict[str, Any]
    (outcome,) = dashboard.report({"minutes": list(minutes)}, credential=secret)
    return outcome


def test_a_minute_is_kept_with_all_its_figures(dashboard: Dashboard, secret: str) -> None:
    assert send(dashboard, secret, DOCUMENTED) == {"server_id": 1}
    assert kept(dashboard) == {THIS_MINUTE - 60: Minute(THIS_MINUTE - 60, KEPT)}


def test_what_is_absent_or_null_was_not_measured(dashboard: Dashboard, secret: str) -> None:
    at = THIS_MINUTE - 60
    assert send(dashboard, secret, {"at": at + 59.9, "samples": 3, "CPU": None, "GPU": 0}) == {"server_id": 1}
    assert kept(dashboard) == {at: minute(at, {"samples": 3, "GPU": 0})}


def test_minutes_too_old_or_in_the_future_are_refused_and_the_others_kept(dashboard: Dashboard, secret: str) -> None:
    late = DAY + 1800
    ats = [NOW + 60, NOW + 61, NOW - late, NOW - late - 1, 0, THIS_MINUTE]
    outcome = send(dashboard, secret, *({"at": at, "samples": 60} for at in ats), {"at": THIS_MINUTE, "samples": 0})
    assert outcome.keys() == {"server_id", "refused_minutes"}
    for refused in outcome["refused_minutes"]:
        assert refused.keys() == {"at", "error", "message"}
        assert refused["message"]
    assert [(refused["at"] - int(NOW), refused["error"]) for refused in outcome["refused_minutes"]] == [
        (61, "in_the_future"),
        (-late - 1, "too_old"),
        (-int(NOW), "too_old"),
        (THIS_MINUTE - int(NOW), "bad_counts"),
    ]
    assert list(kept(dashboard)) == [int(at) // 60 * 60 for at in (NOW - late, THIS_MINUTE, NOW + 60)]


def test_impossible_figures_are_cut(dashboard: Dashboard, secret: str) -> None:
    impossible = {column.name: -1e300 for column in COLUMNS} | {"CPU": 1e300, "NetIn": 10**400, "NetOut": 2**65}
    assert send(dashboard, secret, {**impossible, "at": THIS_MINUTE, "samples": 1e9}) == {"server_id": 1}
    expected = {column.name: max(column.least, 0) for column in COLUMNS}
    expected |= {"samples": limits.SAMPLES_A_MINUTE, "CPU": 100, "NetOut": limits.UINT64, "Temperature": -273}
    assert kept(dashboard) == {THIS_MINUTE: minute(THIS_MINUTE, expected)}


@pytest.mark.parametrize("field", ["at", *(column.name for column in COLUMNS)])
def test_what_is_no_number_is_refused_by_name(dashboard: Dashboard, secret: str, field: str) -> None:
    good = {"at": THIS_MINUTE, "samples": 60}
    wrong: tuple[Any, ...] = ("1", True, [], {})
    for bad in wrong:
        outcome = send(dashboard, secret, good, {**good, field: bad})
        assert (outcome["error"], outcome["retry"]) == ("bad_report", False)
        assert f'"{field}"' in outcome["message"]
    assert kept(dashboard) == {}


@pytest.mark.parametrize("missing", ["at", "samples"])
def test_time_and_samples_are_needed(dashboard: Dashboard, secret: str, missing: str) -> None:
    for entry in ({"at": THIS_MINUTE, "samples": 60, missing: None}, {}):
        outcome = send(dashboard, secret, entry)
        assert (outcome["error"], '"samples"' in outcome["message"]) == ("bad_report", True)


def test_a_day_of_minutes_is_taken_and_one_more_is_refused(dashboard: Dashboard, secret: str) -> None:
    day = [{"at": THIS_MINUTE - ago * 60, "samples": 60, "CPU": ago % 100} for ago in range(1, 1441)]
    assert send(dashboard, secret, *day, day[0])["error"] == "bad_report"
    outcomes = (send(dashboard, secret, *day) for _ in range(10))  # again if not all could be written in time
    assert next(outcome for outcome in outcomes if not outcome.get("retry")) == {"server_id": 1}
    assert kept(dashboard) == {one["at"]: minute(one["at"], {"samples": 60, "CPU": one["CPU"]}) for one in day}


def test_a_minute_from_more_samples_replaces_one_from_fewer_whatever_their_order(
    dashboard: Dashboard, secret: str
) -> None:
    few, many = ({"at": THIS_MINUTE, "samples": samples, "CPU": samples} for samples in (20, 60))
    for sent in (few, many, few, {**many, "CPU": 1}):
        assert send(dashboard, secret, sent) == {"server_id": 1}
    assert kept(dashboard) == {THIS_MINUTE: minute(THIS_MINUTE, {"samples": 60, "CPU": 60})}


def test_minutes_are_the_sender_s_own(dashboard: Dashboard, secret: str) -> None:
    other = dashboard.server("web-2")[1]
    assert send(dashboard, other, DOCUMENTED) == {"server_id": 2}
    assert kept(dashboard) == {}
