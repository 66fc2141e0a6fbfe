"""The embedded DynamoDB answers only calls that an AWS SDK on this machine signed with its key."""

import http.client
import json
import time
from collections.abc import Mapping
from contextlib import closing
from typing import Any

import boto3
import pytest
from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from chalicelib.signature import authorization
from tests.local.running import port_of
from tests.support.dynamodb import KEY

TABLE = "secrets"
SCAN = json.dumps({"TableName": TABLE}).encode()
REGION = "us-east-1"


@pytest.fixture(scope="module")
def url(dynamodb_url: str) -> str:
    """An embedded DynamoDB with one item in TABLE."""
    with closing(_client(dynamodb_url, KEY, KEY)) as client:
        key = {"AttributeName": "k", "AttributeType": "S"}
        client.create_table(
            TableName=TABLE,
            AttributeDefinitions=[key],
            KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
        )
        client.put_item(TableName=TABLE, Item={"k": {"S": "password hash"}})
    return dynamodb_url


@pytest.fixture
def port(url: str) -> int:
    return port_of(url)


def test_a_call_signed_with_the_key_is_answered(port: int) -> None:
    status, headers, body = _send(port, _signed(port))
    assert status == 200
    assert b"password hash" in body
    assert not [name for name in headers if name.startswith("access-control-")]


@pytest.mark.parametrize(
    "host", ["localhost", "127.0.0.1", "127.8.9.10", "[::1]", "LOCALHOST.", "dynamodb.localhost:80"]
)
def test_any_loopback_host_is_accepted(port: int, host: str) -> None:
    assert _send(port, _signed(port, host=host))[0] == 200


@pytest.mark.parametrize("region", ["us-east-1", "eu-west-3", "local"])
def test_any_region_is_accepted(url: str, region: str) -> None:
    with closing(_client(url, KEY, KEY, region)) as client:
        assert client.scan(TableName=TABLE)["Count"] == 1


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:8009", "127.0.0.1.evil.example", "localhost.evil.example", "192.0.2.1", "", "a b"],
)
def test_a_name_that_was_rebound_to_this_machine_is_refused_even_if_signed(port: int, host: str) -> None:
    _assert_refused(port, _signed(port, host=host), 403)


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:8009", ""])
def test_a_call_of_a_website_is_refused_even_if_signed(port: int, origin: str) -> None:
    _assert_refused(port, {**_signed(port), "Origin": origin}, 403)


def test_a_website_cannot_scan_with_a_request_that_needs_no_preflight(port: int) -> None:
    simple = {"Host": f"127.0.0.1:{port}", "Content-Type": "text/plain"}
    for headers in (simple, {**simple, "Origin": "https://evil.example"}):
        _assert_refused(port, headers, 403, target="/?Action=Scan")
        form = {**headers, "Content-Type": "application/x-www-form-urlencoded"}
        _assert_refused(port, form, 403, target="/?Action=Scan", body=b"Action=Scan&TableName=secrets")


def test_a_preflight_request_is_refused(port: int) -> None:
    asked = {
        "Host": f"127.0.0.1:{port}",
        "Origin": "https://evil.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "x-amz-target,authorization",
    }
    _assert_refused(port, asked, 403, method="OPTIONS")


@pytest.mark.parametrize("missing", ["x-amz-target", "content-type", "x-amz-date", "authorization"])
def test_a_call_without_what_every_sdk_sends_is_refused(port: int, missing: str) -> None:
    headers = {name: value for name, value in _signed(port).items() if name != missing}
    _assert_refused(port, headers)


@pytest.mark.parametrize(
    ("key_id", "secret"),
    [("other", "other"), (KEY, "other"), ("other", KEY), (KEY, ""), (KEY + "x", KEY), ("local", "local")],
)
def test_another_key_is_refused(port: int, key_id: str, secret: str) -> None:
    _assert_refused(port, _signed(port, key_id=key_id, secret=secret), 400)


def test_an_sdk_with_another_key_gets_dynamodbs_own_error(url: str) -> None:
    for key_id, secret, code in (
        ("other", KEY, "UnrecognizedClientException"),
        (KEY, "other", "InvalidSignatureException"),
    ):
        with closing(_client(url, key_id, secret)) as client, pytest.raises(ClientError) as caught:
            client.scan(TableName=TABLE)
        assert caught.value.response["Error"]["Code"] == code


@pytest.mark.parametrize("seconds", [-3600 * 24, -16 * 60, 16 * 60])
def test_a_recorded_call_cannot_be_replayed_later(port: int, seconds: float) -> None:
    assert (
        _send(port, _signed(port, at=time.time() + seconds / 16 * 14 if abs(seconds) < 3600 else time.time()))[0] == 200
    )
    _assert_refused(port, _signed(port, at=time.time() + seconds), 400)


@pytest.mark.parametrize("date", ["20261341T000000Z", "now", "20261128", "20261128T000000Z, 20261128T000000Z"])
def test_a_date_that_is_none_is_refused(port: int, date: str) -> None:
    _assert_refused(port, {**_signed(port), "x-amz-date": date}, 400)


def test_a_new_date_on_an_old_signature_is_refused(port: int) -> None:
    old = _signed(port, at=time.time() - 7 * 24 * 3600)
    _assert_refused(port, {**old, "x-amz-date": _signed(port)["x-amz-date"]}, 400)


@pytest.mark.parametrize("left_out", ["host", "x-amz-target"])
def test_a_signature_that_covers_too_little_is_refused(port: int, left_out: str) -> None:
    _assert_refused(port, _signed(port, left_out=left_out), 400)


def test_a_signature_fits_one_call_only(port: int) -> None:
    signed = _signed(port)
    _assert_refused(port, signed, 400, body=json.dumps({"TableName": TABLE, "Limit": 1}).encode())
    _assert_refused(port, {**signed, "x-amz-target": "DynamoDB_20120810.DeleteTable"}, 400)
    _assert_refused(port, {**signed, "host": f"localhost:{port}"}, 400)


@pytest.mark.parametrize(
    "authorization_",
    ["", "test", "AWS test:c2ln", "Bearer test", "AWS4-HMAC-SHA256", "AWS4-HMAC-SHA256 Credential=test"],
)
def test_another_scheme_is_refused(port: int, authorization_: str) -> None:
    _assert_refused(port, {**_signed(port), "authorization": authorization_}, 400)


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "HEAD"])
def test_a_presigned_url_is_refused(port: int, method: str) -> None:
    request = AWSRequest("POST", f"http://127.0.0.1:{port}/?Action=Scan", data=SCAN)
    SigV4QueryAuth(Credentials(KEY, KEY), "dynamodb", REGION).add_auth(request)
    target = request.url.removeprefix(f"http://127.0.0.1:{port}")
    assert "X-Amz-Signature=" in target
    host = {"Host": f"127.0.0.1:{port}"}
    _assert_refused(port, host, 403, method=method, target=target)
    _assert_refused(port, _signed(port), 403, method=method, target=target)


@pytest.mark.parametrize("target", ["/moto-api/", "/moto-api/data.json", "/x", "/?Action=Scan", "http://127.0.0.1/x"])
def test_nothing_but_dynamodb_is_served(port: int, target: str) -> None:
    _assert_refused(port, _signed(port), 403, target=target)
    _assert_refused(port, {"Host": f"127.0.0.1:{port}"}, 403, method="GET", target=target)


@pytest.mark.parametrize(
    "target", ["Scan", "DynamoDB_20120810", "DynamoDBStreams_20120810.ListStreams", "S3.ListBuckets"]
)
def test_operations_of_other_services_are_refused(port: int, target: str) -> None:
    _assert_refused(port, _signed(port, operation=target), 403)


def _client(url: str, key_id: str, secret: str, region: str = REGION) -> Any:
    return boto3.client(
        "dynamodb",
        endpoint_url=url,
        region_name=region,
        aws_access_key_id=key_id,
        aws_secret_access_key=secret,
        config=Config(retries={"total_max_attempts": 1}),
    )


def _signed(
    port: int,
    *,
    key_id: str = KEY,
    secret: str = KEY,
    host: str | None = None,
    at: float | None = None,
    operation: str = "DynamoDB_20120810.Scan",
    left_out: str = "",
) -> dict[str, str]:
    """The headers of a valid Scan, with the test's changes. left_out: headers that are sent, but not signed."""
    headers = {
        "content-type": "application/x-amz-json-1.0",
        "host": f"127.0.0.1:{port}" if host is None else host,
        "x-amz-date": time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(at)),
        "x-amz-target": operation,
    }
    signed = {name: value.strip() for name, value in headers.items() if name != left_out}
    return {**headers, "authorization": authorization(key_id, secret, REGION, "/", signed, SCAN)}


def _send(
    port: int, headers: Mapping[str, str], *, method: str = "POST", target: str = "/", body: bytes = SCAN
) -> tuple[int, dict[str, str], bytes]:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            connection.putheader(name, value)
        connection.endheaders(body)
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()


def _assert_refused(port: int, headers: Mapping[str, str], status: int | None = None, **request: Any) -> None:
    got, answered, body = _send(port, headers, **request)
    assert got == status if status else 400 <= got < 500
    assert b"password hash" not in body
    assert b"Items" not in body
    assert not [name for name in answered if name.startswith("access-control-")]
