"""The budgets of rolling up, and of reading tiers, are held."""

from benchmarks import rollup


def test_every_budget_that_is_counted_is_held(dynamodb_in_process: None) -> None:
    rows = list(rollup.counted())
    budgeted = [row for row in rows if row.verdict]
    assert len(budgeted) == 1 + 2 * 2 * len(rollup.RANGES)
    assert [f"{row.what}: {row.figure}" for row in budgeted if row.verdict not in ("held", "reached")] == []
