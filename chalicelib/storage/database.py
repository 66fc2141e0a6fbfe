"""Calls to DynamoDB: expressions in, items out, every failure translated, and always an answer in time.

PynamoDB's models describe the tables and its expressions the changes. Its model methods bind a table's name and its
time-outs when the class is declared, make a client a table, and `batch_get` asks again for ever while DynamoDB
throttles; so the calls themselves go through one `wire.Connection` here.
"""

import logging
import random
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from dataclasses import dataclass
from functools import cache
from typing import Any

from botocore.exceptions import BotoCoreError, NoCredentialsError, PartialCredentialsError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action, Update
from pynamodb.models import Model

from chalicelib.config import Config
from chalicelib.fleet.errors import FleetError, Throttled, Unavailable
from chalicelib.fleet.limits import REQUEST_SECONDS
from chalicelib.storage.wire import Connection, Refused

Item = dict[str, dict[str, Any]]
"""A DynamoDB item in its low-level form: {"name": {"S": "..."}}; binary values as `wire.binary` reads them."""

# An attempt takes at most the sum of both, and none begins after REQUEST_SECONDS: under 5 s in all.
CONNECT_SECONDS = 0.7
READ_SECONDS = 1.2
ATTEMPTS = 4
CONTENTION_PAUSE_SECONDS = 0.1
WRITERS = 8
FEW_WRITES = 4
BATCH_GET_KEYS = 100
BATCH_WRITE_ITEMS = 25
BATCH_PUT_ATTEMPTS = 30

_BUSY = frozenset(
    (
        "ProvisionedThroughputExceededException",
        "ProvisionedThroughputExceeded",
        "RequestLimitExceeded",
        "ThrottlingException",
        "ThrottlingError",
        "LimitExceededException",
    )
)
_CONTENDED = frozenset(("TransactionConflictException", "TransactionConflict", "TransactionInProgressException"))

log = logging.getLogger(__name__)
_deadline: ContextVar[float | None] = ContextVar("deadline", default=None)


class ConditionFailed(Exception):
    """Raised when a write's condition does not hold; `item` is what is stored, where it was asked for."""

    def __init__(self, item: Item | None = None) -> None:
        super().__init__("the condition does not hold")
        self.item = item


class TransactionRefused(Exception):
    """Raised when conditions of a transaction do not hold; `failed` tells it for each of its writes."""

    def __init__(self, failed: list[bool]) -> None:
        super().__init__("a condition of the transaction does not hold")
        self.failed = failed


@contextmanager
def time_limit(seconds: float = REQUEST_SECONDS) -> Iterator[None]:
    """Within this block no call begins after `seconds`: the next one raises Unavailable instead."""
    previous = _deadline.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _deadline.reset(previous)


class Database:
    """One stage's tables. Thread-safe."""

    def __init__(self, config: Config) -> None:
        self._prefix = config.table_prefix
        self._connection = Connection(
            config.dynamodb_url, config.region, connect_seconds=CONNECT_SECONDS, read_seconds=READ_SECONDS
        )

    def table(self, model: type[Model]) -> str:
        return self._prefix + str(model.Meta.table_name)

    def get(self, model: type[Model], key: Item, *, consistent: bool = True) -> Item | None:
        answer = self._call("GetItem", TableName=self.table(model), Key=key, ConsistentRead=consistent)
        return answer.get("Item")

    def batch_get(self, model: type[Model], keys: Sequence[Item], *, consistent: bool = True) -> list[Item]:
        """The items that exist, in no order."""
        items: list[Item] = []
        table = self.table(model)
        for start in range(0, len(keys), BATCH_GET_KEYS):
            asked: Mapping[str, Any] = {
                table: {"Keys": list(keys[start : start + BATCH_GET_KEYS]), "ConsistentRead": consistent}
            }
            for attempt in range(ATTEMPTS):
                answer = self._call("BatchGetItem", RequestItems=asked)
                items += answer["Responses"].get(table, [])
                asked = answer.get("UnprocessedKeys") or {}
                if not asked:
                    break
                _pause(attempt)
            else:
                raise Throttled
        return items

    def query(self, model: type[Model], condition: Condition, *, consistent: bool = True) -> Iterator[Item]:
        names: dict[str, str] = {}
        values: dict[str, Any] = {}
        expression = condition.serialize(names, values)
        return self._pages(
            "Query",
            TableName=self.table(model),
            KeyConditionExpression=expression,
            ConsistentRead=consistent,
            **_placeholders(names, values),
        )

    def scan(self, model: type[Model], *, consistent: bool = True) -> Iterator[Item]:
        return self._pages("Scan", TableName=self.table(model), ConsistentRead=consistent)

    def update(
        self,
        model: type[Model],
        key: Item,
        actions: Sequence[Action],
        condition: Condition | None = None,
        *,
        returning: str = "NONE",
        stored_on_failure: bool = False,
    ) -> Item:
        """Raises ConditionFailed, with the stored item if `stored_on_failure`."""
        change = update_of(self.table(model), key, actions, condition)
        if stored_on_failure:
            change["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
        attributes: Item = self._call("UpdateItem", ReturnValues=returning, **change).get("Attributes", {})
        return attributes

    def put(self, model: type[Model], item: Item, condition: Condition | None = None) -> None:
        """Raises ConditionFailed."""
        self._call("PutItem", **put_of(self.table(model), item, condition))

    def delete(self, model: type[Model], key: Item, condition: Condition | None = None) -> None:
        """Raises ConditionFailed."""
        self._call("DeleteItem", **delete_of(self.table(model), key, condition))

    def transact(self, writes: Sequence[dict[str, Any]]) -> None:
        """All of the writes or none; raises TransactionRefused. Contention with others is waited out."""
        deadline = _deadline.get() or time.monotonic() + REQUEST_SECONDS
        # By this DynamoDB knows a transaction again that is sent twice because its first answer was lost.
        token = str(uuid.uuid4())
        while True:
            try:
                self._call("TransactWriteItems", TransactItems=list(writes), ClientRequestToken=token)
                return
            except _Contended:
                if time.monotonic() + CONTENTION_PAUSE_SECONDS >= deadline:
                    raise Throttled from None
                time.sleep(CONTENTION_PAUSE_SECONDS * random.random())  # noqa: S311

    def batch_put(self, model: type[Model], items: Sequence[Item]) -> None:
        """Writes up to BATCH_WRITE_ITEMS items, whatever is there; waits while DynamoDB throttles."""
        waiting: Mapping[str, Any] = {self.table(model): [{"PutRequest": {"Item": item}} for item in items]}
        for attempt in range(BATCH_PUT_ATTEMPTS):
            waiting = self._call("BatchWriteItem", RequestItems=waiting).get("UnprocessedItems") or {}
            if not waiting:
                return
            _pause(min(attempt, 5))
        raise Throttled

    def item_count(self, model: type[Model]) -> int:
        """About how many items there are."""
        return int(self._call("DescribeTable", TableName=self.table(model))["Table"]["ItemCount"])

    def exists(self, model: type[Model]) -> bool:
        try:
            self._call("DescribeTable", TableName=self.table(model))
        except _NoTable:
            return False
        return True

    def create_table(self, model: type[Model], ttl: str | None) -> None:
        """On-demand billing; waits until it is there."""
        schema: Mapping[str, Any] = model._get_schema()
        table = self.table(model)
        self._call(
            "CreateTable",
            TableName=table,
            AttributeDefinitions=schema["attribute_definitions"],
            KeySchema=schema["key_schema"],
            BillingMode="PAY_PER_REQUEST",
        )
        while self._call("DescribeTable", TableName=table)["Table"]["TableStatus"] != "ACTIVE":
            time.sleep(0.5)
        if ttl:
            specification = {"Enabled": True, "AttributeName": ttl}
            self._call("UpdateTimeToLive", TableName=table, TimeToLiveSpecification=specification)

    def _pages(self, operation: str, **request: Any) -> Iterator[Item]:
        while True:
            answer = self._call(operation, **request)
            yield from answer["Items"]
            if "LastEvaluatedKey" not in answer:
                return
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def _call(self, operation: str, **request: Any) -> dict[str, Any]:
        deadline = _deadline.get() or time.monotonic() + REQUEST_SECONDS
        for attempt in range(ATTEMPTS):
            if time.monotonic() >= deadline:
                raise Unavailable
            last = attempt == ATTEMPTS - 1
            try:
                return self._connection.call(operation, request)
            except Refused as error:
                retryable = _translate(error)
            except (NoCredentialsError, PartialCredentialsError):
                raise Unavailable("No AWS credentials were found; set them up, for example with AWS_PROFILE.") from None
            except (OSError, BotoCoreError) as error:
                log.warning("DynamoDB did not answer %s: %s", operation, type(error).__name__)
                retryable = Unavailable()
            if last or time.monotonic() + _pause_seconds(attempt) >= deadline:
                raise retryable
            _pause(attempt)
        raise AssertionError("unreachable")


def update_of(table: str, key: Item, actions: Sequence[Action], condition: Condition | None = None) -> dict[str, Any]:
    """The parameters of an UpdateItem, alone or in a transaction."""
    names: dict[str, str] = {}
    values: dict[str, Any] = {}
    change: dict[str, Any] = {"TableName": table, "Key": key}
    if condition is not None:
        change["ConditionExpression"] = condition.serialize(names, values)
    change["UpdateExpression"] = Update(*actions).serialize(names, values)
    return change | _placeholders(names, values)


def put_of(table: str, item: Item, condition: Condition | None = None) -> dict[str, Any]:
    """The parameters of a PutItem, alone or in a transaction."""
    return {"TableName": table, "Item": item} | _condition(condition)


def delete_of(table: str, key: Item, condition: Condition | None = None) -> dict[str, Any]:
    """The parameters of a DeleteItem, alone or in a transaction."""
    return {"TableName": table, "Key": key} | _condition(condition)


@dataclass(frozen=True)
class Write:
    """A write for some servers. do: raises Throttled or Unavailable."""

    servers: Sequence[int]
    do: Callable[[], None]


def write_all(writes: Sequence[Write]) -> dict[int, FleetError]:
    """Does independent writes, several at once: a batch of reports is many of them, each mostly waiting.

    The servers whose write failed, with the reason.
    """
    if len(writes) <= FEW_WRITES:
        failed = [_failures(write) for write in writes]
    else:
        # The time limit is a context variable, and threads begin with none.
        contexts = [copy_context() for _ in writes]
        failed = list(_pool().map(lambda context, write: context.run(_failures, write), contexts, writes))
    return {server: error for one in failed for server, error in one.items()}


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(WRITERS, thread_name_prefix="dynamodb")


def _failures(write: Write) -> dict[int, FleetError]:
    try:
        write.do()
    except (Throttled, Unavailable) as error:
        return dict.fromkeys(write.servers, error)
    return {}


def number(value: int) -> dict[str, str]:
    """A number as DynamoDB takes it, for paths that no model declares."""
    return {"N": str(value)}


def _condition(condition: Condition | None) -> dict[str, Any]:
    if condition is None:
        return {}
    names: dict[str, str] = {}
    values: dict[str, Any] = {}
    return {"ConditionExpression": condition.serialize(names, values)} | _placeholders(names, values)


def _placeholders(names: dict[str, str], values: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if names:
        found["ExpressionAttributeNames"] = {placeholder: name for name, placeholder in names.items()}
    if values:
        found["ExpressionAttributeValues"] = values
    return found


class _Contended(Exception):
    """Another transaction touches the same item; nothing was written."""


class _NoTable(Unavailable):
    def __init__(self) -> None:
        super().__init__(
            "The tables do not exist; create them with: make deploy STAGE=… "
            "(before a plain chalice deploy: python -m ops --stage STAGE tables create)"
        )


def _translate(refusal: Refused) -> Throttled | Unavailable:
    """What to raise when trying again does not help either; raises at once what trying again cannot help."""
    code = refusal.code
    if code == "ConditionalCheckFailedException":
        raise ConditionFailed(refusal.answer.get("Item")) from None
    if code == "TransactionCanceledException":
        reasons = [reason.get("Code", "") for reason in refusal.answer.get("CancellationReasons", [])]
        if any(reason in _BUSY for reason in reasons):
            return Throttled()
        if any(reason in _CONTENDED for reason in reasons):
            raise _Contended from None
        failed = [reason == "ConditionalCheckFailed" for reason in reasons]
        if not any(failed):
            raise refusal
        raise TransactionRefused(failed) from None
    if code in _BUSY:
        return Throttled()
    if code in _CONTENDED:
        return Throttled()
    if code == "ResourceNotFoundException":
        raise _NoTable from None
    if code in ("InternalServerError", "ServiceUnavailable", "InternalFailure") or refusal.status >= 500:
        return Unavailable()
    if code in ("AccessDeniedException", "UnrecognizedClientException", "ExpiredTokenException"):
        log.error("DynamoDB refuses this process: %s", code)
        raise Unavailable("The dashboard may not use its database; its operator must look at its permissions.")
    raise refusal


def _pause(attempt: int) -> None:
    time.sleep(_pause_seconds(attempt) * random.random())  # noqa: S311


def _pause_seconds(attempt: int) -> float:
    return float(0.05 * 2**attempt)
