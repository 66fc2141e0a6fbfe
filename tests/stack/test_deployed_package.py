"""The zip that `chalice deploy` makes and uploads."""

import csv
import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.stack.deployment import Deployment
from tests.stack.emulator import PROJECT
from tests.stack.lambda_package import PYTHON, assert_made_for_lambda, assert_starts_alone

OWN = {"app.py", "chalice", "chalicelib", "agent"}
LAMBDA_LIMIT = 50 * 1000 * 1000
"""Bytes of a zip that Lambda takes in a request; a larger one has to be put into S3 first."""


@pytest.fixture(scope="module")
def package(deployment: Deployment) -> Iterator[ZipFile]:
    with ZipFile(deployment.package) as package:
        yield package


def test_package_holds_the_application_and_what_it_imports(package: ZipFile, tmp_path: Path) -> None:
    assert_starts_alone(package, tmp_path)


def test_package_holds_nothing_else(package: ZipFile) -> None:
    own = {
        name for name in package.namelist() if name.partition("/")[0] in {"app.py", "chalice", "chalicelib", "agent"}
    }
    records = {name for name in package.namelist() if name.endswith(".dist-info/RECORD")}
    assert {record.partition(".dist-info")[0] for record in records} == pinned_packages()
    installed = {row[0] for record in records for row in csv.reader(package.read(record).decode().splitlines())}
    assert set(package.namelist()) - own == installed


@pytest.mark.parametrize("part", ["chalicelib", "agent"])
def test_package_holds_the_whole_of_it(deployment: Deployment, package: ZipFile, part: str) -> None:
    """Of the agents for `install.sh`, which has their sources in it."""
    packaged = {name for name in package.namelist() if name.startswith(f"{part}/") and name.endswith(".py")}
    written = (deployment.folder / part).rglob("*.py")
    assert packaged == {str(path.relative_to(deployment.folder)) for path in written}


def test_package_is_compiled_for_its_lambda(deployment: Deployment, package: ZipFile) -> None:
    with closing(deployment.aws.client("lambda")) as client:
        function = client.get_function(FunctionName=deployment.deployed["api_handler"]["lambda_arn"])["Configuration"]
    assert function["Runtime"] == f"python{PYTHON}"
    assert function["Architectures"] == ["arm64"]
    assert_made_for_lambda(package)


def test_package_fits_into_a_request(deployment: Deployment) -> None:
    assert deployment.package.stat().st_size < LAMBDA_LIMIT


def pinned_packages() -> set[str]:
    """Each as `name-version`, in the spelling of its metadata folder."""
    pins = re.findall(r"^([a-z0-9-]+)==(\S+)", (PROJECT / "requirements.txt").read_text(), re.M)
    return {f"{name.replace('-', '_')}-{version}" for name, version in pins}
