"""A transport that answers as a test tells it to: with answers, errors, or none at all."""

from collections.abc import Iterable, Iterator
from typing import Any

from chalicelib.storage.failures import CallRefused, NoAnswer

DONE: dict[str, Any] = {}
LOST = NoAnswer(ConnectionResetError("scripted"))
STALE = NoAnswer(ConnectionResetError("scripted"), is_stale=True)

Answer = dict[str, Any] | Exception


def error(code: str, status: int = 400, **details: Any) -> CallRefused:
    return CallRefused(code, status, {"message": "scripted", **details})


def canceled(*reasons: str) -> CallRefused:
    """A transaction that was not carried out, with a reason for each of its writes."""
    return error("TransactionCanceledException", CancellationReasons=[{"Code": reason} for reason in reasons])


CONDITION_FAILED = error("ConditionalCheckFailedException")
THROTTLED = error("ProvisionedThroughputExceededException")


class ScriptedTransport:
    """requests: (operation, parameters) of what was asked so far."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, dict[str, Any]]] = []
        self._answers: Iterator[Answer] = iter(())

    def will_answer(self, answers: Iterable[Answer]) -> None:
        """One answer for each request to come; exceptions are raised."""
        self._answers = iter(answers)

    def call(self, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
        self.requests.append((operation, parameters))
        answer = next(self._answers, error("ValidationException"))
        if isinstance(answer, Exception):
            raise answer
        return answer

    def close(self) -> None:
        pass

    @property
    def operations(self) -> list[str]:
        return [operation for operation, _ in self.requests]
