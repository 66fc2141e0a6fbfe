"""Calls moto's DynamoDB without the request, response and protocol that moto models around each call.

Those take two thirds of the time of a call that reads or writes an item.
"""

import base64
import io
import json
import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.core.request import Request
from moto.core.utils import camelcase_to_underscores
from moto.dynamodb.responses import DynamoHandler
from werkzeug.wrappers import Response

REGION = "us-east-1"

ANSWERED: Mapping[str, tuple[str, ...]] = {
    "GetItem": ("Item", "ConsumedCapacity"),
    "PutItem": ("Attributes", "ConsumedCapacity"),
    "UpdateItem": ("Attributes", "ConsumedCapacity"),
    "DeleteItem": ("Attributes", "ConsumedCapacity"),
    "BatchGetItem": ("Responses", "UnprocessedKeys", "ConsumedCapacity"),
    "BatchWriteItem": ("UnprocessedItems", "ItemCollectionMetrics", "ConsumedCapacity"),
    "Query": ("Items", "Count", "ScannedCount", "LastEvaluatedKey", "ConsumedCapacity"),
    "Scan": ("Items", "Count", "ScannedCount", "LastEvaluatedKey", "ConsumedCapacity"),
    "TransactWriteItems": ("ItemCollectionMetrics", "ConsumedCapacity"),
}
"""The operations that are called directly, with the members of their answers."""

_MAY_HOLD_BYTES = re.compile(rb'"BS?"|\\u')
"""Matches every JSON text with an attribute of bytes; JSON may spell the names of their types with \\u escapes."""

_method_name = cache(camelcase_to_underscores)


def answer(operation: str, request: bytes) -> bytes | None:
    """The answer to a call; None for calls that moto has to answer itself, which are all other operations and all
    failures.
    """
    members = ANSWERED.get(operation)
    if members is None:
        return None
    handler = DynamoHandler()
    handler.current_account, handler.region = DEFAULT_ACCOUNT_ID, REGION
    try:
        # A hook costs a function call for each object.
        hook = _from_json if _MAY_HOLD_BYTES.search(request) else None
        handler.body = handler.params = json.loads(request, object_hook=hook)
        method: Callable[[], Any] = getattr(handler, _method_name(operation))
        result = method().result
    except Exception:  # a failed call changes nothing, so moto can answer it again
        return None
    found = {name: result[name] for name in members if result.get(name) is not None}
    return json.dumps(found, default=_to_json).encode()


def moto(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """moto's own DynamoDB as a WSGI application. moto's server wraps it in Flask, which is slow to import."""
    status, headers, body = DynamoHandler.dispatch(_ServedRequest(environ))
    return Response(body, status, headers)(environ, start_response)


class _ServedRequest(Request):
    from_wsgi_server = True


class DirectMoto:
    """A WSGI application around moto's."""

    def __init__(self, moto: WSGIApplication) -> None:
        self._moto = moto

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        body = environ["wsgi.input"].read()
        found = answer(environ.get("HTTP_X_AMZ_TARGET", "").rpartition(".")[2], body)
        if found is None:
            return self._moto({**environ, "wsgi.input": io.BytesIO(body)}, start_response)
        start_response("200 OK", [("Content-Type", "application/x-amz-json-1.0"), ("Content-Length", str(len(found)))])
        return [found]


def _from_json(value: dict[str, Any]) -> dict[str, Any]:
    """An attribute's value with its bytes decoded."""
    if len(value) == 1:
        if isinstance(text := value.get("B"), str):
            return {"B": base64.b64decode(text)}
        if isinstance(texts := value.get("BS"), list):
            return {"BS": [base64.b64decode(text) for text in texts]}
    return value


def _to_json(value: object) -> object:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    raise TypeError(type(value))
