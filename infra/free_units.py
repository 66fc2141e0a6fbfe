"""Checks whether the always-free units are still available to a stage: AWS grants them once per account and region."""

import re
import sys
from collections.abc import Iterator
from typing import Any, NamedTuple

from chalicelib.fleet.bill import FREE_CAPACITY
from chalicelib.fleet.prices import READ_CAPACITY_HOUR, WRITE_CAPACITY_HOUR
from infra.account import Account, unless_denied
from infra.capacity import FREE, ON_DEMAND, capacity_found, capacity_of, units
from infra.cloudformation import Parameters
from infra.stage import TABLES, DeployError, Stage

HOURS_A_MONTH = 720


class ProvisionedUnits(NamedTuple):
    """read, written: provisioned units a second."""

    read: int
    written: int


def look_for_free_units(account: Account, stage: Stage, told: str | None, data: Parameters) -> None:
    """Raises DeployError if the stage is about to get free capacity while another stage has it. Prints a warning if
    other tables use up the units, or if both stages have it already: they keep working, at a cost.

    told: the option --capacity, None if it was not given. data: the current parameters of the data stack.
    """
    if capacity_of(told, data) != FREE:
        return
    others = dict(_provisioned(account, stage))
    dollars = _dollars(ProvisionedUnits(*units()), *others.values())
    if not dollars:
        return
    stages = sorted(
        {found[1] for table in others if (found := re.fullmatch(rf"nezha-(.+)-({'|'.join(TABLES)})", table))}
    )
    users = f"stage {', '.join(stages)}" if stages else f"table {', '.join(sorted(others))}"
    said = (
        f"{FREE_CAPACITY:.0f} read and {FREE_CAPACITY:.0f} write units are free once for an account and region, and "
        f"some are in use by {users}; with --capacity free, {stage.name} would cost about ${dollars:.2f} a month"
    )
    if stages and capacity_of(None, data) != FREE:
        raise DeployError(
            f"{said}; deploy it with --capacity on-demand, or into another region, or first give the units back: "
            f'make deploy STAGE={stages[0]} ARGS="--capacity on-demand"'
        )
    sys.stderr.write(f"warning: {said}\n")


def _provisioned(account: Account, stage: Stage) -> Iterator[tuple[str, ProvisionedUnits]]:
    """The region's other tables with their units, except tables that the caller may not see."""
    client = account.client("dynamodb")
    pages = client.get_paginator("list_tables").paginate()
    names = unless_denied(lambda: [name for page in pages for name in page["TableNames"]])
    for name in names or ():
        if name not in stage.tables and any(found := _units(client, name)):
            yield name, found


def _units(client: Any, name: str) -> ProvisionedUnits:
    """The units of a table and its indexes; 0 if it is billed by request, was just deleted, or may not be seen."""
    found = unless_denied(client.describe_table, TableName=name)
    if not found or capacity_found({name: found["Table"]}) == ON_DEMAND:
        return ProvisionedUnits(0, 0)
    table = found["Table"]
    parts = [one["ProvisionedThroughput"] for one in (table, *table.get("GlobalSecondaryIndexes", ()))]
    return ProvisionedUnits(
        sum(one.get("ReadCapacityUnits", 0) for one in parts), sum(one.get("WriteCapacityUnits", 0) for one in parts)
    )


def _dollars(*all_units: ProvisionedUnits) -> float:
    """What the units beyond the always-free ones cost in a month."""
    read = max(0.0, sum(one.read for one in all_units) - FREE_CAPACITY)
    written = max(0.0, sum(one.written for one in all_units) - FREE_CAPACITY)
    return HOURS_A_MONTH * (read * READ_CAPACITY_HOUR + written * WRITE_CAPACITY_HOUR)
