"""`make destroy`: removes a stage's application, and its data only with --with-data and the stage's name typed."""

import argparse
import sys
from typing import Any

from botocore.exceptions import ClientError

from infra.account import Account
from infra.cloudformation import Stacks
from infra.site_url import forget_url, url_of
from infra.stage import DeployError, Stage


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--with-data", action="store_true", help="also remove the tables and everything in them")


def destroy(account: Account, stage: Stage, options: argparse.Namespace) -> None:
    """Raises DeployError when something cannot be removed."""
    stacks = Stacks(account.client("cloudformation"))
    if options.with_data:
        _ask_for(stage)
    buckets = [value for name, value in (stacks.outputs(stage.data) or {}).items() if name in ("Packages", "Files")]
    url = url_of(stacks.outputs(stage.application))
    stacks.delete(stage.budget)
    stacks.delete(stage.application)
    if not options.with_data:
        forget_url(stage, url)
        print(f"The data of {stage.name} is kept; make deploy STAGE={stage.name} uses it again.")
        return
    for bucket in buckets:
        _empty(account, bucket)
    stacks.delete(stage.data)
    dynamodb = account.client("dynamodb")
    for table in stage.tables:
        remove_table(dynamodb, table)
    print(f"Nothing of {stage.name} is left.")


def _ask_for(stage: Stage) -> None:
    sys.stderr.write(f"This removes every server, token and setting of {stage.name}. Type its name to continue: ")
    sys.stderr.flush()
    if sys.stdin.readline().strip() != stage.name:
        raise DeployError("the name does not match; nothing was removed")


def _empty(account: Account, bucket: str) -> None:
    s3 = account.client("s3")
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
        for item in page.get("Contents", []):
            s3.delete_object(Bucket=bucket, Key=item["Key"])


def remove_table(dynamodb: Any, table: str) -> None:
    """Deletes one table. This is needed because the stack keeps its tables, so that removing it by accident loses
    nothing.
    """
    try:
        if dynamodb.describe_table(TableName=table)["Table"].get("DeletionProtectionEnabled"):
            dynamodb.update_table(TableName=table, DeletionProtectionEnabled=False)
        # DynamoDB does not delete a table that is being updated.
        dynamodb.get_waiter("table_exists").wait(TableName=table, WaiterConfig=PATIENCE)
        dynamodb.delete_table(TableName=table)
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceNotFoundException":
            raise
    else:
        dynamodb.get_waiter("table_not_exists").wait(TableName=table, WaiterConfig=PATIENCE)


PATIENCE = {"Delay": 2, "MaxAttempts": 60}
"""For boto3's waiters: seconds between two looks at a table, and the maximum number of looks."""
