"""The budgets of capacity units and round trips are held, by requests through the Lambda handler."""

from benchmarks import capacity
from benchmarks.dashboard import one_after_the_other


def test_every_budget_is_held(dynamodb_in_process: None) -> None:
    rows = list(capacity.rows())
    assert len(rows) > 10
    assert [f"{row.what}: {row.figure}" for row in rows if row.verdict not in ("held", "reached")] == []


def test_calls_that_overlap_count_as_one_round_trip() -> None:
    assert one_after_the_other([]) == 0
    assert one_after_the_other([(0, 2), (1, 3)]) == 1
    assert one_after_the_other([(0, 1), (1, 2), (0, 2)]) == 2
    assert one_after_the_other([(0, 9), (0, 1), (2, 3), (4, 5)]) == 3
