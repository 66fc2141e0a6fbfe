"""Stores the agents that this relay knows, with their monitors, for the next process, which may start while the
dashboard is unreachable.
"""

from typing import Any

from agent.core.journal import Journal, line
from agent.core.monitors import Monitor
from agent.relay.clock import RelayClock
from agent.relay.dispatch import Dispatcher
from agent.relay.identities import Identities
from agent.relay.threads import in_a_thread

WRITE_AGAIN_SECONDS = 3600
"""How often the file is written even if nothing changed, as it also says when each agent was last used."""


class KnownAgents:
    """The file holds hashes of secrets, not the secrets themselves."""

    def __init__(self, identities: Identities, dispatcher: Dispatcher, journal: Journal, clock: RelayClock) -> None:
        self._identities = identities
        self._dispatcher = dispatcher
        self._journal = journal
        self._clock = clock
        self._written_at = clock.monotonic()
        self._monitors: dict[int, list[Monitor]] = {}
        journal.read(self._restore, None)

    def recall(self, secret: str) -> int:
        """The server of an agent that an earlier process knew, 0 for others. It gets its monitors again."""
        server_id = self._identities.recall(secret)
        monitors = self._monitors.pop(server_id, [])
        if monitors:
            self._dispatcher.assign([server_id], [(monitor, [server_id]) for monitor in monitors])
        return server_id

    async def keep(self) -> None:
        """Writes the file if anything changed."""
        now = self._clock.monotonic()
        if self._identities.changed or self._dispatcher.changed or now - self._written_at >= WRITE_AGAIN_SECONDS:
            self._written_at = now
            self._identities.changed = self._dispatcher.changed = False
            lines = self._lines()
            await in_a_thread(lambda: self._journal.write(lines))

    def _lines(self) -> list[bytes]:
        agents = list(self._identities.for_journal())
        known = {server_id for _, server_id, _ in agents}
        assigned: dict[Monitor, list[int]] = {}
        for server_id, monitors in {**self._monitors, **self._dispatcher.assigned()}.items():
            for monitor in monitors if server_id in known else ():
                assigned.setdefault(monitor, []).append(server_id)
        lines = [line(["agent", *agent]) for agent in agents]
        return lines + [line(["monitor", monitor, server_ids]) for monitor, server_ids in assigned.items()]

    def _restore(self, entries: list[Any]) -> None:
        self._identities.restore(agent for kind, *agent in entries if kind == "agent")
        for monitor, server_ids in (rest for kind, *rest in entries if kind == "monitor"):
            for server_id in server_ids:
                self._monitors.setdefault(server_id, []).append(Monitor(*monitor))
