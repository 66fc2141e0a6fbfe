"""What is uploaded: the functions' code, compiled and without what they never use, and the template of their stack."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from infra import template
from infra.slim import slim
from infra.stage import DeployError, Stage
from infra.template import Template

PROJECT = Path(__file__).resolve().parent.parent
BUILD = PROJECT / "build"


@dataclass(frozen=True)
class Package:
    """code: the zip of both functions. template: of the application's stack, which names the zip `CODE`."""

    code: Path
    template: Template

    def template_with(self, bucket: str, key: str) -> Template:
        """The template for a zip that was uploaded."""
        resources = {
            name: _with_code(resource, bucket, key) if resource["Type"] == FUNCTION else resource
            for name, resource in self.template["Resources"].items()
        }
        return {**self.template, "Resources": resources}


FUNCTION = "AWS::Serverless::Function"


def build(stage: Stage, region: str) -> Package:
    """What `chalice package` makes, merged with ours and made slim. Raises DeployError."""
    folder = BUILD / stage.name
    folder.mkdir(parents=True, exist_ok=True)
    ours = folder / "merged-with.json"
    ours.write_text(json.dumps(template.application(), indent=2))
    _chalice_package(stage, region, ours, folder)
    code = folder / "code.zip"
    slim(folder / "deployment.zip", code)
    return Package(code, json.loads((folder / "sam.json").read_text()))


def _chalice_package(stage: Stage, region: str, merged_with: Path, folder: Path) -> None:
    # Chalice imports app.py to find the routes; the functions' own settings are in the template.
    environment = {**os.environ, "NEZHA_TABLE_PREFIX": "none-", "AWS_DEFAULT_REGION": region}
    chalice = Path(sys.executable).with_name("chalice")
    finished = subprocess.run(  # noqa: S603
        [chalice, "package", "--stage", stage.name, "--merge-template", merged_with, folder],
        cwd=PROJECT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if finished.returncode:
        raise DeployError(f"chalice package failed:\n{finished.stdout}{finished.stderr}".rstrip())


def _with_code(function: Template, bucket: str, key: str) -> Template:
    return {**function, "Properties": {**function["Properties"], "CodeUri": {"Bucket": bucket, "Key": key}}}
