"""Trouble as clients of a deployed stage meet it: too many requests, and a table that throttles."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

from tests.api.failing_dynamodb import EXCEEDED, failing_dynamodb
from tests.stack.deployment import Deployment
from tests.stack.stack_deployment import Stack


def test_a_throttled_route_locks_nobody_out_of_another(deployment: Deployment) -> None:
    assert deployment.get("/health").status == 200
    with deployment.limited("~1api~1v1~1health/GET", 0):
        assert deployment.get("/health").status == 429
        assert deployment.get("/server/list", deployment.token).status == 200
    assert deployment.get("/health").status == 200


def test_a_table_that_throttles_is_a_429_and_reports_wait(deployment: Deployment) -> None:
    secret = deployment.register(Name="waiting")
    report = {"reports": [{"secret": secret, "state": {"CPU": 1.5}}]}
    with failing_dynamodb(deployment.aws.url) as database, tables_at(deployment, database.url):
        assert deployment.get("/server/list", deployment.token).status == 200
        database.fails(EXCEEDED)
        answer = deployment.get("/server/list", deployment.token)
        assert (answer.status, answer.json["code"]) == (429, 429)
        database.fails(EXCEEDED, "UpdateItem")
        (outcome,) = deployment.post("/agent/report", body=report).result["reports"]
        assert outcome["not_kept"] == ["state"]
        database.works()
        (outcome,) = deployment.post("/agent/report", body=report).result["reports"]
        assert outcome.keys() == {"server_id"}
    assert deployment.server("waiting")["last_active"] > 0


def test_a_throttled_stage_says_so_in_the_shape_of_our_errors(stack: Stack) -> None:
    with stack.limited("~1api~1v1~1health/GET", 0):
        answer = stack.get("/health")
        assert (answer.status, answer.json["code"], answer.json.keys()) == (429, 429, {"code", "message"})
        assert stack.get("/server/list", stack.token).status == 200
    assert stack.get("/health").status == 200


@contextmanager
def tables_at(deployment: Deployment, url: str) -> Iterator[None]:
    """Within this block the function that answers finds its tables there, and has started anew."""
    function = deployment.deployed["api_handler"]["lambda_arn"]
    with closing(deployment.aws.client("lambda")) as client:
        before: dict[str, Any] = client.get_function_configuration(FunctionName=function)["Environment"]["Variables"]
        there = {**before, "AWS_ENDPOINT_URL_DYNAMODB": url}
        client.update_function_configuration(FunctionName=function, Environment={"Variables": there})
        try:
            yield
        finally:
            client.update_function_configuration(FunctionName=function, Environment={"Variables": before})
