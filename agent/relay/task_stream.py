"""An agent's open task stream: what waits to be sent, and whether the agent is alive."""

import asyncio

MOST_WAITING = 256
"""Tasks that wait for an agent that does not read them. Further ones are dropped."""

SILENT_SECONDS = 15
"""Agents send a state every 1 to 4 seconds. One that sent some and then none for this long may be frozen."""


class TaskStream:
    """Stays open until `end` is called, or until the agent leaves."""

    __slots__ = (
        "_ended",
        "_heard",
        "_missed",
        "_waiter",
        "_waiting",
        "address",
        "connection",
        "keepalive_at",
        "report_host_at",
        "secret",
    )

    def __init__(self, secret: str, address: str, connection: str, keepalive_at: float, report_host_at: float) -> None:
        """connection: what gRPC calls the peer. An agent's states usually come over the same connection as its
        stream.
        """
        self.secret = secret
        self.address = address
        self.connection = connection
        self._heard: float | None = None
        self._missed = False
        self.keepalive_at = keepalive_at
        self.report_host_at = report_host_at
        self._waiting: list[bytes] = []
        self._waiter: asyncio.Future[None] | None = None
        self._ended = False

    def heard(self, now: float) -> None:
        """Its agent sent something over the connection of this stream."""
        self._heard, self._missed = now, False

    def answered(self, now: float) -> None:
        """Its agent sent the result of a task, over any connection."""
        self._heard, self._missed = now if self._heard is not None else None, False

    def missed(self) -> None:
        """The result of a task did not come from its agent in time."""
        self._missed = True

    def is_silent(self, now: float) -> bool:
        """Whether its agent seems to be frozen.

        Behind a proxy, the agent's messages may come over other connections. Then only results count.
        """
        return self._missed or (self._heard is not None and now - self._heard > SILENT_SECONDS)

    def put(self, task: bytes) -> bool:
        """Queues a task. Returns whether there was room for it."""
        if self._ended or len(self._waiting) >= MOST_WAITING:
            return False
        self._waiting.append(task)
        self._wake()
        return True

    def end(self) -> None:
        """Closes the stream. Tasks that still wait are not sent."""
        self._ended = True
        self._wake()

    async def next(self) -> bytes | None:
        """The next task, None at the end."""
        while not self._waiting and not self._ended:
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter
        return None if self._ended else self._waiting.pop(0)

    def _wake(self) -> None:
        if self._waiter and not self._waiter.done():
            self._waiter.set_result(None)
