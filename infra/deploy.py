"""`make deploy`: creates a stage, or upgrades it to this version. A second run changes only what differs."""

import argparse
import hashlib
import json
import sys
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from infra import template
from infra.account import Account
from infra.adopt import adopt_tables
from infra.capacity import announced, refuse_a_key_in_kms
from infra.cloudformation import Stacks
from infra.free_units import look_for_free_units
from infra.options import parameters, refuse_half_of_a_pair
from infra.package import Package, build
from infra.preflight import explained, preflight
from infra.site_url import store_url, url_of
from infra.stage import ACCESS_LOGS, EDGE_POLICIES, DeployError, Stage
from infra.static_files import upload


def deploy(account: Account, stage: Stage, options: argparse.Namespace) -> None:
    """Raises DeployError when something is missing or fails; CloudFormation has then rolled back."""
    stacks = Stacks(account.client("cloudformation"))
    known = stacks.parameters(stage.application)
    given = parameters(stage, options, known)
    together = {**known, **given}
    budget = options.budget or stacks.parameters(stage.budget).get("MonthlyBudget", "0")
    refuse_half_of_a_pair(together, budget)
    known_data = stacks.parameters(stage.data)
    refuse_a_key_in_kms(options.capacity, options.encryption, known_data)
    preflight(account, stacks, stage, together, budget)
    look_for_free_units(account, stage, options.capacity, known_data)
    is_first = stacks.outputs(stage.data) is None and not adopt_tables(
        account, stacks, stage, allowed=options.adopt_tables
    )
    capacity = announced(options.capacity, stacks.parameters(stage.data))
    package = build(stage, account.region)
    _let_gateway_log(account, stacks)
    data = _deploy_data(stacks, stage, capacity, options.encryption, is_first=is_first)
    url = _upload(account, data["Packages"], package)
    upload(account.client("s3"), data["Files"])
    buckets = {"FilesBucket": data["Files"], "PackagesBucket": data["Packages"]}
    given = {**given, "Capacity": capacity, **buckets, **_edge_policies(stacks, together)}
    before = url_of(stacks.outputs(stage.application))
    try:
        outputs = stacks.deploy(stage.application, {"TemplateURL": url}, given)
    except DeployError as error:
        raise explained(error) from None
    _deploy_budget(stacks, stage, budget, together.get("AlarmEmail", ""))
    store_url(stage, url_of(outputs), before)
    _print_next_steps(stage, outputs)


def _let_gateway_log(account: Account, stacks: Stacks) -> None:
    if not account.client("apigateway").get_account().get("cloudwatchRoleArn"):
        stacks.deploy(ACCESS_LOGS, {"TemplateBody": template.ACCOUNT.read_text()}, {})


def _edge_policies(stacks: Stacks, parameters: Mapping[str, str]) -> Mapping[str, str]:
    """Returns the parameters with the policies of the edge; none without an edge."""
    if parameters.get("Edge") == "no":
        return {}
    return stacks.deploy(EDGE_POLICIES, {"TemplateBody": json.dumps(template.edge_policies())}, {})


def _deploy_data(
    stacks: Stacks, stage: Stage, capacity: str, encryption: str | None, *, is_first: bool
) -> Mapping[str, str]:
    """Returns the outputs of the data stack.

    The tables are protected once all of them exist: CloudFormation could not remove protected ones after a failure.
    """
    body = {"TemplateBody": template.DATA.read_text()}
    given = {"Stage": stage.name, "Capacity": capacity, **({"Encryption": encryption} if encryption else {})}
    if is_first:
        stacks.deploy(stage.data, body, {**given, "Protection": "off"})
    return stacks.deploy(stage.data, body, {**given, "Protection": "on"})


def _upload(account: Account, bucket: str, package: Package) -> str:
    """Puts code and template into the bucket, if it lacks them. Returns the template's URL."""
    s3 = account.client("s3")
    code, delivering = (_put(s3, bucket, path.read_bytes(), "zip") for path in (package.code, package.delivering))
    text = json.dumps(package.template_with(bucket, code, delivering), indent=1)
    key = _put(s3, bucket, text.encode(), "json")
    return f"{s3.meta.endpoint_url}/{bucket}/{key}"


def _put(s3: Any, bucket: str, content: bytes, suffix: str) -> str:
    """Returns the file's key. It contains a hash of the content, so a file that is there never changes."""
    key = f"{hashlib.sha256(content).hexdigest()[:32]}.{suffix}"
    if not s3.list_objects_v2(Bucket=bucket, Prefix=key)["KeyCount"]:
        s3.put_object(Bucket=bucket, Key=key, Body=content)
    return key


def _deploy_budget(stacks: Stacks, stage: Stage, dollars: str, email: str) -> None:
    """Creates, changes or removes the budget. A refusal by AWS is only a warning: the dashboard works without."""
    try:
        if dollars == "0":
            stacks.delete(stage.budget)
        else:
            body = {"TemplateBody": template.BUDGET.read_text()}
            stacks.deploy(stage.budget, body, {"MonthlyBudget": dollars, "AlarmEmail": email})
    except (DeployError, ClientError) as error:
        sys.stderr.write(f"warning: the budget was not changed; the rest of the stage is deployed: {error}\n")


def _print_next_steps(stage: Stage, outputs: Mapping[str, str]) -> None:
    api = outputs["EndpointURL"].rstrip("/")
    print(f"""
Nezha is deployed as {stage.name}.
  dashboard  {url_of(outputs)}
  API        {api}

Set the password:        .venv/bin/python -m ops --stage {stage.name} password
Create the first token:  .venv/bin/python -m ops --stage {stage.name} token create --note first""")
    sys.stdout.flush()
