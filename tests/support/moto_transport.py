"""A transport to moto in this process, for tests: without sockets, signatures or botocore's model."""

import base64
import copy
import json
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from typing import Any, cast
from unittest.mock import patch

from botocore.awsrequest import AWSPreparedRequest
from botocore.session import get_session
from moto import mock_aws
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.models.table import Table

from benchmarks.watched_store import WatchedStore
from chalicelib.storage.failures import CallRefused
from local import moto_at_scale, moto_direct

URL = "https://dynamodb.us-east-1.amazonaws.com/"

ONE_AT_A_TIME = threading.Lock()


@contextmanager
def moto_in_process() -> Iterator[None]:
    """Within this block a MotoTransport answers. The environment keeps its credentials, for other DynamoDBs."""
    with mock_aws(config={"core": {"mock_credentials": False}}), moto_patched():
        yield


@contextmanager
def moto_patched() -> Iterator[None]:
    """Within this block, moto is as `moto_at_scale` makes it."""
    with ExitStack() as patched:
        for owner, name, ours in moto_at_scale.patches():
            patched.enter_context(patch.object(owner, name, ours, create=True))
        yield


_created: dict[str, Table] = {}
"""An empty table of each kind, by its name without the prefix. Every store of this process gets copies of them."""


def create_tables(store: WatchedStore) -> None:
    """Creates the store's tables; from the second call on, copies the first ones, in a tenth of the time."""
    if not _created:
        names = store.create_tables()
        _created.update({name.removeprefix(store.prefix): _another(_tables()[name], name) for name in names})
        return
    for name, table in _created.items():
        _tables()[store.prefix + name] = _another(table, store.prefix + name)


Items = dict[str, Any]
"""What tables contain, by their names without the prefix."""


def items_of(prefix: str) -> Items:
    """A copy of what is in the tables whose names begin with `prefix`, for `put_items`."""
    with ONE_AT_A_TIME:
        found = {name: table for name, table in _tables().items() if name.startswith(prefix)}
        return {name.removeprefix(prefix): copy.deepcopy(table.items) for name, table in found.items()}


def put_items(prefix: str, items: Items) -> None:
    """Replaces what is in the tables, thousands of times as fast as requests would."""
    with ONE_AT_A_TIME:
        for name, content in items.items():
            _tables()[prefix + name].items = copy.deepcopy(content)


def _tables() -> dict[str, Table]:
    found: dict[str, Table] = dynamodb_backends[DEFAULT_ACCOUNT_ID][moto_direct.REGION].tables
    return found


def _another(table: Table, name: str) -> Table:
    made = copy.copy(table)
    made.name, made.items = name, copy.copy(table.items)
    made.items.clear()
    return made


@cache
def _events() -> Any:
    """botocore's event emitter. A session for each transport would take longer than most tests."""
    return get_session().get_component("event_emitter")


class MotoTransport:
    def call(self, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
        body = json.dumps(parameters, default=lambda value: base64.b64encode(value).decode()).encode()
        # One at a time, as moto checks conditions and writes in two steps.
        with ONE_AT_A_TIME:
            answer = moto_direct.answer(operation, body)
            return self._call_moto(operation, body) if answer is None else cast(dict[str, Any], json.loads(answer))

    def _call_moto(self, operation: str, body: bytes) -> dict[str, Any]:
        headers = {"content-type": "application/x-amz-json-1.0", "x-amz-target": f"DynamoDB_20120810.{operation}"}
        request = AWSPreparedRequest("POST", URL, headers, body, stream_output=False)
        # The event before botocore sends, which moto answers.
        ((_, found),) = _events().emit(f"before-send.dynamodb.{operation}", request=request)
        answer: dict[str, Any] = json.loads(found.content or "{}")
        if found.status_code != 200:
            raise CallRefused(answer["__type"].rpartition("#")[2], found.status_code, answer)
        return answer

    def close(self) -> None:
        pass
