"""Scheduled functions as they are deployed: when they run, and what they write."""

import time
from contextlib import closing
from typing import Any

import pytest

from chalicelib.scheduled import JOBS, WATCH, Job
from tests.stack.deployment import Deployment
from tests.stack.stack_deployment import Stack


def schedules(deployment: Deployment) -> dict[str, Any]:
    """The expression by which each function is called, by its name or ARN."""
    with closing(deployment.aws.client("events")) as events:
        return {
            target["Arn"]: rule["ScheduleExpression"]
            for rule in events.list_rules()["Rules"]
            if "ScheduleExpression" in rule
            for target in events.list_targets_by_rule(Rule=rule["Name"])["Targets"]
        }


@pytest.mark.parametrize("job", JOBS, ids=lambda job: job.name)
def test_it_is_called_by_the_clock(deployment: Deployment, stack: Stack, job: Job) -> None:
    for stage in (deployment, stack):
        name = stage.function(job).rpartition(":")[2]
        (expression,) = [one for arn, one in schedules(stage).items() if arn.rpartition(":")[2] == name]
        assert expression == job.rate


def test_the_watch_counts_a_minute(stack: Stack) -> None:
    secret = stack.register(Name="watched", HideForGuest="off")
    id_ = stack.server("watched")["id"]
    report = {"secret": secret, "state": {"CPU": 50}}
    assert stack.post("/agent/report", body={"reports": [report]}).result["reports"] == [{"server_id": id_}]

    def today() -> list[float | None]:
        stack.run(WATCH)
        servers = stack._send("GET", "/api/availability", {}, None).result["servers"]
        return [one["days"][-1] for one in servers if one["id"] == id_]

    # A minute is counted once, and another test may have had it counted before this report.
    end = time.monotonic() + 90
    while (found := today()) == [None] and time.monotonic() < end:
        time.sleep(1)
    assert found == [1]
