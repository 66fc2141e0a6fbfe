"""`python -m ops cost` over a deployed stage: what the emulated CloudWatch counted, and what it costs."""

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from chalicelib.scheduled import ROLLUP
from tests.local.running import wait_until
from tests.ops.ops_command import run
from tests.stack.emulator import REGION
from tests.stack.stack_deployment import Stack
from tests.stack.test_deployed_permissions import refused

OPERATOR = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": ["dynamodb:*", "cloudformation:ListStackResources", "lambda:GetFunctionConfiguration"],
            "Resource": "*",
        }
    ],
}
"""What an operator has who may not ask CloudWatch."""


def count(stack: Stack, space: str, metric: str, value: float, **dimensions: str) -> None:
    """Puts a figure into CloudWatch, as AWS's services do."""
    named = [{"Name": name, "Value": value} for name, value in dimensions.items()]
    with closing(stack.aws.client("cloudwatch")) as client:
        client.put_metric_data(
            Namespace=space,
            MetricData=[{"MetricName": metric, "Dimensions": named, "Timestamp": datetime.now(UTC), "Value": value}],
        )


def test_cost_is_of_what_cloudwatch_counted(stack: Stack) -> None:
    resources = stack.resources
    count(stack, "AWS/ApiGateway", "Count", 2_000_000, ApiName=f"nezha-{stack.stage}", Stage="api")
    count(stack, "AWS/ApiGateway", "Count", 9_000_000, ApiName="nezha-another", Stage="api")
    count(stack, "AWS/Lambda", "Duration", 8e8, FunctionName=resources["Reports"])  # ms of 512 MB: 400,000 GB s
    count(stack, "AWS/Lambda", "Duration", 1e8, FunctionName=stack.function(ROLLUP))  # of 1 GB: 100,000 more
    count(stack, "AWS/DynamoDB", "ConsumedWriteCapacityUnits", 4_000_000, TableName=f"nezha-{stack.stage}-states")
    count(stack, "AWS/Logs", "IncomingBytes", 7e9, LogGroupName=f"/nezha/{stack.stage}/access")
    edge = {"DistributionId": resources["Distribution"], "Region": "Global"}
    count(stack, "AWS/CloudFront", "Requests", 11_000_000, **edge)
    name = f"nezha-{stack.stage}-{REGION}"
    count(stack, "AWS/CloudFront", "FunctionInvocations", 3_000_000, FunctionName=name, Region="Global")
    count(stack, "AWS/S3", "BucketSizeBytes", 3e9, BucketName=stack.files, StorageType="StandardStorage")
    found = json.loads(stack.ops("cost", "--json"))
    costs = {part["part"]: round(part["cost"]["so_far"], 2) for part in found["parts"]}
    expected = {
        "api_requests": 7.0,
        "run_time": 1.33,
        "writes": 2.5,
        "logs": 1.0,
        "edge_requests": 1.0,
        "edge_runs": 0.1,
        "metering": 0,
    }
    assert {name: costs[name] for name in expected} == expected
    assert found["cost"]["so_far"] == pytest.approx(sum(part["cost"]["so_far"] for part in found["parts"]))
    assert found["cost"]["so_far"] < found["cost"]["by_end"] < 1e6
    assert "files" in costs
    printed = stack.ops("cost")
    assert "API Gateway" in printed
    assert "$7.00" in printed


@contextmanager
def ceiling(stack: Stack, dollars: str) -> Iterator[None]:
    """Within this block the function that counts was told this ceiling, and has counted with it."""

    def tell(more: Mapping[str, str]) -> None:
        client.update_function_configuration(FunctionName=name, Environment={"Variables": {**before, **more}})
        stack.run(ROLLUP)

    name = stack.function(ROLLUP)
    with closing(stack.aws.client("lambda")) as client:
        before = client.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
        tell({"NEZHA_CEILING": dollars})
        try:
            yield
        finally:
            tell({})


def told(stack: Stack, secret: str) -> dict[str, Any]:
    answer = stack.post("/agent/report", body={"reports": [{"secret": secret, "state": {"CPU": 1}}]}).result
    return {name: answer[name] for name in ("interval", "live", "flush")}


def test_stage_that_has_cost_its_ceiling_slows_down_until_that_is_raised(stack: Stack) -> None:
    count(stack, "AWS/ApiGateway", "Count", 2_000_000, ApiName=f"nezha-{stack.stage}", Stage="api")
    secret = stack.register(Name="slow")
    with ceiling(stack, "5"):
        assert slow_until(stack) > time.time()
        # A process may remember for 15 seconds what was.
        wait_until(lambda: told(stack, secret) == {"interval": 90, "live": False, "flush": 600})
        assert not [one for one in refused(stack.aws.permissions()) if "Rollup" in one.role]
        shown = stack.as_person("GET", "/cost").result
        assert (shown["local"], shown["ceiling"]) == (False, 5)
        assert shown["bill"]["cost"]["so_far"] >= 7
    assert slow_until(stack) == 0
    with ceiling(stack, "1000000"):
        assert slow_until(stack) == 0


def slow_until(stack: Stack) -> int:
    return int(stack.as_person("GET", "/settings").result["slow_until"])


def test_what_cannot_be_counted_is_said_in_one_line(stack: Stack) -> None:
    user = replace(stack, aws=stack.aws.as_user("may-not-count", json.dumps(OPERATOR)))
    for stage, said in (
        (stack.stage, "cloudwatch:GetMetricStatistics"),
        ("none", "there is no stack nezha-none"),
    ):
        done = run("--stage", stage, "cost", environment=user._environment)
        assert said in done.failure


def test_every_resource_that_is_billed_is_counted(stack: Stack) -> None:
    with closing(stack.aws.client("lambda")) as client:
        environment: dict[str, Any] = client.get_function_configuration(FunctionName=stack.function(ROLLUP))[
            "Environment"
        ]
    words = set(environment["Variables"]["NEZHA_METERED"].split())
    resources = stack.resources
    functions = {f"function={resources[name]}:512" for name in ("APIHandler", "Authorizer", "Watch", "Reports")}
    assert functions < words
    assert {f"bucket={stack.files}", f"distribution={resources['Distribution']}", f"api=nezha-{stack.stage}"} < words
    assert not [word for word in words if word.startswith("alarm=")]  # without an address
