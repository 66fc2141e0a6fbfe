"""Finds a stage's tables: those that .chalice/config.json names, or else those of `make deploy`."""

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from botocore.session import get_session

from chalicelib.config import Config, ConfigError
from chalicelib.storage import DynamoStore, connect

PROJECT = Path(__file__).resolve().parent.parent
NAME = re.compile(r"[a-z][a-z0-9-]{0,15}")


def open_store(stage: str) -> DynamoStore:
    """The stage's data; raises ConfigError if the stage or the AWS settings are invalid."""
    own = stage_variables(stage)
    os.environ.update(aws_variables(own))
    session = get_session()
    try:
        region = os.environ.get("AWS_REGION") or session.get_config_variable("region") or ""
    except Exception as error:
        # botocore's errors for invalid profiles and files have no common class.
        raise ConfigError(f"the AWS settings are invalid: {error}") from None
    config = Config.from_environment({**os.environ, "AWS_REGION": region, **_own_settings(own)})
    return DynamoStore(config.table_prefix, connect.for_operators(config, session))


def aws_variables(stage: Mapping[str, str]) -> dict[str, str]:
    """The AWS variables of a stage from .chalice/config.json. Only the local stage has any.

    If the environment names another DynamoDB, returns only the variables that the environment lacks. Raises ConfigError
    if the local system is not running, which shows in that its AWS configuration file is missing.
    """
    own = {name: value for name, value in stage.items() if name.startswith("AWS_")}
    if not own:
        return {}
    if os.environ.get("AWS_ENDPOINT_URL_DYNAMODB") or os.environ.get("AWS_ENDPOINT_URL"):
        keys = {} if os.environ.get("AWS_PROFILE") else {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local"}
        left_out = {"AWS_DEFAULT_REGION": own["AWS_DEFAULT_REGION"], **keys}
        return {name: value for name, value in left_out.items() if name not in os.environ}
    if not Path(own["AWS_CONFIG_FILE"]).exists():
        raise ConfigError(f"the local system is not running ({own['AWS_CONFIG_FILE']} is missing); start it: make run")
    return own


def aws_session() -> Any:
    """boto3's session. Unlike boto3 alone, it also takes the region from AWS_REGION."""
    # Imported here because it takes a tenth of the start-up time of commands that only need the tables.
    import boto3

    return boto3.session.Session(region_name=os.environ.get("AWS_REGION") or None)


def _own_settings(variables: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in variables.items() if name.startswith("NEZHA_")}


def stage_variables(stage: str) -> dict[str, str]:
    """The environment variables of the stage's functions; raises ConfigError for an invalid name."""
    if not NAME.fullmatch(stage):
        raise ConfigError(f"{stage!r} is not a stage name; use at most 16 lower-case letters, digits and hyphens")
    variables: dict[str, str] = {"NEZHA_TABLE_PREFIX": f"nezha-{stage}-"}
    return {**variables, **configured_stages().get(stage, {}).get("environment_variables", {})}


def configured_stages() -> dict[str, dict[str, dict[str, str]]]:
    """The stages in .chalice/config.json, which a plain `chalice deploy` can deploy, with their settings."""
    stages: dict[str, dict[str, dict[str, str]]] = json.loads((PROJECT / ".chalice" / "config.json").read_text())[
        "stages"
    ]
    return stages
