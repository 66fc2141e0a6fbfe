"""`make deploy` and `make destroy`, from nothing to nothing, and what they say to who cannot or should not."""

import importlib.util
import json
import re
import struct
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit
from zipfile import ZipFile

import pytest
from deployment import Deployment, copy_of_project
from emulator import PROJECT, EmulatedAws, cached_packages

from infra.slim import SERVICES

STAGE = "prod"
ARM64 = 183
"""The machine in the head of an ELF file."""
UNCHECKED_HASH = b"\x01\0\0\0"
"""The flags of a compiled file that is taken as it is: PEP 552."""


@pytest.fixture(scope="module")
def clone(emulated_aws: EmulatedAws) -> Iterator[Deployment]:
    packages = cached_packages(PROJECT / "requirements.txt")
    with TemporaryDirectory(prefix="make-deploy-") as folder:
        copy_of_project(Path(folder))
        yield Deployment(emulated_aws, Path(folder), packages)


@pytest.fixture(scope="module")
def deployed(clone: Deployment) -> subprocess.CompletedProcess[str]:
    """The first deployment."""
    return run(clone, "infra", "deploy", "--stage", STAGE, "--email", "owner@example.com")


def run(
    clone: Deployment, module: str, *arguments: str, typed: str = "", without: tuple[str, ...] = (), **more: str
) -> subprocess.CompletedProcess[str]:
    variables = {name: value for name, value in clone._environment.items() if name not in without}
    return subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=clone.folder,
        env={**variables, "AWS_EC2_METADATA_DISABLED": "true", **more},
        capture_output=True,
        text=True,
        input=typed,
        timeout=240,
    )


def ops(clone: Deployment, *arguments: str) -> str:
    finished = run(clone, "ops", "--stage", STAGE, *arguments)
    assert finished.returncode == 0, finished.stderr
    return finished.stdout.strip()


def api_of(clone: Deployment) -> str:
    with closing(clone.aws.client("apigateway")) as client:
        (api,) = (api["id"] for api in client.get_rest_apis()["items"] if api["name"] == f"nezha-{STAGE}")
    return str(api)


def ask(clone: Deployment, path: str, credential: str, body: str | None = None) -> tuple[int, str]:
    with closing(HTTPConnection(urlsplit(clone.aws.url).netloc, timeout=30)) as connection:
        connection.request(
            "POST" if body else "GET",
            f"/_aws/execute-api/{api_of(clone)}/api/api/v1{path}",
            body,
            {"Authorization": credential, "Content-Type": "application/json"},
        )
        answer = connection.getresponse()
        return answer.status, answer.read().decode()


@pytest.mark.parametrize(
    ("stage", "said"),
    [
        ("Prod", "is no stage name"),
        ("a-name-that-is-too-long", "is no stage name"),
        ("", "is no stage name"),
        ("local", "is this machine's"),
        ("prod-data", "would collide"),
        ("access-logs", "would collide"),
    ],
)
def test_bad_stage_names_are_refused_before_anything(clone: Deployment, stage: str, said: str) -> None:
    finished = run(clone, "infra", "deploy", "--stage", stage)
    assert (finished.returncode, finished.stdout) == (1, "")
    (line,) = finished.stderr.splitlines()
    assert said in line


@pytest.mark.parametrize(("option", "value"), [("--email", "nobody"), ("--budget", "ten"), ("--budget", "-1")])
def test_options_that_make_no_sense_are_refused_before_anything(clone: Deployment, option: str, value: str) -> None:
    finished = run(clone, "infra", "deploy", "--stage", STAGE, f"{option}={value}")
    assert (finished.returncode, finished.stdout) == (2, "")
    assert f"argument {option}: {value!r} is no" in finished.stderr


@pytest.mark.parametrize(
    ("without", "said"),
    [
        (("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), "no usable AWS credentials"),
        (("AWS_DEFAULT_REGION",), "no AWS region is set: set AWS_REGION"),
    ],
)
def test_what_is_not_set_is_said_in_one_line(clone: Deployment, without: tuple[str, ...], said: str) -> None:
    finished = run(clone, "infra", "deploy", "--stage", STAGE, without=without)
    assert finished.returncode == 1
    (line,) = finished.stderr.splitlines()
    assert said in line


def test_tables_of_others_are_left_alone(clone: Deployment) -> None:
    schema = {"KeySchema": [{"AttributeName": "key", "KeyType": "HASH"}], "BillingMode": "PAY_PER_REQUEST"}
    attributes = [{"AttributeName": "key", "AttributeType": "S"}]
    with closing(clone.aws.client("dynamodb")) as client:
        client.create_table(TableName="nezha-taken-settings", AttributeDefinitions=attributes, **schema)
    finished = run(clone, "infra", "deploy", "--stage", "taken")
    assert (finished.returncode, finished.stdout) == (1, "")
    assert "the table nezha-taken-settings exists, but not by `make deploy`" in finished.stderr


def test_a_failure_names_the_resource_and_why(clone: Deployment) -> None:
    broken = clone.folder / "infra" / "application" / "zz-broken.yaml"
    queue = {"Type": "AWS::CloudWatch::Alarm", "Properties": {"AlarmName": "broken", "Metrics": [{"Id": "a"}]}}
    broken.write_text(json.dumps({"Resources": {"Broken": queue}}))
    try:
        finished = run(clone, "infra", "deploy", "--stage", "broken")
    finally:
        broken.unlink()
    assert (finished.returncode, finished.stdout) == (1, "")
    assert re.fullmatch(r"nezha-broken: Broken \(AWS::CloudWatch::Alarm\): .+", finished.stderr.splitlines()[-1])
    # What is left of it does not stand in the way of the next try.
    assert run(clone, "infra", "deploy", "--stage", "broken").returncode == 0


def test_a_stage_from_nothing_to_nothing(
    clone: Deployment, deployed: subprocess.CompletedProcess[str], tmp_path: Path
) -> None:
    assert deployed.returncode == 0, deployed.stderr
    assert "building the package" in deployed.stderr
    assert re.search(r"^  \d\d:\d\d:\d\d  create complete +APIHandler$", deployed.stderr, re.M)
    url = re.search(r"^  API +(https://\S+/api)$", deployed.stdout, re.M)
    assert url
    assert f"-m ops --stage {STAGE} password" in deployed.stdout
    assert f"-m ops --stage {STAGE} token create --note first" in deployed.stdout

    token = ops(clone, "token", "create", "--note", "first")
    assert ask(clone, "/server/list", "wrong")[0] == 403
    status, _ = ask(clone, "/server/register", token, '{"Name": "kept"}')
    assert status == 200

    # The same again changes nothing; another version changes in place, and keeps what was told and what is stored.
    again = run(clone, "infra", "deploy", "--stage", STAGE)
    assert (again.returncode, deployed.stdout) == (0, again.stdout), again.stderr
    (clone.folder / "chalicelib" / "changed.py").write_text('"""Another version."""\n')
    upgraded = run(clone, "infra", "deploy", "--stage", STAGE)
    assert upgraded.returncode == 0, upgraded.stderr
    assert "update complete      APIHandler" in upgraded.stderr
    assert url.group(1) in upgraded.stdout
    assert names(clone, token) == ["kept"]
    assert parameters(clone)["AlarmEmail"] == "owner@example.com"

    # The application goes, the data stays.
    destroyed = run(clone, "infra", "destroy", "--stage", STAGE)
    assert destroyed.returncode == 0, destroyed.stderr
    assert destroyed.stdout == f"The data of {STAGE} stays; make deploy STAGE={STAGE} goes on with it.\n"
    assert run(clone, "infra", "deploy", "--stage", STAGE).returncode == 0
    assert names(clone, token) == ["kept"]

    # And the data only for who types its name.
    refused = run(clone, "infra", "destroy", "--stage", STAGE, "--with-data", typed="dev\n")
    assert refused.returncode == 1
    assert refused.stderr.endswith("that is not its name; nothing was removed\n")
    assert names(clone, token) == ["kept"]
    gone = run(clone, "infra", "destroy", "--stage", STAGE, "--with-data", typed=f"{STAGE}\n")
    assert (gone.returncode, gone.stdout) == (0, f"Nothing of {STAGE} is left.\n"), gone.stderr
    with closing(clone.aws.client("dynamodb")) as client:
        assert not [name for name in client.list_tables()["TableNames"] if name.startswith(f"nezha-{STAGE}-")]


def names(clone: Deployment, token: str) -> list[str]:
    status, body = ask(clone, "/server/list", token)
    assert status == 200, body
    return [server["name"] for server in json.loads(body)["result"]]


def parameters(clone: Deployment) -> Mapping[str, str]:
    with closing(clone.aws.client("cloudformation")) as client:
        (stack,) = client.describe_stacks(StackName=f"nezha-{STAGE}")["Stacks"]
    return {parameter["ParameterKey"]: parameter["ParameterValue"] for parameter in stack["Parameters"]}


def test_the_slim_package_is_compiled_for_its_lambda(clone: Deployment, deployed: object, tmp_path: Path) -> None:
    """Each compiled file is of this Python and is taken without a look at its source; no binary is of another CPU."""
    built = clone.folder / "build" / STAGE
    functions = [
        resource["Properties"]
        for resource in json.loads((built / "sam.json").read_text())["Resources"].values()
        if resource["Type"] == "AWS::Serverless::Function"
    ]
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    assert {(of["Runtime"], *of["Architectures"]) for of in functions} == {(f"python{version}", "arm64")}
    with ZipFile(built / "code.zip") as package:
        heads = {name: package.read(name)[:20] for name in package.namelist()}
        package.extractall(tmp_path)
    sources = {name for name in heads if name.endswith(".py")}
    compiled = {name for name in heads if name.endswith(".pyc")}
    assert {importlib.util.cache_from_source(name) for name in sources} == compiled
    for name, head in heads.items():
        if name in compiled:
            assert head[:4] == importlib.util.MAGIC_NUMBER, name
            assert head[4:8] == UNCHECKED_HASH, name
        if head.startswith(b"\x7fELF"):
            assert struct.unpack_from("<H", head, 18) == (ARM64,), name
            assert f"cpython-{version.replace('.', '')}" in name or ".abi3." in name, name
    # It starts without anything that is installed here.
    program = f"import sys; sys.path.append({str(tmp_path)!r}); import app; print(len(app.app.routes))"
    started = subprocess.run(
        [sys.executable, "-I", "-S", "-c", program],
        env={"NEZHA_TABLE_PREFIX": "test-", "AWS_REGION": "us-east-1"},
        capture_output=True,
        text=True,
    )
    assert (started.returncode, started.stderr) == (0, "")


def test_botocore_is_cut_to_what_is_used(clone: Deployment, deployed: object) -> None:
    with ZipFile(clone.folder / "build" / STAGE / "code.zip") as package:
        data = {Path(name).parts[2] for name in package.namelist() if name.startswith("botocore/data/")}
    assert {name for name in data if not name.endswith((".json", ".gz"))} == set(SERVICES)
