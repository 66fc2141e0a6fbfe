"""`python -m ops cost` over a deployed stage: what the emulated CloudWatch counted, and what it costs."""

import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from chalicelib.fleet.wall_clock import DAY_SECONDS
from chalicelib.scheduled import ROLLUP
from tests.local.running import wait_until
from tests.ops.ops_command import run
from tests.stack.copies import as_built_for
from tests.stack.deployment import Deployment
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


OWNER = "owner@example.com"


@pytest.fixture(scope="module")
def capped(project_copy: Deployment) -> Stack:
    """A stage that was deployed with a ceiling and an email address."""
    stack = Stack(project_copy.aws, project_copy.folder, project_copy.packages, "capped")
    as_built_for(stack.stage, stack.folder)
    stack.deploy("--ceiling", "5", "--email", OWNER, "--edge", "no")
    return stack


@contextmanager
def mails(stack: Stack) -> Iterator[Callable[[], list[Any]]]:
    """Yields a function that returns new emails about the ceiling, from a queue subscribed to the alarms' topic."""
    topic = stack.resources["AlarmTopic"]
    with closing(stack.aws.client("sns")) as sns, closing(stack.aws.client("sqs")) as sqs:
        assert [one["Endpoint"] for one in sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]] == [OWNER]
        queue = sqs.create_queue(QueueName="mails")["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        letting = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": arn}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [letting]})
        sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": policy})
        subscription = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, ReturnSubscriptionArn=True)
        try:

            def received() -> list[Any]:
                found = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
                for one in found:
                    sqs.delete_message(QueueUrl=queue, ReceiptHandle=one["ReceiptHandle"])
                bodies = [json.loads(one["Body"]) for one in found]
                return [body for body in bodies if "ceiling" in body.get("Subject", "")]

            yield received
        finally:
            sns.unsubscribe(SubscriptionArn=subscription["SubscriptionArn"])
            sqs.delete_queue(QueueUrl=queue)


def told(stack: Stack, secret: str) -> dict[str, Any]:
    answer = stack.post("/agent/report", body={"reports": [{"secret": secret, "state": {"CPU": 1}}]}).result
    return {name: answer[name] for name in ("interval", "live", "flush")}


def test_deployed_ceiling_slows_the_stage_down_and_tells_the_owner_until_it_is_raised(capped: Stack) -> None:
    secret = capped.register(Name="slow")
    capped.run(ROLLUP)
    assert (told(capped, secret), slow_until(capped)) == ({"interval": 60, "live": False, "flush": 300}, 0)
    count(capped, "AWS/ApiGateway", "Count", 2_000_000, ApiName=f"nezha-{capped.stage}", Stage="api")
    with mails(capped) as received:
        with capped.without("sns:Publish"):
            hours_pass(capped)
            capped.run(ROLLUP)
            assert slow_until(capped) > time.time()
            assert received() == []
        capped.run(ROLLUP)  # tries it again
        # A process may remember for 15 seconds what was.
        wait_until(lambda: told(capped, secret) == {"interval": 90, "live": False, "flush": 600}, pause=1)
        shown = capped.as_person("GET", "/cost").result
        assert (shown["local"], shown["ceiling"], shown["notifies"]) == (False, 5, True)
        assert shown["bill"]["cost"]["so_far"] >= 7
        assert "ceiling $5.00: reached; agents report less often until " in capped.ops("cost")
        (mail,) = received()
        capped.run(ROLLUP)
        assert mail["Subject"] == "Nezha capped: this month has reached its cost ceiling of $5.00"
        assert re.match(
            r"The stage capped has cost \$7\.\d\d this month, and its ceiling is \$5\.00\.", mail["Message"]
        )
        assert 'make deploy STAGE=capped ARGS="--ceiling DOLLARS"' in mail["Message"]
        hours_pass(capped)
        capped.run(ROLLUP)
        assert received() == []
        # The notice that every page shows to signed-in people follows from this.
        assert slow_until(capped) > time.time()
        capped.deploy("--ceiling", "1000")
        capped.run(ROLLUP)
        assert slow_until(capped) == 0
        wait_until(lambda: told(capped, secret) == {"interval": 60, "live": False, "flush": 300}, pause=1)
        assert "ceiling $1,000.00: not reached" in capped.ops("cost")
        assert received() == []
    asked = {one for one in capped.aws.permissions() if one.role == capped.resources["RollupRole"]}
    assert refused(asked) == set()


def hours_pass(stack: Stack) -> None:
    """Makes the stored costs a day older, so that the next run calculates them again."""
    key = {"key": {"S": "cost"}}
    with closing(stack.aws.client("dynamodb")) as client:
        table = f"nezha-{stack.stage}-settings"
        kept = json.loads(client.get_item(TableName=table, Key=key)["Item"]["metered"]["S"])
        metered = json.dumps({**kept, "at": kept["at"] - DAY_SECONDS})
        client.put_item(TableName=table, Item={**key, "metered": {"S": metered}})
    stack.start_anew()


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
