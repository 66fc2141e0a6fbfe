"""The budgets of writing and reading history are held, by requests through the Lambda handler."""

from benchmarks import history


def test_every_budget_that_is_counted_is_held(dynamodb_in_process: None) -> None:
    rows = list(history.counted())
    assert len(rows) > 7
    budgeted = [row for row in rows if row.verdict]
    assert [f"{row.what}: {row.figure}" for row in budgeted if row.verdict not in ("held", "reached")] == []
