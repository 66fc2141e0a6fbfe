"""The package that `make deploy` uploads, under the runtime client that runs it on Lambda."""

import json
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from tests.api.failing_dynamodb import SILENT, failing_dynamodb
from tests.stack.emulator import REGION
from tests.stack.forwarder import forwarding
from tests.stack.lambda_service import Function, Outcome, deployed_function
from tests.stack.stack_deployment import Stack

WRONG_TOKEN = "0" * 32


@pytest.fixture(scope="module")
def code(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The unpacked package of a deployed stage."""
    folder = tmp_path_factory.mktemp("task")
    with ZipFile(stack.folder / "build" / stack.stage / "code.zip") as package:
        package.extractall(folder)
    return folder


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "log"


def environment(stack: Stack, url: str = "") -> dict[str, str]:
    return {
        "NEZHA_TABLE_PREFIX": f"nezha-{stack.stage}-",
        "NEZHA_COMPRESS": "1",
        "AWS_REGION": REGION,
        "AWS_ENDPOINT_URL_DYNAMODB": url or stack.aws.url,
        "AWS_ACCESS_KEY_ID": stack.aws.account,
        "AWS_SECRET_ACCESS_KEY": "test",
    }


@pytest.fixture
def function(stack: Stack, code: Path, log: Path) -> Iterator[Function]:
    with deployed_function(code, "app.app", environment(stack), log=log) as function:
        yield function


def over(stack: Stack, code: Path, log: Path, url: str, timeout: float = 10) -> AbstractContextManager[Function]:
    """The function with its tables at another URL."""
    return deployed_function(code, "app.app", environment(stack, url), log=log, timeout=timeout)


def get(path: str, **more: Any) -> dict[str, Any]:
    """What API Gateway sends to the function. `path` is a route without parameters."""
    return {
        "resource": path,
        "path": path,
        "httpMethod": "GET",
        "headers": {"Host": "api.example", "Accept": "*/*"},
        "multiValueHeaders": {"Host": ["api.example"], "Accept": ["*/*"]},
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "pathParameters": None,
        "stageVariables": None,
        "requestContext": {
            "resourcePath": path,
            "path": f"/api{path}",
            "httpMethod": "GET",
            "stage": "api",
            "apiId": "abc",
            "identity": {"sourceIp": "203.0.113.5"},
            **more,
        },
        "body": None,
        "isBase64Encoded": False,
    }


HEALTH = get("/api/v1/health")
LIST = get("/api/v1/server/list", authorizer={"kind": "token", "scopes": "read", "token_id": "1"})


def status(outcome: Outcome) -> int:
    assert outcome.error is None, outcome.error
    code: int = outcome.answer["statusCode"]
    return code


def test_a_cold_start_answers_and_its_process_goes_on(function: Function) -> None:
    first, second = function.invoke(HEALTH), function.invoke(HEALTH)
    assert (status(first), status(second)) == (200, 200)
    assert (first.cold, second.cold) == (True, False)
    assert second.seconds < first.seconds


def test_every_line_of_the_log_is_json_with_our_fields_at_the_top(function: Function) -> None:
    """The filters of the alarms look there."""
    function.invoke(HEALTH)
    function.invoke(get("/openapi.json"))
    first, second = (one for one in function.log if one["logger"].startswith("chalicelib"))
    expected = {"level": "INFO", "method": "GET", "route": "/api/v1/health", "status": 200, "caller": "guest"}
    assert {**first, **expected} == first
    assert first["message"] == "GET /api/v1/health 200"
    assert {"timestamp", "requestId", "logger"} <= first.keys()
    assert second["requestId"] != first["requestId"]


def test_an_error_of_ours_is_a_500_whose_log_says_why(function: Function) -> None:
    """By an event that API Gateway never sends: nobody asks."""
    assert status(function.invoke(get("/api/v1/health", identity=None))) == 500
    (line,) = [one for one in function.log if one["level"] == "ERROR"]
    assert (line["errorType"], line["logger"]) == ("AttributeError", "nezha")
    assert line["requestId"]
    assert line["stackTrace"]


def test_an_error_that_nobody_handles_is_reported_and_ends_nothing(stack: Stack, code: Path, log: Path) -> None:
    with deployed_function(code, "app.authorizer", environment(stack), log=log) as function:
        failed = function.invoke({})
        again = function.invoke({})
    assert failed.error
    assert failed.error["errorType"] == "KeyError"
    assert failed.error["stackTrace"]
    assert not again.cold
    (line, _) = [one for one in function.log if one["level"] == "ERROR"]
    assert (line["errorType"], bool(line["requestId"])) == ("KeyError", True)


def test_a_function_that_cannot_start_names_the_variable(stack: Stack, code: Path, log: Path) -> None:
    incomplete = {name: value for name, value in environment(stack).items() if name != "NEZHA_TABLE_PREFIX"}
    with deployed_function(code, "app.app", incomplete, log=log) as function:
        failed = function.invoke(HEALTH)
    assert failed.error
    assert failed.error["errorType"] == "ConfigError"
    assert "NEZHA_TABLE_PREFIX" in failed.error["errorMessage"]


def test_a_database_that_is_silent_is_a_503_long_before_lambda_ends_the_function(
    stack: Stack, code: Path, log: Path
) -> None:
    with failing_dynamodb(stack.aws.url) as database, over(stack, code, log, database.url) as function:
        assert status(function.invoke(HEALTH)) == 200
        database.fails(SILENT)
        silent = function.invoke(LIST)
        assert status(silent) == 503
        database.works()
        after = function.invoke(LIST)
        assert (status(after), after.cold) == (200, False)


def test_after_a_timeout_a_new_process_answers(stack: Stack, code: Path, log: Path) -> None:
    with failing_dynamodb(stack.aws.url) as database, over(stack, code, log, database.url) as function:
        assert status(function.invoke(LIST)) == 200
        database.fails(SILENT)
        function.timeout = 0.3
        timed_out = function.invoke(LIST)
        assert timed_out.error == {
            "errorType": "Sandbox.Timedout",
            "errorMessage": "Task timed out after 0.30 seconds",
        }
        database.works()
        function.timeout = 10
        after = function.invoke(LIST)
        assert (status(after), after.cold) == (200, True)


@pytest.mark.parametrize("trouble", ["reset", "swallow"])
def test_a_process_whose_connections_died_while_it_was_frozen_answers(
    stack: Stack, code: Path, log: Path, trouble: str
) -> None:
    """reset: the other side says so. swallow: it never answers again."""
    with forwarding(stack.aws.url) as network, over(stack, code, log, network.url) as function:
        assert status(function.invoke(LIST)) == 200
        assert getattr(network, trouble)() > 0
        after = function.invoke(LIST)
        assert (status(after), after.cold) == (200, False)


def test_the_authorizer_runs_from_the_same_package(stack: Stack, code: Path, log: Path) -> None:
    def verdict(function: Function, token: str) -> Mapping[str, Any]:
        method = f"arn:aws:execute-api:{REGION}:{stack.aws.account}:abc/api/GET/api/v1/server/list"
        event = {"type": "TOKEN", "methodArn": method, "authorizationToken": token}
        outcome = function.invoke(event)
        assert outcome.error is None, outcome.error
        answer: Mapping[str, Any] = outcome.answer
        return answer

    with deployed_function(code, "app.authorizer", environment(stack), log=log) as function:
        good, bad = verdict(function, stack.token), verdict(function, WRONG_TOKEN)
    (statement,) = good["policyDocument"]["Statement"]
    assert statement["Effect"] == "Allow"
    assert "/api/v1/server/list" in str(statement["Resource"])
    assert not any(one["Resource"] for one in bad["policyDocument"]["Statement"])


def test_the_handlers_are_those_that_the_template_names(stack: Stack) -> None:
    resources = json.loads((stack.folder / "build" / stack.stage / "sam.json").read_text())["Resources"]
    assert resources["APIHandler"]["Properties"]["Handler"] == "app.app"
    assert resources["Authorizer"]["Properties"]["Handler"] == "app.authorizer"
