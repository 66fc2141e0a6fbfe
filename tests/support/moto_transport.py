"""A transport to moto in this process, for tests: without sockets, signatures or botocore's model."""

import base64
import json
import threading
from contextlib import AbstractContextManager
from typing import Any, cast

from botocore.awsrequest import AWSPreparedRequest
from botocore.session import get_session
from moto import mock_aws

from chalicelib.storage.failures import Refused

URL = "https://dynamodb.us-east-1.amazonaws.com/"

ONE_AT_A_TIME = threading.Lock()


def moto_in_process() -> AbstractContextManager[None]:
    """Within this block a MotoTransport answers. The environment keeps its credentials, for other DynamoDBs."""
    return cast(AbstractContextManager[None], mock_aws(config={"core": {"mock_credentials": False}}))


class MotoTransport:
    def __init__(self) -> None:
        self._events = get_session().get_component("event_emitter")

    def call(self, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
        headers = {"content-type": "application/x-amz-json-1.0", "x-amz-target": f"DynamoDB_20120810.{operation}"}
        body = json.dumps(parameters, default=lambda value: base64.b64encode(value).decode())
        request = AWSPreparedRequest("POST", URL, headers, body.encode(), stream_output=False)
        # The event before botocore sends, which moto answers. One at a time, as moto checks conditions and writes in
        # two steps.
        with ONE_AT_A_TIME:
            ((_, found),) = self._events.emit(f"before-send.dynamodb.{operation}", request=request)
        answer: dict[str, Any] = json.loads(found.content or "{}")
        if found.status_code != 200:
            raise Refused(answer["__type"].rpartition("#")[2], found.status_code, answer)
        return answer

    def close(self) -> None:
        pass
