"""`deploy`: a stage from nothing, or to this version; a second run changes only what differs."""

import argparse
import hashlib
import json
import re
import secrets
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from infra import template
from infra.account import Account
from infra.cloudformation import Parameters, Stacks
from infra.package import Package, build
from infra.stage import ACCESS_LOGS, DeployError, Stage


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--email", metavar="ADDRESS", type=_address, help="where alarms are sent; AWS asks it for consent"
    )
    parser.add_argument(
        "--budget", metavar="DOLLARS", type=_dollars, help="a mail when the account costs more in a month; 0 for none"
    )
    parser.add_argument("--edge", choices=("yes", "no"), help="CloudFront in front; without it no cookie counts in v0")
    parser.add_argument("--domain", metavar="NAME", help="a domain of one's own, with --certificate")
    parser.add_argument("--certificate", metavar="ARN", help="of the domain, from ACM in us-east-1")
    parser.add_argument("--new-edge-secret", action="store_true", help="when what the edge proves itself by was seen")
    parser.add_argument("--hosted-zone", metavar="ID", help="of the domain in Route 53, to point it to the dashboard")


def _address(text: str) -> str:
    if not re.fullmatch(r"[^@\s]+@[^@\s]+", text):
        raise argparse.ArgumentTypeError(f"{text!r} is no e-mail address")
    return text


def _dollars(text: str) -> str:
    if not re.fullmatch(r"\d{1,9}(\.\d{1,2})?", text):
        raise argparse.ArgumentTypeError(f"{text!r} is no amount of US dollars, for example 10")
    return text if float(text) else "0"


def deploy(account: Account, stage: Stage, options: argparse.Namespace) -> None:
    """Raises DeployError."""
    stacks = Stacks(account.client("cloudformation"))
    known = stacks.parameters(stage.application)
    told = _parameters(stage, options, known)
    _refuse_what_lacks_its_other_half({**known, **told})
    has_data = stacks.outputs(stage.data) is not None
    if not has_data:
        _refuse_tables_of_others(account, stage)
    sys.stderr.write("building the package\n")
    package = build(stage, account.region)
    _let_gateway_log(account, stacks)
    data = _deploy_data(stacks, stage, is_first=not has_data)
    url = _upload(account, data["Packages"], package)
    outputs = stacks.deploy(stage.application, {"TemplateURL": url}, told)
    _say_what_next(stage, outputs)


def _parameters(stage: Stage, options: argparse.Namespace, known: Parameters) -> Parameters:
    """Those that were told now; CloudFormation keeps the others. What the edge proves itself by is made up once.

    known: the stack's. One that an older version made may lack some.
    """
    told = {
        "AlarmEmail": options.email,
        "MonthlyBudget": options.budget,
        "Edge": options.edge,
        "EdgeSecret": secrets.token_hex(32) if options.new_edge_secret or "EdgeSecret" not in known else None,
        "DomainName": options.domain,
        "Certificate": options.certificate,
        "HostedZone": options.hosted_zone,
    }
    return {"Stage": stage.name, **{name: value for name, value in told.items() if value is not None}}


def _refuse_what_lacks_its_other_half(parameters: Parameters) -> None:
    """As the templates' rules do, which speak only when all else has been made. Raises DeployError."""
    if parameters.get("MonthlyBudget", "0") != "0" and not parameters.get("AlarmEmail"):
        raise DeployError("a budget needs an e-mail address to write to: say --email ADDRESS, too")
    if parameters.get("DomainName") and not parameters.get("Certificate"):
        raise DeployError("a domain needs a certificate: say --certificate ARN, too")


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


def _deploy_data(stacks: Stacks, stage: Stage, *, is_first: bool) -> Mapping[str, str]:
    """The data stack's outputs. Its tables are protected once all are there: else a failure would leave some behind."""
    body = {"TemplateBody": template.DATA.read_text()}
    if is_first:
        stacks.deploy(stage.data, body, {"Stage": stage.name, "Protection": "off"})
    return stacks.deploy(stage.data, body, {"Stage": stage.name, "Protection": "on"})


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
