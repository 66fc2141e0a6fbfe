"""Builds what is uploaded: the functions' code, compiled and reduced to what they use, and their template."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from chalicelib.scheduled import JOBS
from infra import template
from infra.channels_package import add_libraries, pack_libraries
from infra.from_jobs import logical_id
from infra.slim import content, slim
from infra.stage import DeployError, Stage
from infra.template import Template

PROJECT = Path(__file__).resolve().parent.parent
BUILD = PROJECT / "build"


@dataclass(frozen=True)
class Package:
    """code: the zip for most functions. delivering: the zip for those that deliver messages. template: the application
    stack's.
    """

    code: Path
    delivering: Path
    template: Template

    def template_with(self, bucket: str, code: str, delivering: str) -> Template:
        """Returns the template with the zips' locations in S3. code, delivering: keys in the bucket."""
        keys = {logical_id(job): delivering for job in JOBS if job.delivers}
        resources = {
            name: _with_code(resource, bucket, keys.get(name, code)) if resource["Type"] == FUNCTION else resource
            for name, resource in self.template["Resources"].items()
        }
        return {**self.template, "Resources": resources}


FUNCTION = "AWS::Serverless::Function"


def build(stage: Stage, region: str) -> Package:
    """Builds the output of `chalice package`, merged with our template and slimmed down. Raises DeployError.

    If no input has changed since the last build for this stage, that build is reused. Code is also reused between
    stages.
    """
    folder = BUILD / stage.name
    code, merged, mark = folder / "code.zip", folder / "sam.json", folder / "built-from"
    delivering = folder / "delivering.zip"
    inputs = _inputs(region)
    if _is_new(mark, inputs):
        sys.stderr.write("building the package\n")
        folder.mkdir(parents=True, exist_ok=True)
        ours = folder / "merged-with.json"
        ours.write_text(json.dumps(template.application(), indent=2))
        _chalice_package(stage, region, ours, folder)
        for made, named in zip(_packed(folder / "deployment.zip"), (code, delivering), strict=True):
            shutil.copy(made, named)
        mark.write_text(inputs)
    return Package(code, delivering, json.loads(merged.read_text()))


def _packed(whole: Path) -> tuple[Path, Path]:
    """Returns the zip for most functions and the one for those that deliver messages, made from Chalice's zip.

    Zips of an earlier build are reused if their inputs have not changed: stages differ only in their templates, and
    most versions have the same libraries.
    """
    folder, locked = BUILD / ".package", PROJECT / "requirements-alerts.txt"
    libraries, code, delivering = (folder / f"{name}.zip" for name in ("libraries", "code", "delivering"))
    folder.mkdir(exist_ok=True)
    of_libraries = _hash([locked, *(PROJECT / "infra").glob("*.py")], sys.version, version("pip"))
    if _is_new(folder / "libraries-from", of_libraries):
        pack_libraries(locked, libraries)
        (folder / "libraries-from").write_text(of_libraries)
    inputs = _hash((), of_libraries, content(whole))
    if _is_new(folder / "built-from", inputs):
        slim(whole, code)
        add_libraries(code, libraries, delivering)
        (folder / "built-from").write_text(inputs)
    return code, delivering


def _is_new(mark: Path, inputs: str) -> bool:
    """Whether something has to be built, because the mark file has other inputs. If so, removes the mark, which the
    caller must write after the build.
    """
    if mark.exists() and mark.read_text() == inputs:
        return False
    mark.unlink(missing_ok=True)
    return True


REQUIREMENTS = ("requirements.txt", "requirements-alerts.txt")
SOURCES = ("app.py", *REQUIREMENTS, "chalicelib", "agent", "vendor", ".chalice", "infra/application")
NOT_SOURCES = ("__pycache__", "deployed", "deployments", "venv")
"""Folders that appear among the sources when the project is used."""


def _inputs(region: str) -> str:
    """A hash of everything that a build depends on."""
    found = (path for name in SOURCES for path in [PROJECT / name, *(PROJECT / name).rglob("*")] if path.is_file())
    files = [path for path in found if not set(path.relative_to(PROJECT).parts) & set(NOT_SOURCES)]
    files += (PROJECT / "infra").glob("*.py")  # without the other stacks' templates, which are not part of a build
    return _hash(files, region, sys.version, version("chalice"), version("pip"))


def _hash(files: Iterable[Path], *more: str) -> str:
    hash_ = hashlib.sha256(repr(more).encode())
    for path in sorted(files):
        content = path.read_bytes()
        hash_.update(f"\0{path.relative_to(PROJECT)}\0{len(content)}\0".encode())
        hash_.update(content)
    return hash_.hexdigest()


def _chalice_package(stage: Stage, region: str, merged_with: Path, folder: Path) -> None:
    # Chalice imports app.py to find the routes, which needs some settings. The functions' own are in the template.
    environment = {**os.environ, "NEZHA_TABLE_PREFIX": "none-", "AWS_DEFAULT_REGION": region}
    # Chalice packs everything in the folders, and reuses its last zip if nothing there has changed.
    if "PYTHONPYCACHEPREFIX" not in environment:  # with it, compiled files are not among the sources
        environment["PYTHONDONTWRITEBYTECODE"] = "1"
    chalice = Path(sys.executable).with_name("chalice")
    finished = subprocess.run(  # noqa: S603
        [chalice, "package", "--stage", stage.name, "--merge-template", merged_with, folder],
        cwd=_clean_sources(BUILD / ".package" / "project"),
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if finished.returncode:
        raise DeployError(f"chalice package failed:\n{finished.stdout}{finished.stderr}".rstrip())


def _clean_sources(folder: Path) -> Path:
    """Copies the sources to the folder, without the compiled files that any use of the project leaves among them."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in SOURCES:
        source, copy = PROJECT / name, folder / name
        if source.is_file():
            shutil.copy(source, copy)
            continue
        if name != ".chalice":  # it keeps Chalice's zips
            shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(source, copy, symlinks=True, ignore=shutil.ignore_patterns(*NOT_SOURCES), dirs_exist_ok=True)
    return folder


def _with_code(function: Template, bucket: str, key: str) -> Template:
    return {**function, "Properties": {**function["Properties"], "CodeUri": {"Bucket": bucket, "Key": key}}}
