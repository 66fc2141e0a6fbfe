"""Adopts tables whose stack is gone into a new stack, without changing them."""

import json
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from infra import template
from infra.account import Account
from infra.capacity import TABLE, capacity_found
from infra.cloudformation import Stacks
from infra.stage import DeployError, Stage


def adopt_tables(account: Account, stacks: Stacks, stage: Stage, *, allowed: bool) -> bool:
    """Creates the missing data stack from the tables that exist. Returns whether there are any.

    Raises DeployError if that is not allowed, or if a table's keys differ from ours.
    """
    data = template.read(template.DATA)
    tables = {name: one for name, one in data["Resources"].items() if one["Type"] == TABLE}
    found = {
        name: description
        for name, table in tables.items()
        if (description := _described(account.client("dynamodb"), _table_name(table, stage)))
    }
    if not found:
        return False
    names = ", ".join(description["TableName"] for description in found.values())
    if not allowed:
        raise DeployError(
            f"tables of a stage {stage.name} exist, but not the stack {stage.data}: {names}. To go on with their data, "
            "add --adopt-tables; otherwise use another stage name"
        )
    for name, description in found.items():
        _refuse_other_keys(tables[name]["Properties"], description)
    # An import can neither create resources nor declare outputs. The ordinary deployment, which follows, does both.
    body = {**data, "Resources": {name: tables[name] for name in found}}
    del body["Outputs"]
    stacks.adopt(
        stage.data,
        {"TemplateBody": json.dumps(body)},
        {"Stage": stage.name, "Capacity": capacity_found(found)},
        [
            {
                "ResourceType": TABLE,
                "LogicalResourceId": name,
                "ResourceIdentifier": {"TableName": description["TableName"]},
            }
            for name, description in found.items()
        ],
    )
    return True


def _table_name(table: Mapping[str, Any], stage: Stage) -> str:
    name: str = table["Properties"]["TableName"]["Fn::Sub"]
    return name.replace("${Stage}", stage.name)


def _described(dynamodb: Any, table: str) -> Mapping[str, Any] | None:
    try:
        found: Mapping[str, Any] = dynamodb.describe_table(TableName=table)["Table"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceNotFoundException":
            raise
        return None
    return found


def _refuse_other_keys(ours: Mapping[str, Any], found: Mapping[str, Any]) -> None:
    def keys(table: Mapping[str, Any]) -> list[tuple[str, str, str]]:
        types = {one["AttributeName"]: one["AttributeType"] for one in table["AttributeDefinitions"]}
        return [(one["KeyType"], one["AttributeName"], types[one["AttributeName"]]) for one in table["KeySchema"]]

    if keys(ours) != keys(found):
        raise DeployError(
            f"the table {found['TableName']} has keys that differ from this version's; use another stage name, "
            "and bring the data over with python -m ops backup and restore of the version that made the table"
        )
