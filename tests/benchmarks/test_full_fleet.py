"""The benchmark of the scheduled functions: a rollup that runs out of time continues in its next run."""

from benchmarks import full_fleet
from chalicelib.fleet.rollup import SLICE


def test_a_rollup_without_time_for_more_than_a_slice_continues_in_the_next_run(aws_credentials: None) -> None:
    rows = list(full_fleet.rows(servers=SLICE + 1, seconds=0.1))
    figures = {row.what.strip(): row.figure for row in rows}
    assert [figures[f"slices that run {run} finished"] for run in (1, 2)] == [1, 1]
    assert "slices that run 3 finished" not in figures
    assert figures["servers whose half day is stored"] == SLICE + 1
    assert figures["servers whose day counts as available"] == SLICE + 1
    assert [row.what for row in rows if row.verdict == "NOT HELD"] == []
