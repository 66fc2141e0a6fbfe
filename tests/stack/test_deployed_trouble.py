"""Trouble as clients of a deployed stage meet it: too many requests, a table that throttles, an answer too large."""

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

from tests.api.failing_dynamodb import EXCEEDED, failing_dynamodb
from tests.stack.deployment import Answer, Deployment
from tests.stack.stack_deployment import Stack

LARGE_HOSTS = 56
"""With as many and as long texts as are kept of a host: together more than Lambda may answer."""

LAMBDA_ANSWER_BYTES = 6 * 1024 * 1024


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
        assert (outcome["error"], outcome["retry"]) == ("throttled", True)
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


def test_an_answer_larger_than_lambda_returns_says_to_narrow_it(deployment: Deployment) -> None:
    with large_hosts(deployment) as ids:
        answer = deployment.get("/server/details?tag=large", deployment.token)
        assert (answer.status, answer.json["code"]) == (413, 413)
        assert "id" in answer.json["message"]
        assert len(deployment.get(f"/server/details?id={ids[0]},{ids[1]}", deployment.token).result) == 2


def test_a_stage_compresses_it_for_who_takes_gzip(stack: Stack) -> None:
    def details(query: str, **headers: str) -> Answer:
        return stack._send("GET", f"/api/v1/server/details?{query}", {"Authorization": stack.token, **headers}, None)

    gzip = {"Accept-Encoding": "gzip"}
    with large_hosts(stack) as ids:
        answer = details("tag=large", Accept="*/*", **gzip)
        assert answer.encoding == "gzip"
        assert [one["id"] for one in answer.result] == ids
        assert len(json.dumps(answer.body)) > LAMBDA_ANSWER_BYTES
        for headers in ({"Accept": "*/*"}, gzip, {}):
            refused = details("tag=large", **headers)
            assert (refused.status, refused.json["code"], refused.encoding) == (413, 413, "")
            assert len(details(f"id={ids[0]}", **headers).result) == 1


@contextmanager
def large_hosts(deployment: Deployment) -> Iterator[list[int]]:
    """Within this block there are servers, tagged "large", whose details are more than Lambda may answer: their ids."""
    texts = ['"' * 256] * 64  # each a quotation mark that Lambda escapes twice
    host = {"CPU": texts, "GPU": texts}
    secrets = [deployment.register(Tag="large") for _ in range(LARGE_HOSTS)]
    for start in range(0, LARGE_HOSTS, 10):  # a request has its limit, too
        reports = [{"secret": secret, "host": host} for secret in secrets[start : start + 10]]
        assert all(
            "server_id" in one for one in deployment.post("/agent/report", body={"reports": reports}).result["reports"]
        )
    ids = [one["id"] for one in deployment.get("/server/list?tag=large", deployment.token).result]
    assert len(ids) == LARGE_HOSTS
    yield ids
    for id_ in ids:
        assert deployment.as_person("DELETE", f"/server/{id_}").status == 200


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
