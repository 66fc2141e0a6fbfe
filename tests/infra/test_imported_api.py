"""The parts of Chalice's API description for API Gateway that our template relies on."""

import importlib
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from chalice.deploy.swagger import CFNSwaggerGenerator

from chalicelib.fleet.limits import AUTHORIZER_CACHE_SECONDS
from infra import template

METHODS = ("get", "head", "post", "patch", "delete", "options")

Described = dict[str, Any]


@pytest.fixture(scope="module")
def described() -> Iterator[Described]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NEZHA_TABLE_PREFIX", "nezha-test-")
        patch.setenv("AWS_REGION", "us-east-1")
        patch.delitem(sys.modules, "app", raising=False)
        try:
            yield CFNSwaggerGenerator().generate_swagger(importlib.import_module("app").app)
        finally:
            sys.modules.pop("app", None)


def operations(described: Described) -> dict[tuple[str, str], Described]:
    return {
        (method, path): operation
        for path, methods in described["paths"].items()
        for method, operation in methods.items()
        if method in METHODS
    }


def test_every_body_becomes_text(described: Described) -> None:
    """With the binary type */* API Gateway cannot else make anything of a preflight, and answers it with 500.

    https://github.com/aws/chalice/issues/1310
    """
    body = template.application()["Resources"]["RestAPI"]["Properties"]["DefinitionBody"]
    assert body["x-amazon-apigateway-binary-media-types"] == ["*/*"]
    found = operations(described)
    assert {operation["x-amazon-apigateway-integration"]["type"] for operation in found.values()} == {
        "aws_proxy",
        "mock",
    }
    for route, operation in found.items():
        assert operation["x-amazon-apigateway-integration"]["contentHandling"] == "CONVERT_TO_TEXT", route


def test_a_preflight_needs_no_credential_and_allows_to_send_one(described: Described) -> None:
    preflights = {route: operation for route, operation in operations(described).items() if route[0] == "options"}
    assert ("options", "/api/v1/server/list") in preflights
    for operation in preflights.values():
        assert "security" not in operation
        (answer,) = operation["x-amazon-apigateway-integration"]["responses"].values()
        allowed = answer["responseParameters"]["method.response.header.Access-Control-Allow-Headers"]
        assert "Authorization" in allowed.strip("'").split(",")


def test_the_authorizer_is_asked_about_one_header_and_remembered_for_a_minute(described: Described) -> None:
    (authorizer,) = described["securityDefinitions"].values()
    assert (authorizer["type"], authorizer["in"], authorizer["name"]) == ("apiKey", "header", "Authorization")
    kept = authorizer["x-amazon-apigateway-authorizer"]
    assert (kept["type"], kept["authorizerResultTtlInSeconds"]) == ("token", AUTHORIZER_CACHE_SECONDS)


def test_every_limit_is_one_of_a_route_that_is_there(described: Described) -> None:
    limits = template.application()["Resources"]["RestAPI"]["Properties"]["MethodSettings"]
    own = {
        (limit["HttpMethod"].lower(), limit["ResourcePath"].replace("/~1", "/").replace("~1", "/"))
        for limit in limits
        if limit["ResourcePath"] != "/*"
    }
    assert own <= operations(described).keys()


def test_head_is_a_method_of_every_route_that_answers_get(described: Described) -> None:
    found = operations(described)
    reading = {path for method, path in found if method == "get"}
    assert {path for method, path in found if method == "head"} == reading
    for path in reading:
        assert found["head", path].get("security") == found["get", path].get("security")
