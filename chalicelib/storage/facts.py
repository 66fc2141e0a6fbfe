"""Stores what agents report about their hosts: only what has changed, together with the version that readers check."""

from collections.abc import Mapping, Sequence
from functools import partial

from chalicelib.fleet.errors import FleetError
from chalicelib.fleet.servers import TOO_SOON, Facts, Server, must_wait
from chalicelib.storage import head
from chalicelib.storage.calls import Database
from chalicelib.storage.failures import TransactionRefused
from chalicelib.storage.parallel import Write, write_all
from chalicelib.storage.servers import ServerTable

FACTS_A_TRANSACTION = 50
"""DynamoDB accepts 100 writes in a transaction; half of that keeps contention and latency low."""


def write_facts(
    database: Database, servers: ServerTable, facts: Mapping[int, Facts], now: float
) -> Mapping[int, FleetError]:
    """Implements Store.write_facts."""
    if not facts:
        return {}
    stored = servers.get(facts.keys())
    changed = [id_ for id_ in sorted(facts) if id_ in stored and facts[id_].change(stored[id_])]
    failed: dict[int, FleetError] = {id_: TOO_SOON for id_ in changed if must_wait(stored[id_], now)}
    due = [(stored[id_], facts[id_]) for id_ in changed if id_ not in failed]
    chunks = [due[start : start + FACTS_A_TRANSACTION] for start in range(0, len(due), FACTS_A_TRANSACTION)]
    writes = [
        Write([server.id for server, _ in chunk], partial(_write, database, servers, chunk, int(now), failed))
        for chunk in chunks
    ]
    return failed | write_all(writes)


def _write(
    database: Database,
    servers: ServerTable,
    due: Sequence[tuple[Server, Facts]],
    now: int,
    failed: dict[int, FleetError],
) -> None:
    """Writes facts in one transaction with the version, so that no reader misses them.

    Servers that were deleted, or whose host has changed since it was read, are left out and added to `failed`.
    """
    while due:
        updates = [servers.facts_update(server, fact.ip, fact.host, now) for server, fact in due]
        version = head.raised(database, servers=[server.id for server, _ in due])
        try:
            database.transact([*updates, version])
        except TransactionRefused as refusal:
            refused = refusal.failed[: len(due)]
            failed |= {server.id: TOO_SOON for (server, _), no in zip(due, refused, strict=True) if no}
            due = [one for one, no in zip(due, refused, strict=True) if not no]
        else:
            return
