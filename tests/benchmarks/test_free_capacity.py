"""A fleet of 1,000 servers behind relays stays within the always-free tier in every second: simulated in time."""

from collections import Counter
from collections.abc import Iterator, Sequence

import pytest

from agent.core.client import Report
from benchmarks import capacity, sample_data
from benchmarks.free_capacity import ITEM, SERVERS, ReportUnits, fleet, written


class ByRule:
    """A unit for each block of eight neighbours, and for each item of a server's ten minutes."""

    def of(self, reports: Sequence[Report]) -> Counter[str]:
        blocks = {int(report["secret"]) // 8 for report in reports if "state" in report}
        cells = [{one["at"] // ITEM for one in report["minutes"]} for report in reports if "minutes" in report]
        return Counter(states=len(blocks), series=sum(map(len, cells)))


@pytest.mark.parametrize("relays", [1, 5])
def test_no_second_writes_more_than_all_tables_have(relays: int) -> None:
    taken = fleet(ByRule(), relays, seconds=300)
    assert max(taken.seconds().values()) <= 25
    # A whole cell of each server, and five of its states.
    assert sum(taken.units["series"].values()) == SERVERS
    assert 5 * SERVERS / 8 <= sum(taken.units["states"].values()) <= 5 * SERVERS / 7
    for table in ("series", "states"):
        assert sum(taken.units[table].values()) / taken.lasted <= written(table)
        assert max(taken.units[table].values()) <= 20
    if relays == 1:
        assert taken.requests / taken.lasted * 30 * 24 * 3600 < 950_000


@pytest.fixture
def small_fleet(dynamodb_in_process: None) -> Iterator[ReportUnits]:
    with sample_data.dynamodb() as url:
        yield ReportUnits(capacity.filled(url, 17, capacity.MONITORS))


def test_that_rule_is_what_the_code_consumes(small_fleet: ReportUnits) -> None:
    states: list[Report] = [{"secret": str(one), "state": {}} for one in range(5, 18)]
    first = [{"at": capacity.NOW // ITEM * ITEM + minute * 60} for minute in range(5)]
    both = [{"at": capacity.NOW // ITEM * ITEM + minute * 60} for minute in range(10)]
    cells: list[Report] = [{"secret": "1", "minutes": first}, {"secret": "2", "minutes": both}]
    for reports in (states, cells, [*states, *cells]):
        assert small_fleet.of(reports) == ByRule().of(reports)
