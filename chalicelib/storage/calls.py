"""Calls to DynamoDB: takes expressions, returns items, translates failures, and always ends in time.

PynamoDB's models describe the tables, and its expressions describe conditions and changes. The calls themselves do not
go through the models (docs/decisions/0002-pynamodb.md says why), but through a transport, which is chosen when the
process starts: the fast one on Lambda, botocore's for the operator's commands, a scripted one in tests.
"""

import logging
import random
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Protocol

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.models import Model

from chalicelib.fleet.errors import FleetError, Throttled, Unavailable
from chalicelib.fleet.limits import REQUEST_SECONDS
from chalicelib.storage.failures import CallRefused, Contended, NoAnswer, SetupError, of_refusal
from chalicelib.storage.items import Item, delete_of, placeholders, put_of, update_of

ATTEMPTS = 4
CONTENTION_PAUSE_SECONDS = 0.1
BATCH_GET_KEYS = 100
BATCH_WRITE_ITEMS = 25
BATCH_PUT_ATTEMPTS = 30

log = logging.getLogger(__name__)
_deadline: ContextVar[float | None] = ContextVar("deadline", default=None)


class Transport(Protocol):
    """Carries single calls to one DynamoDB. Thread-safe."""

    def call(self, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
        """The operation's answer in DynamoDB's JSON: binary values are base64 text. Parameters may contain bytes.

        Raises CallRefused, NoAnswer or SetupError. Does not retry by itself.
        """

    def close(self) -> None:
        """Closes every connection; a later call opens new ones."""


class Clock(Protocol):
    """The functions of the module `time` that are needed here. Outside of tests, it is the module itself."""

    def monotonic(self) -> float: ...

    def sleep(self, seconds: float, /) -> None: ...


class Database:
    """The tables whose names begin with `prefix`, reached through `transport`. Thread-safe."""

    def __init__(self, prefix: str, transport: Transport, clock: Clock = time) -> None:
        self._prefix = prefix
        self._transport = transport
        self._clock = clock

    @contextmanager
    def time_limit(self, seconds: float | None = None) -> Iterator[None]:
        """Within this block no call begins after `seconds` (REQUEST_SECONDS); a later one raises Unavailable."""
        previous = _deadline.set(self._clock.monotonic() + (REQUEST_SECONDS if seconds is None else seconds))
        try:
            yield
        finally:
            _deadline.reset(previous)

    def table(self, model: type[Model]) -> str:
        """The full name of a model's table."""
        return self._prefix + str(model.Meta.table_name)

    def get(self, model: type[Model], key: Item, *, consistent: bool = True) -> Item | None:
        answer = self.call("GetItem", TableName=self.table(model), Key=key, ConsistentRead=consistent)
        return answer.get("Item")

    def batch_get(self, model: type[Model], keys: Sequence[Item], *, consistent: bool = True) -> list[Item]:
        """The items that exist, in any order."""
        items: list[Item] = []
        table = self.table(model)
        for start in range(0, len(keys), BATCH_GET_KEYS):
            asked: Mapping[str, Any] = {
                table: {"Keys": list(keys[start : start + BATCH_GET_KEYS]), "ConsistentRead": consistent}
            }
            for attempt in range(ATTEMPTS):
                answer = self.call("BatchGetItem", RequestItems=asked)
                items += answer["Responses"].get(table, [])
                asked = answer.get("UnprocessedKeys") or {}
                if not asked:
                    break
                self._pause(attempt)
            else:
                raise Throttled
        return items

    def query(
        self,
        model: type[Model],
        condition: Condition,
        *,
        consistent: bool = True,
        attributes: Sequence[str] = (),
    ) -> Iterator[Item]:
        """The items that match, ascending. attributes: the only ones to return, () for all; the costs are the same."""
        names: dict[str, str] = {}
        values: dict[str, Any] = {}
        expression = condition.serialize(names, values)
        return self._pages(
            "Query",
            TableName=self.table(model),
            KeyConditionExpression=expression,
            ConsistentRead=consistent,
            **placeholders(names, values),
            **({"ProjectionExpression": ",".join(attributes)} if attributes else {}),
        )

    def query_last(self, model: type[Model], condition: Condition, most: int) -> list[Item]:
        """The last items that match, at most `most`, from the last to the first."""
        names: dict[str, str] = {}
        values: dict[str, Any] = {}
        expression = condition.serialize(names, values)
        found: list[Item] = []
        pages = self._pages(
            "Query",
            TableName=self.table(model),
            KeyConditionExpression=expression,
            ScanIndexForward=False,
            Limit=most,
            ConsistentRead=True,
            **placeholders(names, values),
        )
        for item in pages:
            found.append(item)
            if len(found) == most:
                break
        return found

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
        """Updates an item. Returns the attributes that `returning` names, as in UpdateItem's ReturnValues.

        Raises ConditionFailed, with the stored item if `stored_on_failure`.
        """
        change = update_of(self.table(model), key, actions, condition)
        return self.send_update(change, returning=returning, stored_on_failure=stored_on_failure)

    def send_update(
        self, change: Mapping[str, Any], *, returning: str = "NONE", stored_on_failure: bool = False
    ) -> Item:
        """Like `update`. change: the parameters that `update_of` returns."""
        more = {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"} if stored_on_failure else {}
        attributes: Item = self.call("UpdateItem", ReturnValues=returning, **change, **more).get("Attributes", {})
        return attributes

    def put(self, model: type[Model], item: Item, condition: Condition | None = None) -> None:
        """Raises ConditionFailed."""
        self.call("PutItem", **put_of(self.table(model), item, condition))

    def delete(self, model: type[Model], key: Item, condition: Condition | None = None) -> None:
        """Raises ConditionFailed."""
        self.call("DeleteItem", **delete_of(self.table(model), key, condition))

    def transact(self, writes: Sequence[dict[str, Any]]) -> None:
        """Makes all of the writes or none; raises TransactionRefused if a condition does not hold. Waits while others
        write the same items, but not past the time limit: then it raises Throttled."""
        deadline = self._deadline()
        # By this token, DynamoDB recognizes a transaction that is sent twice because its first answer was lost.
        token = str(uuid.uuid4())
        while True:
            try:
                self.call("TransactWriteItems", TransactItems=list(writes), ClientRequestToken=token)
                return
            except Contended:
                if self._clock.monotonic() + CONTENTION_PAUSE_SECONDS >= deadline:
                    raise Throttled from None
                self._clock.sleep(CONTENTION_PAUSE_SECONDS * random.random())  # noqa: S311

    def batch_put(self, model: type[Model], items: Sequence[Item]) -> None:
        """Writes up to BATCH_WRITE_ITEMS items over whatever is stored; waits while DynamoDB throttles."""
        self._batch_write(model, [{"PutRequest": {"Item": item}} for item in items])

    def batch_delete(self, model: type[Model], keys: Sequence[Item]) -> None:
        """Deletes up to BATCH_WRITE_ITEMS items, whether they exist or not; waits while DynamoDB throttles."""
        self._batch_write(model, [{"DeleteRequest": {"Key": key}} for key in keys])

    def _batch_write(self, model: type[Model], requests: list[dict[str, Any]]) -> None:
        waiting: Mapping[str, Any] = {self.table(model): requests}
        for attempt in range(BATCH_PUT_ATTEMPTS):
            waiting = self.call("BatchWriteItem", RequestItems=waiting).get("UnprocessedItems") or {}
            if not waiting:
                return
            self._pause(min(attempt, 5))
        raise Throttled

    def call(self, operation: str, **parameters: Any) -> dict[str, Any]:
        """Makes one call, and retries it if that can help.

        Raises Throttled or Unavailable if retrying does not help or there is no time left for it. What
        `failures.of_refusal` raises is raised at once.
        """
        deadline = self._deadline()
        failure: FleetError = Unavailable()
        cause: Exception | None = None
        for attempt in range(ATTEMPTS):
            if self._clock.monotonic() >= deadline:
                break
            try:
                return self._transport.call(operation, parameters)
            except CallRefused as error:
                failure, cause = of_refusal(error), error
            except SetupError as error:
                log.error("No call to DynamoDB is possible: %s", error)
                raise Unavailable(
                    "The dashboard has no usable AWS credentials; its operator must set them up."
                ) from error
            except NoAnswer as error:
                log.warning("DynamoDB did not answer %s: %s", operation, error.name)
                failure, cause = Unavailable(), error
                if error.is_stale:
                    continue
            if attempt == ATTEMPTS - 1 or self._clock.monotonic() + _pause_seconds(attempt) >= deadline:
                break
            self._pause(attempt)
        raise failure from cause

    def _pages(self, operation: str, **request: Any) -> Iterator[Item]:
        while True:
            answer = self.call(operation, **request)
            yield from answer["Items"]
            if "LastEvaluatedKey" not in answer:
                return
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def _deadline(self) -> float:
        limit = _deadline.get()
        return self._clock.monotonic() + REQUEST_SECONDS if limit is None else limit

    def _pause(self, attempt: int) -> None:
        self._clock.sleep(_pause_seconds(attempt) * random.random())  # noqa: S311


def _pause_seconds(attempt: int) -> float:
    return float(0.05 * 2**attempt)
