"""Our signatures are the same as botocore's."""

from typing import Any

import botocore.auth
import pytest
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.signature import authorization

words = st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters=","), min_size=1, max_size=60)


@given(access_key=words, secret_key=words, token=st.none() | words, body=st.binary(max_size=500))
@pytest.mark.parametrize(
    ("region", "url"),
    [("us-east-1", "https://dynamodb.us-east-1.amazonaws.com/"), ("eu-west-3", "http://127.0.0.1:8009/")],
)
def test_signs_as_botocore_does(region: str, url: str, access_key: Any, secret_key: Any, token: Any, body: Any) -> None:
    headers = {"content-type": "application/x-amz-json-1.0", "x-amz-target": "DynamoDB_20120810.GetItem"}
    request = AWSRequest("POST", url, headers=headers, data=body)
    botocore.auth.SigV4Auth(Credentials(access_key, secret_key, token), "dynamodb", region).add_auth(request)
    signed = {
        **headers,
        "host": request.url.split("/")[2],
        "x-amz-date": request.context["timestamp"],
        **({"x-amz-security-token": token} if token else {}),
    }
    assert authorization(access_key, secret_key, region, "/", signed, body) == request.headers["Authorization"]
