"""How the tables are billed: by request, or provisioned within DynamoDB's always-free tier."""

import sys
from collections.abc import Iterator, Mapping
from typing import Any

from infra import template
from infra.cloudformation import Parameters
from infra.stage import DeployError

ON_DEMAND, FREE = "on-demand", "free"

TABLE = "AWS::DynamoDB::Table"


def refuse_a_key_in_kms(told: str | None, encryption: str | None, data: Parameters) -> None:
    """Raises DeployError for a key that would cost more than everything else in a free stage.

    told, encryption: the options, None if they were not given. data: the current parameters of the data stack.
    """
    if capacity_of(told, data) == FREE and (encryption or data.get("Encryption")) == "aws-managed":
        raise DeployError("--capacity free needs keys that AWS owns, which cost nothing; add --encryption aws-owned")


def announced(told: str | None, data: Parameters) -> str:
    """Returns the tables' future capacity, and prints what will change. told, data: as in refuse_a_key_in_kms."""
    capacity, before = capacity_of(told, data), capacity_of(None, data)
    if capacity == FREE:
        read, written = units()
        _say(
            f"capacity: free; the tables together allow {read} read and {written} write units a second, which are "
            "always free, once per account and region; more is throttled"
        )
    if capacity == FREE != before and data:
        _say(
            "warning: this ends point-in-time recovery of states and series and deletes their recovery data; take "
            "backups with python -m ops backup"
        )
    if capacity == ON_DEMAND != before:
        _say(
            "capacity: on-demand; each read and write is billed, and point-in-time recovery of states and series "
            "restarts; AWS allows four changes back to on-demand in 24 hours"
        )
    return capacity


def capacity_of(told: str | None, data: Parameters) -> str:
    """The capacity that the tables will have. told, data: as in refuse_a_key_in_kms."""
    return told or data.get("Capacity", ON_DEMAND)


def capacity_found(descriptions: Mapping[str, Mapping[str, Any]]) -> str:
    """The capacity of the described tables: tables that a stack adopts stay as they are."""
    modes = {one.get("BillingModeSummary", {}).get("BillingMode", "PROVISIONED") for one in descriptions.values()}
    return FREE if modes == {"PROVISIONED"} else ON_DEMAND


def units() -> tuple[int, int]:
    """Read and write units of all tables together."""
    provisioned = list(_provisioned())
    return sum(one["ReadCapacityUnits"] for one in provisioned), sum(one["WriteCapacityUnits"] for one in provisioned)


def _provisioned() -> Iterator[Mapping[str, int]]:
    for resource in template.read(template.DATA)["Resources"].values():
        if resource["Type"] == TABLE:
            yield resource["Properties"]["ProvisionedThroughput"]["Fn::If"][1]


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")
