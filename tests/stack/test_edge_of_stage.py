"""A stage behind its edge: who is let in, who is believed, and what the functions may do."""

import fnmatch
import json
import re
from contextlib import closing
from http.client import HTTPConnection, HTTPResponse
from urllib.parse import urlsplit

import pytest

from chalicelib.storage.tables import TABLES
from tests.stack.deployment import PASSWORD, Deployment
from tests.stack.stack_deployment import COUNTRY, VIEWER, Stack
from tests.stack.test_deployed_permissions import allowed_on_tables, refused, table_of, use_every_permission

WRONG_TOKEN = "0" * 32


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/server/list"), ("GET", "/server/details"), ("POST", "/server/register")]
)
@pytest.mark.parametrize(("authorization", "status"), [(None, 401), (WRONG_TOKEN, 403)])
def test_what_the_gateway_refuses_has_the_shape_of_our_errors(
    stack: Stack, method: str, path: str, authorization: str | None, status: int
) -> None:
    answer = stack.request(method, path, authorization)
    assert (answer.status, answer.json["code"]) == (status, 403)
    assert answer.json.keys() == {"code", "message"}


def test_an_unknown_path_has_it_too(stack: Stack) -> None:
    answer = stack.get("/nothing")
    assert (answer.status, answer.json["code"], answer.json.keys()) == (404, 404, {"code", "message"})


def test_a_deleted_token_is_refused(stack: Stack) -> None:
    token = stack.new_token()
    assert stack.get("/server/list", token).status == 200
    (made,) = [one for one in stack.as_person("GET", "/token").result if one["head"] == token[:4]]
    assert stack.as_person("DELETE", f"/token/{made['id']}").status == 200
    assert stack.get("/server/list", token).status == 403


def test_people_sign_in_through_the_edge_and_their_cookie_counts_on_v0_routes(stack: Stack) -> None:
    assert stack.session  # sets the password
    own = {"Origin": "https://nezha.example"}
    assert stack.through_edge("POST", "/api/login", own, {"password": "wrong"}).status == 403
    answer = stack.through_edge("POST", "/api/login", own, {"password": PASSWORD})
    assert answer.status == 200
    assert stack.through_edge("GET", "/api/v1/server/list", {"Cookie": answer.cookie}).status == 200
    wrong = {"Cookie": answer.cookie, "Authorization": WRONG_TOKEN}
    assert stack.through_edge("GET", "/api/v1/server/list", wrong).status == 403
    elsewhere = {"Cookie": answer.cookie, "Origin": "https://elsewhere.example"}
    assert stack.through_edge("POST", "/api/token", elsewhere, {"note": "x"}).status == 403
    assert stack.through_edge("POST", "/api/logout", {"Cookie": answer.cookie, **own}).status == 200
    assert stack.through_edge("GET", "/api/v1/server/list", {"Cookie": answer.cookie}).status == 403


def test_the_edge_tells_address_and_country(stack: Stack) -> None:
    made = stack.through_edge("POST", "/api/v1/server/register", {"Authorization": stack.token}, {"Tag": "edge"})
    (server,) = stack.get("/server/list?tag=edge", stack.token).result
    assert server["name"] == VIEWER
    report = {"reports": [{"host": {"Platform": "debian"}}]}
    stack.through_edge("POST", "/api/v1/agent/report", {"Authorization": made.json["secret"]}, report)
    (details,) = stack.get("/server/details?tag=edge", stack.token).result
    assert details["host"]["CountryCode"] == COUNTRY.lower()


def test_the_files_of_a_page_come_from_s3_as_the_function_would_send_them(stack: Stack) -> None:
    page = stack._send("GET", "/", {"Accept": "*/*"}, None)
    names = set(re.findall(r'"\./(static/[^"#]+)"', page.body))
    assert len(names) > 10
    with closing(stack.aws.client("s3")) as s3:
        for name in names:
            file = s3.get_object(Bucket=stack.files, Key=name)
            ours = stack._send("GET", f"/{name}", {"Accept": "*/*"}, None)
            assert (ours.status, file["ContentType"]) == (200, ours.content_type)
            assert file["CacheControl"] == "public, max-age=31536000, immutable"
            assert file["Body"].read().decode(errors="surrogateescape") == ours.body
    served = through_cloudfront(stack, f"/{min(names)}")
    assert served.status == 200
    assert served.getheader("X-Content-Type-Options") == "nosniff"
    assert through_cloudfront(stack, "/static/nothing.js").status in (403, 404)


def through_cloudfront(stack: Stack, path: str) -> HTTPResponse:
    """What the emulated CloudFront, which caches nothing, makes of a request for a file."""
    with closing(HTTPConnection(urlsplit(stack.aws.url).netloc, timeout=120)) as connection:
        # The emulator's word for a viewer who uses HTTPS.
        headers = {"Host": stack.outputs["EdgeDomain"], "X-Forwarded-Proto": "https"}
        connection.request("GET", path, headers=headers)
        response = connection.getresponse()
        response.read()
        return response


def test_nobody_else_tells_them(stack: Stack) -> None:
    forged = {"Authorization": stack.token, "X-Nezha-Viewer-Address": "192.0.2.9", "X-Nezha-Edge": "guess"}
    stack._send("POST", "/api/v1/server/register", forged, json.dumps({"Tag": "forged"}))
    (server,) = stack.get("/server/list?tag=forged", stack.token).result
    assert server["name"] == "127.0.0.1"


def test_each_role_may_do_what_its_function_does_and_nothing_else(stack: Stack) -> None:
    use_every_permission(stack)
    roles = stack.policies
    asked = {one for one in stack.aws.permissions() if one.role in roles}
    used = {(one.role, one.action, table_of(one.resource)) for one in asked if one.allowed and table_of(one.resource)}
    allowed = {(role, *each) for role, policy in roles.items() for each in allowed_on_tables(policy)}
    role, metering = stack.meter_policy
    every = [f"nezha-{stack.stage}-{model.Meta.table_name}" for model in TABLES]
    allowed |= {
        (role, action, table)
        for action, pattern in allowed_on_tables(metering)
        for table in fnmatch.filter(every, pattern)
    }
    assert used == allowed
    assert {one.action for one in asked if not table_of(one.resource)} == {
        "apigateway:DELETE",
        "cloudwatch:GetMetricStatistics",
        "lambda:InvokeFunction",
    }
    assert refused(asked) == set()


def test_a_function_that_may_not_use_its_table_says_503(stack: Stack) -> None:
    with stack.without("dynamodb:Scan"):
        answer = stack.get("/server/list", stack.token)
        assert (answer.status, answer.json["code"]) == (503, 503)
    assert stack.get("/server/list", stack.token).status == 200


def test_two_stages_do_not_see_each_other(stack: Stack, deployment: Deployment) -> None:
    stack.register(Name="only in one")
    assert "only in one" not in [one["name"] for one in deployment.get("/server/list", deployment.token).result]
    assert deployment.get("/server/list", stack.token).status == 403
