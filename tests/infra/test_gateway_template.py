"""API Gateway's settings in the template: its own answers, its limits, its log."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from chalicelib.api.security_headers import SECURITY_HEADERS
from infra import template

API = template.application()["Resources"]["RestAPI"]["Properties"]
RESPONSES = API["DefinitionBody"]["x-amazon-apigateway-gateway-responses"]

# https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
KINDS = {
    *("ACCESS_DENIED", "API_CONFIGURATION_ERROR", "AUTHORIZER_CONFIGURATION_ERROR", "AUTHORIZER_FAILURE"),
    *("BAD_REQUEST_BODY", "BAD_REQUEST_PARAMETERS", "DEFAULT_4XX", "DEFAULT_5XX", "EXPIRED_TOKEN"),
    *("INTEGRATION_FAILURE", "INTEGRATION_TIMEOUT", "INVALID_SIGNATURE", "MISSING_AUTHENTICATION_TOKEN"),
    *("QUOTA_EXCEEDED", "REQUEST_TOO_LARGE", "RESOURCE_NOT_FOUND", "THROTTLED", "UNAUTHORIZED"),
    *("UNSUPPORTED_MEDIA_TYPE", "WAF_FILTERED"),
}
"""All but INVALID_API_KEY, as no method asks for such a key."""


def test_every_kind_of_answer_is_ours() -> None:
    assert RESPONSES.keys() == KINDS


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_it_has_the_shape_of_our_errors(kind: Any) -> None:
    answer = RESPONSES[kind]
    (body,) = answer["responseTemplates"].values()
    said = json.loads(body)
    status = int(answer["statusCode"])
    assert said == {"code": 403 if status == 401 else status, "message": said["message"]}
    assert said["message"]
    assert headers_of(answer)["Content-Type"] == "application/json; charset=utf-8"


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_it_quotes_nothing_of_the_request(kind: Any) -> None:
    """What API Gateway says of a credential that is no signature has the credential in it."""
    (body,) = RESPONSES[kind]["responseTemplates"].values()
    assert "$context" not in body
    assert all(
        "$context" not in value and "method.request" not in value for value in headers_of(RESPONSES[kind]).values()
    )


def test_a_path_that_is_none_is_not_found_with_a_credential_and_without() -> None:
    for kind in (
        "MISSING_AUTHENTICATION_TOKEN",
        "INVALID_SIGNATURE",
        "EXPIRED_TOKEN",
        "RESOURCE_NOT_FOUND",
        "DEFAULT_4XX",
    ):
        assert RESPONSES[kind]["statusCode"] == "404"


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_pages_of_other_sites_may_read_it_and_nobody_keeps_it(kind: Any) -> None:
    headers = headers_of(RESPONSES[kind])
    assert headers["Access-Control-Allow-Origin"] == "*"
    assert headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_it_carries_the_security_headers(kind: Any) -> None:
    assert headers_of(RESPONSES[kind]).items() >= SECURITY_HEADERS.items()


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_what_passes_says_when_to_try_again(kind: Any) -> None:
    passes = RESPONSES[kind]["statusCode"] in ("429", "503")
    assert ("Retry-After" in headers_of(RESPONSES[kind])) == passes


def headers_of(answer: Mapping[str, Any]) -> dict[str, str]:
    found = answer["responseParameters"].items()
    assert all(value[0] == value[-1] == "'" for _, value in found)
    return {name.removeprefix("gatewayresponse.header."): value[1:-1] for name, value in found}


def test_the_access_log_has_no_place_for_a_credential() -> None:
    fields = json.loads(API["AccessLogSetting"]["Format"]).values()
    assert all(field.startswith("$context.") for field in fields)
    assert not {"$context.path", "$context.authorizer.principalId"} & set(fields)


def test_the_api_has_one_name_which_its_alarms_look_for() -> None:
    name = {"Fn::Sub": "nezha-${Stage}"}
    assert API["Name"] == API["DefinitionBody"]["info"]["title"] == name
    alarms = [
        one["Properties"]
        for one in template.application()["Resources"].values()
        if one.get("Type") == "AWS::CloudWatch::Alarm" and one["Properties"]["Namespace"] == "AWS/ApiGateway"
    ]
    assert {alarm["MetricName"] for alarm in alarms} == {"4XXError", "5XXError"}
    for alarm in alarms:
        assert {"Name": "ApiName", "Value": name} in alarm["Dimensions"]


def test_the_stage_that_sam_would_add_is_not_there() -> None:
    assert template.application()["Globals"]["Api"]["OpenApiVersion"] == "2.0"
