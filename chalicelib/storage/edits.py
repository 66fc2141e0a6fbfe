"""Edits of several servers in one transaction."""

from collections.abc import Collection, Mapping

from chalicelib.storage import head
from chalicelib.storage.calls import Database
from chalicelib.storage.failures import TransactionRefused
from chalicelib.storage.servers import ServerTable


def edit_servers(
    database: Database, servers: ServerTable, changes: Mapping[int, Mapping[str, object]]
) -> Collection[int]:
    """Changes fields of servers. changes: fields of Server by ID. Returns the IDs that do not exist; all others are
    changed together."""
    there = dict(changes)
    while there:
        writes = [servers.edit(id_, fields) for id_, fields in there.items()]
        try:
            database.transact([*writes, head.raised(database, servers=there)])
            break
        except TransactionRefused as refusal:
            gone = [id_ for id_, failed in zip(there, refusal.failed, strict=False) if failed]
            there = {id_: fields for id_, fields in there.items() if id_ not in gone}
    return changes.keys() - there.keys()
