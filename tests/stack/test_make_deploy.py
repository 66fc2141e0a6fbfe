"""`make deploy` and `make destroy`, from nothing to nothing, and what they say to who cannot or should not."""

import importlib.util
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zipfile import ZipFile

import pytest

from infra.slim import SERVICES
from infra.stage import Stage
from tests.stack.copies import as_built_for
from tests.stack.deployment import copied
from tests.stack.emulator import PROJECT, EmulatedAws
from tests.stack.lambda_package import PYTHON, assert_made_for_lambda, assert_starts_alone, heads
from tests.stack.stack_deployment import Stack

STAGE = "prod"
UNCHECKED_HASH = b"\x01\0\0\0"
"""The flags of a compiled file that is taken as it is: PEP 552."""


@pytest.fixture(scope="module")
def clone(emulated_aws: EmulatedAws, built: Path) -> Iterator[Stack]:
    """A copy of its own, as these tests change it, for somebody who has the documented permissions and no others."""
    policy = (PROJECT / "docs" / "deployer-policy.json").read_text()
    with copied(emulated_aws, built) as copy:
        yield Stack(copy.aws.as_user("deployer", policy), copy.folder, copy.packages, STAGE)


def test_a_deployer_may_do_nothing_else(clone: Stack) -> None:
    """Else this file would not show that the policy is enough."""
    program = "import boto3; boto3.client('dynamodb').describe_table(TableName='orders')"
    refused = subprocess.run(
        [sys.executable, "-c", program], env=clone._environment, capture_output=True, text=True, timeout=120
    )
    assert "AccessDenied" in refused.stderr


@pytest.fixture(scope="module")
def deployed(clone: Stack) -> subprocess.CompletedProcess[str]:
    """The first deployment."""
    return run(clone, "infra", "deploy", "--stage", STAGE, "--email", "owner@example.com", "--budget", "10")


def run(clone: Stack, module: str, *arguments: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    return clone.attempt("-m", module, *arguments, typed=typed)


def test_tables_of_others_are_left_alone(clone: Stack) -> None:
    schema = {"KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}], "BillingMode": "PAY_PER_REQUEST"}
    attributes = [{"AttributeName": "id", "AttributeType": "S"}]
    with closing(clone.aws.client("dynamodb")) as client:
        client.create_table(TableName="nezha-taken-settings", AttributeDefinitions=attributes, **schema)
    finished = run(clone, "infra", "deploy", "--stage", "taken")
    assert (finished.returncode, finished.stdout) == (1, "")
    assert "tables of a stage taken exist, but not the stack nezha-taken-data: nezha-taken-settings." in finished.stderr
    adopted = run(clone, "infra", "deploy", "--stage", "taken", "--adopt-tables")
    assert adopted.returncode == 1
    assert "the table nezha-taken-settings has keys that differ from this version's" in adopted.stderr


def test_log_groups_that_are_left_are_named_before_anything_is_created(clone: Stack) -> None:
    with closing(clone.aws.client("logs")) as client:
        client.create_log_group(logGroupName="/nezha/left/api")
    finished = run(clone, "infra", "deploy", "--stage", "left")
    assert (finished.returncode, finished.stdout) == (1, "")
    assert finished.stderr.endswith("\n  aws logs delete-log-group --log-group-name /nezha/left/api\n")
    assert "creating" not in finished.stderr


def test_a_stack_of_before_the_edge_gets_its_secret(clone: Stack) -> None:
    older = Stack(clone.aws, clone.folder, clone.packages, "older")
    logs = {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "/nezha/older/api"}}
    template = {"Parameters": {"Stage": {"Type": "String"}}, "Resources": {"APIHandlerLogs": logs}}
    with closing(clone.aws.client("cloudformation")) as client:
        told = [{"ParameterKey": "Stage", "ParameterValue": "older"}]
        client.create_stack(StackName="nezha-older", TemplateBody=json.dumps(template), Parameters=told)
        client.get_waiter("stack_create_complete").wait(StackName="nezha-older", WaiterConfig={"Delay": 1})
    as_built_for("older", clone.folder)
    older.deploy()
    assert re.fullmatch(r"[0-9a-f]{64}", older.edge_secret)


def test_a_failure_names_the_resource_and_why_and_leaves_nothing_in_the_way(clone: Stack) -> None:
    stage = "broken"
    broken = {"Type": "AWS::CloudWatch::Alarm", "Properties": {"AlarmName": "broken", "Metrics": [{"Id": "a"}]}}
    as_built_for(stage, clone.folder)
    data = clone.folder / "infra" / "data.yaml"
    whole = data.read_text()
    halfway = json.dumps({**broken, "DependsOn": ["Servers", "Settings"]})
    data.write_text(whole.replace("Resources:", f"Resources:\n  Broken: {halfway}", 1))
    try:
        finished = run(clone, "infra", "deploy", "--stage", stage)
    finally:
        data.write_text(whole)
    assert (finished.returncode, finished.stdout) == (1, "")
    assert "nezha-broken-data: Broken (AWS::CloudWatch::Alarm)" in finished.stderr.splitlines()[-1]
    assert protected(clone, stage) == {}

    application = clone.folder / "infra" / "application" / "zz-broken.yaml"
    application.write_text(json.dumps({"Resources": {"Broken": broken}}))
    try:
        finished = run(clone, "infra", "deploy", "--stage", stage)
    finally:
        application.unlink()
    assert (finished.returncode, finished.stdout) == (1, "")
    assert re.fullmatch(r"nezha-broken: Broken \(AWS::CloudWatch::Alarm\): .+", finished.stderr.splitlines()[-1])

    shutil.rmtree(clone.folder / "build" / stage)
    as_built_for(stage, clone.folder)
    assert run(clone, "infra", "deploy", "--stage", stage).returncode == 0
    assert set(protected(clone, stage).values()) == {True}


def protected(stage: Stack, name: str) -> dict[str, bool]:
    """Whether each table of a stage is protected from being deleted."""
    with closing(stage.aws.client("dynamodb")) as client:
        tables = [table for table in client.list_tables()["TableNames"] if table.startswith(f"nezha-{name}-")]
        described = (client.describe_table(TableName=table)["Table"] for table in tables)
        return {table["TableName"]: table["DeletionProtectionEnabled"] for table in described}


@dataclass(frozen=True)
class Prod:
    """The stage while it lasts. A token with every scope, and the secret of its one server, which is called kept."""

    url: str
    token: str
    secret: str


@pytest.fixture(scope="module")
def prod(clone: Stack, deployed: subprocess.CompletedProcess[str]) -> Prod:
    assert deployed.returncode == 0, deployed.stderr
    url = re.search(r"^  API +(https://\S+/api)$", deployed.stdout, re.M)
    assert url
    token = clone.ops("token", "create", "--note", "first").strip()
    secret = clone.post("/server/register", token, {"Name": "kept"}).json["secret"]
    return Prod(url.group(1), token, secret)


def test_the_first_deployment_says_how_to_go_on(
    clone: Stack, deployed: subprocess.CompletedProcess[str], prod: Prod
) -> None:
    assert "building the package" in deployed.stderr
    assert re.search(r"^  \d\d:\d\d:\d\d  create complete +APIHandler$", deployed.stderr, re.M)
    assert f"-m ops --stage {STAGE} password" in deployed.stdout
    assert f"-m ops --stage {STAGE} token create --note first" in deployed.stdout
    assert site_url(clone) == clone.outputs["DashboardURL"].rstrip("/")
    assert clone.budgets == {10: {"owner@example.com"}}
    assert clone.get("/server/list", "wrong").status == 403
    assert interval(clone, prod.secret) == 60


def test_the_same_again_changes_nothing(clone: Stack, deployed: subprocess.CompletedProcess[str], prod: Prod) -> None:
    uploaded = packages(clone)
    again = run(clone, "infra", "deploy", "--stage", STAGE)
    assert (again.returncode, deployed.stdout) == (0, again.stdout), again.stderr
    assert "building the package" not in again.stderr
    assert len(uploaded) == 3
    assert packages(clone) == uploaded
    assert list(billed(clone)) == ["PAY_PER_REQUEST"]


def test_what_is_told_later_changes_in_place_and_what_is_stored_is_kept(clone: Stack, prod: Prod) -> None:
    clone.ops("settings", "edit", "site_url=https://status.example.com")
    new = ("--email", "new@example.com", "--report-interval", "120", "--capacity", "free")
    changed = run(clone, "infra", "deploy", "--stage", STAGE, *new)
    assert changed.returncode == 0, changed.stderr
    assert "update complete      AlarmTopic" in changed.stderr
    assert prod.url in changed.stdout
    assert names(clone, prod.token) == ["kept"]
    assert clone.parameters["AlarmEmail"] == "new@example.com"
    assert clone.budgets == {10: {"new@example.com"}}
    assert interval(clone, prod.secret) == 120
    assert "capacity: free; the tables together allow 25 read and 25 write units" in changed.stderr
    assert "warning: this ends point-in-time recovery of states and series" in changed.stderr
    assert billed(clone) == {"PROVISIONED": (25, 25)}
    assert len(alarms(clone)) == 9

    assert site_url(clone) == "https://status.example.com"
    clone.ops("settings", "edit", f"site_url={clone.outputs['DashboardURL'].rstrip('/')}")


def test_second_free_stage_is_refused_before_anything_is_created(clone: Stack, prod: Prod) -> None:
    assert billed(clone) == {"PROVISIONED": (25, 25)}
    refused = run(clone, "infra", "deploy", "--stage", "second", "--capacity", "free")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "some are in use by stage prod; " in refused.stderr
    assert 'make deploy STAGE=prod ARGS="--capacity on-demand"' in refused.stderr
    assert "creating" not in refused.stderr
    assert protected(clone, "second") == {}


def test_the_application_goes_and_the_data_stays(clone: Stack, prod: Prod) -> None:
    before = billed(clone)
    destroyed = run(clone, "infra", "destroy", "--stage", STAGE)
    assert destroyed.returncode == 0, destroyed.stderr
    assert destroyed.stdout == f"The data of {STAGE} is kept; make deploy STAGE={STAGE} uses it again.\n"
    assert clone.budgets == {}
    bare = run(clone, "infra", "deploy", "--stage", STAGE, "--edge", "no", "--budget", "0.00")
    assert bare.returncode == 0, bare.stderr
    api = re.escape(clone.outputs["EndpointURL"].rstrip("/"))
    assert re.search(rf"^  dashboard  {api}\n  API        {api}$", bare.stdout, re.M)
    assert clone.budgets == {}
    assert site_url(clone) == clone.outputs["EndpointURL"].rstrip("/"), "the edge is gone, and its URL"
    assert names(clone, prod.token) == ["kept"]
    assert billed(clone) == before


def test_tables_whose_stack_somebody_removed_are_taken_over(clone: Stack, prod: Prod) -> None:
    with closing(clone.aws.client("cloudformation")) as client:
        client.delete_stack(StackName=f"nezha-{STAGE}-data")
        client.get_waiter("stack_delete_complete").wait(StackName=f"nezha-{STAGE}-data", WaiterConfig={"Delay": 1})
    assert names(clone, prod.token) == ["kept"]
    refused = run(clone, "infra", "deploy", "--stage", STAGE)
    assert refused.returncode == 1
    assert "add --adopt-tables" in refused.stderr
    adopted = run(clone, "infra", "deploy", "--stage", STAGE, "--adopt-tables", "--capacity", "on-demand")
    assert adopted.returncode == 0, adopted.stderr
    assert "capacity: on-demand; each read and write is billed" in adopted.stderr
    assert list(billed(clone)) == ["PAY_PER_REQUEST"]
    assert f"nezha-{STAGE}-data: adopting 7 resources\n" in adopted.stderr
    assert set(protected(clone, STAGE).values()) == {True}
    assert names(clone, prod.token) == ["kept"]


def test_the_data_go_only_for_who_types_the_stages_name(clone: Stack, prod: Prod) -> None:
    """And then nothing is left: this is the end of the stage."""
    refused = run(clone, "infra", "destroy", "--stage", STAGE, "--with-data", typed="dev\n")
    assert refused.returncode == 1
    assert refused.stderr.endswith("the name does not match; nothing was removed\n")
    assert names(clone, prod.token) == ["kept"]
    gone = run(clone, "infra", "destroy", "--stage", STAGE, "--with-data", typed=f"{STAGE}\n")
    assert (gone.returncode, gone.stdout) == (0, f"Nothing of {STAGE} is left.\n"), gone.stderr
    with closing(clone.aws.client("dynamodb")) as client:
        assert not [name for name in client.list_tables()["TableNames"] if name.startswith(f"nezha-{STAGE}-")]


def billed(stage: Stack) -> dict[str, tuple[int, ...]]:
    """How the tables are billed, each way with the read and write units of those tables."""
    found: dict[str, list[dict[str, int]]] = {}
    with closing(stage.aws.client("dynamodb")) as client:
        for name in Stage(STAGE).tables:
            table = client.describe_table(TableName=name)["Table"]
            found.setdefault(table["BillingModeSummary"]["BillingMode"], []).append(table["ProvisionedThroughput"])
    kinds = ("ReadCapacityUnits", "WriteCapacityUnits")
    return {mode: (*(sum(one[kind] for one in units) for kind in kinds),) for mode, units in found.items()}


def packages(stage: Stack) -> dict[str, datetime]:
    """When each file was put into the bucket of the code and its template."""
    (bucket,) = [one["PhysicalResourceId"] for one in stage._made("-data") if one["LogicalResourceId"] == "Packages"]
    with closing(stage.aws.client("s3")) as client:
        return {one["Key"]: one["LastModified"] for one in client.list_objects_v2(Bucket=bucket)["Contents"]}


def alarms(stage: Stack) -> list[str]:
    with closing(stage.aws.client("cloudwatch")) as client:
        return [one["AlarmName"] for one in client.describe_alarms(AlarmNamePrefix=f"nezha-{STAGE}-")["MetricAlarms"]]


def site_url(stage: Stack) -> str:
    shown = json.loads(stage.ops("settings", "list", "--json"))
    return next(str(one["value"]) for one in shown if one["name"] == "site_url")


def interval(stage: Stack, secret: str) -> int:
    """The seconds that an agent is told to wait between two reports."""
    seconds: int = stage.post("/agent/report", secret, {"reports": [{}]}).result["interval"]
    return seconds


def names(stage: Stack, token: str) -> list[str]:
    return [server["name"] for server in stage.get("/server/list", token).result]


def test_the_slim_package_is_compiled_for_its_lambda(clone: Stack, deployed: object, tmp_path: Path) -> None:
    """Each compiled file is of this Python and is taken without a look at its source; no binary is of another CPU."""
    built = clone.folder / "build" / STAGE
    functions = [
        resource["Properties"]
        for resource in json.loads((built / "sam.json").read_text())["Resources"].values()
        if resource["Type"] == "AWS::Serverless::Function"
    ]
    assert {(of["Runtime"], *of["Architectures"]) for of in functions} == {(f"python{PYTHON}", "arm64")}
    with ZipFile(built / "code.zip") as package:
        assert_made_for_lambda(package)
        assert_starts_alone(package, tmp_path)
        found = heads(package)
    sources = {name for name in found if name.endswith(".py")}
    compiled = {name for name in found if name.endswith(".pyc")}
    assert {importlib.util.cache_from_source(name) for name in sources} == compiled
    for name in compiled:
        assert found[name][4:8] == UNCHECKED_HASH, name


def test_botocore_is_cut_to_what_is_used(clone: Stack, deployed: object) -> None:
    with ZipFile(clone.folder / "build" / STAGE / "code.zip") as package:
        data = {Path(name).parts[2] for name in package.namelist() if name.startswith("botocore/data/")}
    assert {name for name in data if not name.endswith((".json", ".gz"))} == set(SERVICES)
