"""Scheduled jobs: each is named in chalicelib/scheduled.py, and everything else agrees with it."""

import json
from pathlib import Path
from typing import Any

import pytest

from chalicelib.scheduled import JOBS, Job
from infra import template
from infra.from_jobs import logical_id

PROJECT = Path(__file__).parents[2]
CONFIG = json.loads((PROJECT / ".chalice" / "config.json").read_text())
RESOURCES = template.application()["Resources"]

each = pytest.mark.parametrize("job", JOBS, ids=lambda job: job.name)


def properties(name: str) -> dict[str, Any]:
    found: dict[str, Any] = RESOURCES[name]["Properties"]
    return found


@each
def test_a_plain_chalice_deploy_gives_it_the_same_limits_and_permissions(job: Job) -> None:
    function = CONFIG["lambda_functions"][job.name]
    assert (function["lambda_timeout"], function["lambda_memory_size"]) == (job.seconds, job.memory)
    policy = json.loads((PROJECT / ".chalice" / function["iam_policy_file"]).read_text())
    tables = {
        statement["Resource"][0].rpartition("-")[2]: statement["Action"]
        for statement in policy["Statement"]
        if statement["Action"][0].startswith("dynamodb:")
    }
    assert tables == {table: [f"dynamodb:{action}" for action in actions] for table, actions in job.tables.items()}


@each
def test_its_role_may_use_its_tables_and_its_log(job: Job) -> None:
    data, logs = properties(f"{logical_id(job)}Role")["Policies"]
    allowed = {
        one["Resource"]["Fn::Sub"].rpartition("-")[2]: one["Action"] for one in data["PolicyDocument"]["Statement"]
    }
    assert allowed == {table: [f"dynamodb:{action}" for action in actions] for table, actions in job.tables.items()}
    (log,) = logs["PolicyDocument"]["Statement"]
    assert log["Resource"] == {"Fn::GetAtt": [f"{logical_id(job)}Logs", "Arn"]}
    assert properties(logical_id(job))["LoggingConfig"]["LogGroup"] == {"Ref": f"{logical_id(job)}Logs"}


@each
def test_a_run_ends_before_the_next_one_begins_unless_it_is_repeated(job: Job) -> None:
    function = properties(logical_id(job))
    if job.repeats:
        assert "EventInvokeConfig" not in function
    else:
        assert function["EventInvokeConfig"] == {"MaximumRetryAttempts": 0, "MaximumEventAgeInSeconds": 60}
        assert job.seconds < 60 * job.minutes


@each
def test_its_alarm_is_on_its_errors_and_on_its_silence(job: Job) -> None:
    alarm = properties(f"{logical_id(job)}Errors")
    assert alarm["Dimensions"] == [{"Name": "FunctionName", "Value": {"Ref": logical_id(job)}}]
    assert (alarm["MetricName"], alarm["TreatMissingData"]) == ("Errors", "breaching")
    assert alarm["Period"] >= 2 * 60 * job.minutes  # else a period without a run would be silence
    assert alarm["Period"] // (60 * job.minutes) >= alarm["Threshold"]


@each
def test_the_schedule_says_how_often(job: Job) -> None:
    assert job.rate == ("rate(1 minute)" if job.minutes == 1 else f"rate({job.minutes} minutes)")
