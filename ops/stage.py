"""Which tables a stage's commands work on: what .chalice/config.json says of the stage."""

import json
import os
import re
from pathlib import Path

import boto3

from chalicelib.config import Config, ConfigError
from chalicelib.storage import DynamoStore

PROJECT = Path(__file__).resolve().parent.parent
NAME = re.compile(r"[a-z][a-z0-9-]{0,15}")


def open_store(stage: str) -> DynamoStore:
    """The stage's data; raises ConfigError when the stage or the AWS set-up makes no sense."""
    own = stage_variables(stage)
    for name, value in own.items():
        if name.startswith("AWS_"):
            os.environ.setdefault(name, value)  # credentials and endpoint of the local stage
    try:
        configured = boto3.session.Session().region_name
    except Exception as error:
        # What botocore raises for a profile or a file that makes no sense has no common name outside of it.
        raise ConfigError(f"the AWS set-up makes no sense: {error}") from None
    region = os.environ.get("AWS_REGION") or configured or ""
    return DynamoStore(Config.from_environment({**os.environ, "AWS_REGION": region, **_own_settings(own)}))


def _own_settings(variables: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in variables.items() if name.startswith("NEZHA_")}


def stage_variables(stage: str) -> dict[str, str]:
    """The environment variables that .chalice/config.json gives the stage; raises ConfigError."""
    if not NAME.fullmatch(stage):
        raise ConfigError(f"{stage!r} is no stage name: lower-case letters, digits and hyphens, at most 16")
    stages = json.loads((PROJECT / ".chalice" / "config.json").read_text())["stages"]
    if stage not in stages:
        raise ConfigError(f"there is no stage {stage!r} in .chalice/config.json; it has {', '.join(sorted(stages))}")
    variables: dict[str, str] = stages[stage].get("environment_variables", {})
    return variables
