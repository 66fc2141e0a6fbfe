"""The budgets of sparklines and availability are held."""

from benchmarks import fleet


def test_every_budget_is_held(dynamodb_in_process: None) -> None:
    budgeted = [row for row in fleet.rows() if row.verdict]
    assert len(budgeted) == 1 + 2 * 2
    assert [f"{row.what}: {row.figure}" for row in budgeted if row.verdict not in ("held", "reached")] == []
