"""How tables are billed: what is rejected, what is printed, and what a stage remembers."""

import pytest

from infra.capacity import announced, capacity_found, refuse_a_key_in_kms
from infra.stage import DeployError

PROVISIONED = {"BillingModeSummary": {"BillingMode": "PROVISIONED"}}
ON_DEMAND = {"BillingModeSummary": {"BillingMode": "PAY_PER_REQUEST"}}


@pytest.mark.parametrize(
    ("told", "encryption", "data"),
    [
        ("free", "aws-managed", {}),
        ("free", None, {"Encryption": "aws-managed"}),
        (None, "aws-managed", {"Capacity": "free"}),
    ],
)
def test_a_free_stage_has_no_key_in_kms(told: str | None, encryption: str | None, data: dict[str, str]) -> None:
    with pytest.raises(DeployError, match=r"^--capacity free needs .*; add --encryption aws-owned$"):
        refuse_a_key_in_kms(told, encryption, data)


@pytest.mark.parametrize(
    ("told", "encryption", "data"),
    [
        ("free", "aws-owned", {"Encryption": "aws-managed"}),
        ("free", None, {}),
        ("on-demand", "aws-managed", {"Capacity": "free"}),
        (None, None, {"Encryption": "aws-managed"}),
    ],
)
def test_any_other_key_is_fine(told: str | None, encryption: str | None, data: dict[str, str]) -> None:
    refuse_a_key_in_kms(told, encryption, data)


@pytest.mark.parametrize(
    ("told", "data", "capacity", "said"),
    [
        (None, {}, "on-demand", []),
        (None, {"Stage": "prod"}, "on-demand", []),  # of a version without the option
        ("on-demand", {"Capacity": "on-demand"}, "on-demand", []),
        ("free", {}, "free", ["capacity: free"]),
        ("free", {"Capacity": "on-demand"}, "free", ["capacity: free", "warning: this ends point-in-time recovery"]),
        (None, {"Capacity": "free"}, "free", ["capacity: free"]),
        ("on-demand", {"Capacity": "free"}, "on-demand", ["capacity: on-demand"]),
    ],
)
def test_a_stage_remembers_its_capacity_and_says_what_changes(
    capsys: pytest.CaptureFixture[str], told: str | None, data: dict[str, str], capacity: str, said: list[str]
) -> None:
    assert announced(told, data) == capacity
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == len(said)
    assert all(line.startswith(beginning) for line, beginning in zip(lines, said, strict=True))


def test_tables_that_a_stack_takes_over_stay_as_they_are() -> None:
    assert capacity_found({"Servers": PROVISIONED, "States": PROVISIONED}) == "free"
    assert capacity_found({"Servers": ON_DEMAND, "States": ON_DEMAND}) == "on-demand"
    # A failed switch can leave tables that are billed in both ways. The next deployment makes them uniform.
    assert capacity_found({"Servers": ON_DEMAND, "States": PROVISIONED}) == "on-demand"
