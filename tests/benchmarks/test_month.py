"""The costs in the documents follow from the counted units and the list prices."""

import re
from pathlib import Path
from typing import Any

import pytest

from agent.relay.flusher import SERVERS_A_FLUSH
from benchmarks import capacity, cost, free_month, month, month_tables, sample_data
from benchmarks.__main__ import SECTIONS
from benchmarks.capacity import MONITORS, NOW
from benchmarks.item_size import item_size
from benchmarks.month import total
from benchmarks.relay.upstream import dollars_a_month
from benchmarks.table import print_sections
from chalicelib.config import Config
from chalicelib.fleet import prices
from chalicelib.fleet.settings import Settings

PROJECT = Path(__file__).parents[2]
README = (PROJECT / "README.md").read_text().replace("\n", " ")
PERFORMANCE = (PROJECT / "docs" / "performance.md").read_text()
OPERATIONS = (PROJECT / "docs" / "operations.md").read_text()
COST = (PROJECT / "docs" / "cost.md").read_text()
ITEM_OVERHEAD = 100
"""Bytes that DynamoDB bills for an item beside its own."""


@pytest.fixture(scope="module")
def counted(dynamodb_in_process: None) -> Any:
    return month.count()


@pytest.fixture(scope="module")
def of_fleets(dynamodb_in_process: None) -> cost.FleetUnits:
    return cost.count()


@pytest.fixture
def alone(counted: Any) -> Any:
    return month.total(month.machine(1, counted))


def test_the_tables_through_the_gateway_are_what_the_code_gives_now(counted: Any) -> None:
    for table in month_tables.tables(counted):
        assert table in COST, f"docs/cost.md: benchmarks.month_tables prints other figures:\n{table}"


def test_fleets_cost_what_the_page_of_performance_says(
    counted: Any, of_fleets: cost.FleetUnits, capsys: pytest.CaptureFixture[str]
) -> None:
    heading, _ = SECTIONS["month"]
    print_sections(
        [(heading, lambda: [*cost.fleets(of_fleets), *free_month.rows(), *month.fleets(counted)])], markdown=True
    )
    assert capsys.readouterr().out in PERFORMANCE


def test_the_tables_of_fleets_are_what_the_code_gives_now(of_fleets: cost.FleetUnits) -> None:
    for table in cost.tables(of_fleets):
        assert table in COST, f"docs/cost.md: benchmarks.cost prints other figures:\n{table}"
    ten, hundred = (total(cost.fleet(n, of_fleets, relayed=relayed)) for n, relayed in ((10, False), (100, True)))
    assert f"**${ten:.2f}** a month" in COST
    assert f"directly cost about ${ten:.2f} a month" in README
    assert f"A hundred behind a relay cost ${hundred:.2f}." in COST
    assert f"A hundred machines behind a relay cost about ${hundred:.2f}," in README
    assert f"{cost.watched_hour(10, of_fleets, relayed=False):.2f}" == "0.01"


def test_the_table_of_what_is_always_free_is_what_the_code_gives_now() -> None:
    assert free_month.table() in COST, (
        f"docs/cost.md: benchmarks.free_month prints other figures:\n{free_month.table()}"
    )
    for row in free_month.rows():
        assert row.must == 0.01
        assert row.figure <= row.must, row.what
    assert f"| alarms | {free_month.alarms()} instead of {cost.alarms()}:" in OPERATIONS
    for servers, left in ((1000, "45,000"), (20, "88,000")):
        runs = next(line for line in free_month.month(servers, relayed=servers > 20).lines if line.part.name == "runs")
        assert f"{(runs.free - runs.amount.by_end) // 1000 * 1000:,.0f}" == left
        assert left in COST


def test_every_budget_in_dollars_is_held(of_fleets: cost.FleetUnits) -> None:
    for row in cost.fleets(of_fleets):
        assert row.must is not None
        assert row.figure <= row.must, row.what


def test_what_fleets_are_counted_with_is_what_ships() -> None:
    assert Settings().live_interval == cost.LIVE_SECONDS
    assert Config("any", "any").flush == cost.FLUSH_SECONDS
    assert cost.RELAYED_A_FLUSH == SERVERS_A_FLUSH
    assert f"Storage is estimated: {cost.STORED_MB} MB a server" in COST
    assert f"{cost.alarms()} alarms with `--email`" in COST


def test_what_operations_says_beside_its_tables(alone: Any) -> None:
    assert f"A report every 60 s costs a sixth: ${alone / 6:.2f}." in COST
    single = month.REPORTS_A_MONTH * 0.5 * prices.READ_UNIT
    assert f"half a read unit with each report, ${single:.3f}." in COST
    within = re.search(r"all do:\s(\w+)\sservers that report every 10 s then stay within it", OPERATIONS)
    assert within
    assert within[1] == {7: "seven", 8: "eight"}[2_000_000 // month.REPORTS_A_MONTH]


def test_what_the_readme_says_of_reading(counted: Any) -> None:
    reading = {row.what: row.figure for row in month.fleets(counted)}["a program that reads 1,000 servers every 5 s"]
    assert f"the details of 1,000 servers every 5 s costs ${reading:.2f}." in README


@pytest.mark.parametrize(
    ("page", "pattern"),
    [
        ("relay.md", r"^\| (\d+) s \| ([\d.]+) \| ([\d.]+) \|$"),
        (
            "performance.md",
            r"agent-hour, a state every (\d+) s +\| ([\d.]+) .*\n\| +dollars a server-month[^|]+\| ([\d.]+) ",
        ),
    ],
    ids=["relay", "performance"],
)
def test_a_server_behind_a_relay_costs_what_its_requests_make(page: str, pattern: str) -> None:
    shown = re.findall(pattern, (PROJECT / "docs" / page).read_text(), re.M)
    assert [int(cadence) for cadence, _, _ in shown] == [10, 30, 60]
    for cadence, requests, dollars in shown:
        rounded = 0.5 * 10.0 ** -places(requests)
        least, most = (dollars_a_month(int(cadence), float(requests) + by) for by in (-rounded, rounded))
        assert round(least, places(dollars)) <= float(dollars) <= round(most, places(dollars)), cadence


def places(figure: Any) -> int:
    return len(figure.partition(".")[2])


def test_alarms_and_metrics_are_those_of_the_template() -> None:
    assert cost.alarms() == month_tables.ALARMS
    template = (PROJECT / "infra" / "application" / "alarms.yaml").read_text()
    assert template.count("Type: AWS::Logs::MetricFilter") == month_tables.METRICS


def test_a_machine_with_a_week_of_points_takes_what_is_counted_for_it_at_most(dynamodb_in_process: None) -> None:
    with sample_data.dynamodb() as url:
        store = sample_data.new_store(url)
        sample_data.fill(store, servers=1, monitors=MONITORS, now=NOW)
        sizes = [item_size(item) + ITEM_OVERHEAD for name, item in store.dump.items()]
    assert 7 * sum(sizes) < month_tables.MACHINE_MB * prices.MILLION


@pytest.mark.parametrize(("machines", "least", "most"), [(1, 0.5, 0.5), (10, 0, month.HEAD_UNITS)])
def test_what_is_looked_up_for_reports_that_come_one_by_one(
    dynamodb_in_process: None, machines: int, least: float, most: Any
) -> None:
    turns = 30
    with sample_data.dynamodb() as url:
        dashboard = capacity.filled(url, machines)
        read = capacity.report_read(dashboard, agents=machines, seconds=turns * month.REPORT_SECONDS, turns=turns)
    assert least <= read <= most
