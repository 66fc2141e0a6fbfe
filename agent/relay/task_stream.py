"""One agent's open task stream: what waits to be written to it."""

import asyncio

MOST_WAITING = 256
"""Tasks that wait for an agent which does not read; further ones are dropped."""


class TaskStream:
    """Ends when `end` was called; everything else is up to the agent."""

    __slots__ = ("_ended", "_waiter", "_waiting", "address", "keepalive_at", "report_host_at", "secret")

    def __init__(self, secret: str, address: str, keepalive_at: float, report_host_at: float) -> None:
        self.secret = secret
        self.address = address
        self.keepalive_at = keepalive_at
        self.report_host_at = report_host_at
        self._waiting: list[bytes] = []
        self._waiter: asyncio.Future[None] | None = None
        self._ended = False

    def put(self, task: bytes) -> bool:
        """Whether there was room for it."""
        if self._ended or len(self._waiting) >= MOST_WAITING:
            return False
        self._waiting.append(task)
        self._wake()
        return True

    def end(self) -> None:
        """What waits is not written any more."""
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
