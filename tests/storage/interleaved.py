"""Actors that take turns at each call of DynamoDB, in an order that a test chooses."""

import threading
from collections.abc import Callable
from typing import Any

Send = Callable[[str, dict[str, Any]], dict[str, Any]]

TURN_SECONDS = 30


class Actor:
    """A thread that stands still at the beginning, before each of its calls and before each of their answers.

    Only one actor at a time moves, when it is told to `step`, so the same steps always give the same history. over:
    whether its work has come to its end.
    """

    def __init__(self, work: Callable[["Actor"], None]) -> None:
        self.over = False
        self._failure: BaseException | None = None
        self._may_go, self._stands = threading.Semaphore(0), threading.Semaphore(0)
        self._thread = threading.Thread(target=self._run, args=(work,), daemon=True)
        self._thread.start()
        self._await_stand()

    def step(self) -> None:
        """Lets it go on to where it stands next, or to its end; raises what its work raised."""
        self._may_go.release()
        self._await_stand()
        if self._failure:
            raise self._failure

    def call(self, send: Send, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
        """A call of DynamoDB: others may move before it is made, and between what it does and what is told of it."""
        self.pause()
        try:
            return send(operation, parameters)
        finally:
            self.pause()

    def pause(self) -> None:
        self._stands.release()
        self._may_go.acquire()

    def _run(self, work: Callable[["Actor"], None]) -> None:
        self.pause()
        try:
            work(self)
        except BaseException as failure:
            self._failure = failure
        self.over = True
        self._stands.release()

    def _await_stand(self) -> None:
        assert self._stands.acquire(timeout=TURN_SECONDS), "it waits for something that only another actor can give"
