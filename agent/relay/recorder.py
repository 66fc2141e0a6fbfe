"""Puts finished minutes and points of agents into the spool, and keeps a journal of running ones."""

import asyncio
from collections import Counter
from collections.abc import Iterable
from typing import Any

from agent.core import minutes, points
from agent.core.journal import Journal, line
from agent.core.limits import JOURNAL_SECONDS
from agent.core.minutes import Minute
from agent.core.open_minutes import OpenMinutes
from agent.core.open_points import OpenPoints
from agent.core.points import Point
from agent.core.records import Record
from agent.core.spool import Spool
from agent.relay.agents import Agents
from agent.relay.clock import RelayClock
from agent.relay.dispatch import Dispatcher
from agent.relay.known_agents import KnownAgents
from agent.relay.sampling import Sampling
from agent.relay.threads import in_a_thread

SERVERS_AT_ONCE = 50
"""Servers that are written to the journal without a pause; this takes about a millisecond."""


class Recorder:
    """Continues from the journal of an earlier process.

    ownerless: minutes and points of servers whose secret was deleted meanwhile.
    """

    def __init__(
        self,
        agents: Agents,
        dispatcher: Dispatcher,
        sampling: Sampling,
        spool: Spool,
        known: KnownAgents,
        journal: Journal,
        clock: RelayClock,
    ) -> None:
        self.ownerless: Counter[str] = Counter()
        self._agents = agents
        self._dispatcher = dispatcher
        self._sampling = sampling
        self._spool = spool
        self._known = known
        self._journal = journal
        self._clock = clock
        self._secrets: dict[int, str] = journal.read(self._restored, {})

    async def run(self) -> None:
        """Collects until it is cancelled."""
        while True:
            await self._clock.sleep(JOURNAL_SECONDS)
            await self.collect()

    async def collect(self) -> None:
        """Puts finished minutes into the spool, and what is not finished into the journal."""
        self._dispatcher.forget(self._agents.servers)
        await self._keep(self._dispatcher.finished(), self._sampling.finished(self._agents.servers))
        await self._write_journal()

    async def keep_running(self, server_ids: Iterable[int]) -> None:
        """Puts the running points of these servers into the spool as they are now. They stay open."""
        await self._keep(self._dispatcher.running(server_ids), ())

    async def keep_the_rest(self) -> None:
        """Call this before the process ends. Writes the journal for the next process, and puts unfinished minutes into
        the spool in case there is none.
        """
        await self.collect()
        await self._keep(self._dispatcher.running(), self._sampling.running())

    async def _keep(self, found: Iterable[tuple[int, Point]], done: Iterable[tuple[int, Minute]]) -> None:
        by_server: dict[int, list[Point]] = {}
        for server_id, point in found:
            by_server.setdefault(server_id, []).append(point)
        made = [record for server_id, some in by_server.items() for record in points.records(server_id, some)]
        made += [record for server_id, minute in done for record in minutes.records(server_id, [minute])]
        records = [record for record in made if self._has_secret(record)]
        secrets = {record.source: self._secret(record.source) for record in records}
        await in_a_thread(lambda: self._spool.add(records, secrets) if records else self._spool.write())

    def _has_secret(self, record: Record) -> bool:
        if self._secret(record.source):
            return True
        self.ownerless["unknown_secret"] += 1
        return False

    def _secret(self, server_id: int) -> str:
        """The server's secret, "" for one that is no longer known."""
        server = self._agents.servers.get(server_id)
        return server.secret if server else self._secrets.get(server_id, "")

    async def _write_journal(self) -> None:
        servers = sorted({*self._sampling.servers(), *self._dispatcher.servers()})
        # Drops the secrets of agents that did not come back since an earlier process: after a while nothing of theirs
        # is open.
        self._secrets = {server_id: self._secrets[server_id] for server_id in servers if server_id in self._secrets}
        lines = []
        for place, server_id in enumerate(servers, 1):
            open_ = self._sampling.for_journal(server_id), self._dispatcher.for_journal(server_id)
            lines.append(line([server_id, self._secret(server_id), *open_]))
            if place % SERVERS_AT_ONCE == 0:
                # Lets calls of agents be answered in between.
                await asyncio.sleep(0)
        await in_a_thread(lambda: self._journal.write(lines))
        await self._known.keep()

    def _restored(self, entries: list[Any]) -> dict[int, str]:
        """Restores open minutes and points. Returns the secrets of their servers."""
        found = [
            (server_id, secret, OpenMinutes.restored(open_) if open_ else None, OpenPoints.restored(counts))
            for server_id, secret, open_, counts in entries
        ]
        for server_id, _, open_minutes, open_points in found:
            if open_minutes:
                self._sampling.restore(server_id, open_minutes)
            self._dispatcher.restore(server_id, open_points)
        return {server_id: secret for server_id, secret, *_ in found}
