"""`deploy`: a stage from nothing, or to this version; a second run changes only what differs."""

import argparse
import hashlib
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from infra import template
from infra.account import Account
from infra.cloudformation import Stacks
from infra.options import parameters
from infra.package import Package, build
from infra.stage import ACCESS_LOGS, DeployError, Stage


def deploy(account: Account, stage: Stage, options: argparse.Namespace) -> None:
    """Raises DeployError."""
    stacks = Stacks(account.client("cloudformation"))
    given = parameters(stage, options, stacks.parameters(stage.application))
    has_data = stacks.outputs(stage.data) is not None
    if not has_data:
        _refuse_tables_of_others(account, stage)
    sys.stderr.write("building the package\n")
    package = build(stage, account.region)
    _let_gateway_log(account, stacks)
    data = _deploy_data(stacks, stage, options.encryption, is_first=not has_data)
    url = _upload(account, data["Packages"], package)
    outputs = stacks.deploy(stage.application, {"TemplateURL": url}, given)
    _say_what_next(stage, outputs)


def _refuse_tables_of_others(account: Account, stage: Stage) -> None:
    dynamodb = account.client("dynamodb")
    for table in stage.tables:
        try:
            dynamodb.describe_table(TableName=table)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ResourceNotFoundException":
                raise
        else:
            ops = f"python -m ops --stage {stage.name}"
            raise DeployError(
                f"the table {table} exists, but not by `make deploy`: choose another stage name, "
                f"and move the data with `{ops} backup FILE` and `restore FILE`"
            )


def _let_gateway_log(account: Account, stacks: Stacks) -> None:
    if not account.client("apigateway").get_account().get("cloudwatchRoleArn"):
        stacks.deploy(ACCESS_LOGS, {"TemplateBody": template.ACCOUNT.read_text()}, {})


def _deploy_data(stacks: Stacks, stage: Stage, encryption: str | None, *, is_first: bool) -> Mapping[str, str]:
    """Returns the outputs of the data stack.

    The tables are protected once all of them exist: CloudFormation could not remove protected ones after a failure.
    """
    body = {"TemplateBody": template.DATA.read_text()}
    given = {"Stage": stage.name, **({"Encryption": encryption} if encryption else {})}
    if is_first:
        stacks.deploy(stage.data, body, {**given, "Protection": "off"})
    return stacks.deploy(stage.data, body, {**given, "Protection": "on"})


def _upload(account: Account, bucket: str, package: Package) -> str:
    """Puts the code and the template into the bucket, each under its hash; the template's URL."""
    s3 = account.client("s3")
    code = _put(s3, bucket, Path(package.code).read_bytes(), "zip")
    text = json.dumps(package.template_with(bucket, code), indent=1)
    key = _put(s3, bucket, text.encode(), "json")
    return f"{s3.meta.endpoint_url}/{bucket}/{key}"


def _put(s3: Any, bucket: str, content: bytes, suffix: str) -> str:
    key = f"{hashlib.sha256(content).hexdigest()[:32]}.{suffix}"
    s3.put_object(Bucket=bucket, Key=key, Body=content)
    return key


def _say_what_next(stage: Stage, outputs: Mapping[str, str]) -> None:
    api = outputs["EndpointURL"].rstrip("/")
    print(f"""
Nezha is deployed as {stage.name}.
  dashboard  {outputs.get("DashboardURL", api)}
  API        {api}

Set the password:       .venv/bin/python -m ops --stage {stage.name} password
Make the first token:   .venv/bin/python -m ops --stage {stage.name} token create --note first""")
    sys.stdout.flush()
