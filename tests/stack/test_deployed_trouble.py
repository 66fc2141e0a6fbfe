"""Trouble as clients of a deployed stage meet it: too many requests, a table that throttles, an answer too large."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

from api.failing_dynamodb import EXCEEDED, failing_dynamodb
from deployment import Deployment

LARGE_HOSTS = 56
"""With as many and as long texts as are kept of a host: together more than Lambda may answer."""


def test_a_throttled_route_locks_nobody_out_of_another(deployment: Deployment) -> None:
    assert deployment.get("/health").status == 200
    with limited_to_nothing(deployment, "/~1api~1v1~1health/GET"):
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
        assert (outcome["error"], outcome["retry"]) == ("throttled", True)
        database.works()
        (outcome,) = deployment.post("/agent/report", body=report).result["reports"]
        assert outcome.keys() == {"server_id"}
    assert deployment.server("waiting")["last_active"] > 0


def test_an_answer_larger_than_lambda_returns_says_to_narrow_it(deployment: Deployment) -> None:
    texts = ['"' * 256] * 64  # each a quotation mark that Lambda escapes twice
    host = {"CPU": texts, "GPU": texts}
    secrets = [deployment.register(Tag="large") for _ in range(LARGE_HOSTS)]
    for start in range(0, LARGE_HOSTS, 10):  # a request has its limit, too
        reports = [{"secret": secret, "host": host} for secret in secrets[start : start + 10]]
        assert all(
            "server_id" in one for one in deployment.post("/agent/report", body={"reports": reports}).result["reports"]
        )
    answer = deployment.get("/server/details?tag=large", deployment.token)
    assert (answer.status, answer.json["code"]) == (413, 413)
    assert "id" in answer.json["message"]
    ids = [one["id"] for one in deployment.get("/server/list?tag=large", deployment.token).result]
    assert len(deployment.get(f"/server/details?id={ids[0]},{ids[1]}", deployment.token).result) == 2
    for id_ in ids:
        assert deployment.as_person("DELETE", f"/server/{id_}").status == 200


@contextmanager
def limited_to_nothing(deployment: Deployment, method: str) -> Iterator[None]:
    """Within this block API Gateway lets no request to a method of the stage pass."""
    where = {"restApiId": deployment.deployed["rest_api"]["rest_api_id"], "stageName": "api"}
    limits = [f"/{method.removeprefix('/')}/throttling/{limit}" for limit in ("rateLimit", "burstLimit")]
    with closing(deployment.aws.client("apigateway")) as client:
        client.update_stage(**where, patchOperations=[{"op": "replace", "path": path, "value": "0"} for path in limits])
        try:
            yield
        finally:
            client.update_stage(
                **where, patchOperations=[{"op": "replace", "path": path, "value": "1000"} for path in limits]
            )


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
