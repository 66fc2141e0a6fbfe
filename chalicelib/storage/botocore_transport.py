"""botocore's client as a transport: for the operator's commands, and where only botocore reaches DynamoDB.

It supports every source of credentials and every endpoint, and its errors explain what is wrong with them. It takes
seven times the CPU time of the fast transport, and tens of milliseconds to set up.
"""

from binascii import b2a_base64
from typing import Any

from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError, IncompleteReadError
from botocore.exceptions import ConnectionError as BotocoreConnectionError
from botocore.parsers import ResponseParserError
from botocore.session import Session

from chalicelib.storage.failures import CallRefused, NoAnswer, SetupError


class BotocoreTransport:
    """Calls to a region's DynamoDB, or to the one at `url`. Thread-safe.

    connect_seconds, read_seconds: as of FastTransport. proxies: whether the environment's proxies are used. Raises
    SetupError if a setting is invalid. Every error has botocore's own as its `__cause__`.
    """

    def __init__(
        self,
        session: Session,
        url: str | None,
        region: str,
        *,
        connect_seconds: float,
        read_seconds: float,
        proxies: bool = True,
    ) -> None:
        config = Config(
            connect_timeout=connect_seconds,
            read_timeout=read_seconds,
            retries={"total_max_attempts": 1},  # Database retries, as it knows how much time is left
            proxies=None if proxies else {},
        )
        try:
            self._client = session.create_client("dynamodb", region_name=region, endpoint_url=url, config=config)
        except (BotoCoreError, ValueError) as error:
            raise SetupError(str(error)) from error

    def call(self, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
        try:
            answer: dict[str, Any] = _as_json(getattr(self._client, xform_name(operation))(**parameters))
        except ClientError as error:
            response = _as_json(error.response)
            told = response.get("Error", {})
            status = response.get("ResponseMetadata", {}).get("HTTPStatusCode", 400)
            raise CallRefused(told.get("Code", ""), status, {**response, **told}) from error
        except (HTTPClientError, BotocoreConnectionError, IncompleteReadError, ResponseParserError) as error:
            raise NoAnswer(error) from error
        except BotoCoreError as error:
            raise SetupError(str(error)) from error
        return answer

    def close(self) -> None:
        self._client.close()


def _as_json(value: Any) -> Any:
    """botocore's answer with its bytes as base64 text, as in DynamoDB's JSON."""
    if isinstance(value, bytes):
        return b2a_base64(value, newline=False).decode("ascii")
    if isinstance(value, dict):
        return {name: _as_json(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_as_json(part) for part in value]
    return value
