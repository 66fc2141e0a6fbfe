"""The running minutes of all servers, from every state that agents send."""

from collections.abc import Container, Iterator
from typing import Any

from agent.core.figures import State
from agent.core.minutes import Minute
from agent.core.open_minutes import OpenMinutes
from agent.relay.clock import RelayClock


class Sampling:
    """Open minutes by server ID."""

    def __init__(self, clock: RelayClock) -> None:
        self._clock = clock
        self._servers: dict[int, OpenMinutes] = {}

    def add(self, server_id: int, state: State, *, has_gpu: bool) -> None:
        """Adds a state that came just now. has_gpu: whether its host has a GPU, so that 0 means that it is idle."""
        minutes = self._servers.get(server_id)
        if minutes is None:
            minutes = self._servers[server_id] = OpenMinutes()
        minutes.add(state, self._clock.now(), self._clock.monotonic(), has_gpu=has_gpu)

    def finished(self, known: Container[int]) -> Iterator[tuple[int, Minute]]:
        """The minutes that are over, each once. Forgets servers that are gone for good."""
        now = self._clock.now()
        for server_id, one in list(self._servers.items()):
            yield from ((server_id, minute) for minute in one.finished(now))
            if server_id not in known and one.is_over(now):
                del self._servers[server_id]

    def running(self) -> Iterator[tuple[int, Minute]]:
        """Every open minute as it is now. The minutes stay open."""
        return ((server_id, minute) for server_id, one in self._servers.items() for minute in one.running())

    def servers(self) -> list[int]:
        """The IDs of servers with something for the journal."""
        return list(self._servers)

    def for_journal(self, server_id: int) -> Any:
        """What `OpenMinutes.restored` takes, None for a server without open minutes."""
        one = self._servers.get(server_id)
        return one and one.for_journal()

    def restore(self, server_id: int, minutes: OpenMinutes) -> None:
        """Continues with the minutes that an earlier process began."""
        self._servers[server_id] = minutes
