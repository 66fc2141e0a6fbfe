"""The `servers` table: one item for each server. 64 servers with neighboring IDs share a partition key."""

import threading
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pynamodb.attributes import BinaryAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.expressions.update import Action
from pynamodb.models import Model

from chalicelib.fleet.servers import Fleet, Server
from chalicelib.storage.calls import Database
from chalicelib.storage.head import KEY, Head, group_of
from chalicelib.storage.items import Item, binary, delete_of, put_of, update_of


class ServerItem(Model):
    """One server. DynamoDB bills attribute names with every read, so they are short."""

    class Meta:
        table_name = "servers"

    group = NumberAttribute(hash_key=True, attr_name="g")
    id = NumberAttribute(range_key=True, attr_name="i")
    name = UnicodeAttribute(attr_name="n")
    tag = UnicodeAttribute(attr_name="t")
    note = UnicodeAttribute(attr_name="o", null=True)
    display_index = NumberAttribute(attr_name="d", null=True)
    hide_for_guest = NumberAttribute(attr_name="h", null=True)
    ip = UnicodeAttribute(attr_name="a", null=True)
    host = UnicodeAttribute(attr_name="f", null=True)
    secret_hash = BinaryAttribute(attr_name="s", legacy_encoding=False)
    created = NumberAttribute(attr_name="c")
    host_changed = NumberAttribute(attr_name="m", null=True)
    muted_until = NumberAttribute(attr_name="u", null=True)
    plan = UnicodeAttribute(attr_name="b", null=True)


@dataclass(frozen=True)
class _Group:
    version: int
    servers: Mapping[int, Server]


@dataclass(frozen=True)
class _Known:
    """What this process has in memory. Replaced as a whole, so that no thread sees half of a change."""

    groups: Mapping[int, _Group]
    fleet: Fleet


class ServerTable:
    """The fleet as this process knows it. Thread-safe."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._table = database.table(ServerItem)
        self._lock = threading.Lock()
        self._known = _Known({}, Fleet({}))

    @property
    def known(self) -> Fleet:
        """The fleet as this process last read it."""
        return self._known.fleet

    @property
    def count(self) -> int:
        """How many servers this process knows; 0 before it has read any."""
        return len(self._known.fleet.by_id)

    def fleet(self, head: Head) -> Fleet:
        """All servers, at least as new as `head`. Reads only the groups that have a new version."""
        known = self._known
        moved = [group for group, version in head.groups.items() if _version(known, group) < version]
        return self._install(self._read(moved, head, known)) if moved else known.fleet

    def ids(self) -> list[int]:
        """The IDs of all servers as of now, read from the table."""
        found = _by_group(self._database.scan(ServerItem))
        return sorted(id_ for servers in found.values() for id_ in servers)

    def _read(self, groups: list[int], head: Head, known: _Known) -> dict[int, _Group]:
        if len(groups) > len(known.groups):
            found = _by_group(self._database.scan(ServerItem))
        else:
            found = {}
            for group in groups:
                found |= _by_group(self._database.query(ServerItem, ServerItem.group == group))
        return {group: _Group(head.groups[group], found.get(group, {})) for group in groups}

    def _install(self, read: Mapping[int, _Group]) -> Fleet:
        with self._lock:
            newer = {
                group: content for group, content in read.items() if _version(self._known, group) < content.version
            }
            groups = {**self._known.groups, **newer}
            fleet = Fleet({id_: server for group in groups.values() for id_, server in group.servers.items()})
            self._known = _Known(groups, fleet)
            return fleet

    def get(self, ids: Collection[int]) -> dict[int, Server]:
        """Some servers as of now, read from the table, for writers."""
        found = self._database.batch_get(ServerItem, [_key(id_) for id_ in ids])
        return {server.id: server for server in map(_server, found)}

    def put_new(self, server: Server) -> dict[str, Any]:
        """The write that adds a server, for a transaction; refused if the ID is taken."""
        return {"Put": put_of(self._table, _item(server), ServerItem.id.does_not_exist())}

    def facts_update(self, server: Server, ip: str | None, host: str | None, now: int) -> dict[str, Any]:
        """The write of what an agent reports about its host, for a transaction.

        Refused once the server is deleted, or if its host changed since `server` was read.
        """
        changed = ServerItem.host_changed
        still = changed == server.host_changed if server.host_changed else changed.does_not_exist()
        actions: list[Action] = [changed.set(now)]
        if ip is not None:
            actions.append(ServerItem.ip.set(ip) if ip else ServerItem.ip.remove())
        if host is not None:
            actions.append(ServerItem.host.set(host))
        return {"Update": update_of(self._table, _key(server.id), actions, ServerItem.id.exists() & still)}

    def edit(self, server_id: int, changes: Mapping[str, object]) -> dict[str, Any]:
        """The write of some fields of Server, for a transaction; refused once the server is deleted."""
        actions: list[Action] = []
        for name, value in changes.items():
            field = getattr(ServerItem, name)
            usual = field.null and not value
            actions.append(field.remove() if usual else field.set(int(value) if isinstance(value, bool) else value))
        return {"Update": update_of(self._table, _key(server_id), actions, ServerItem.id.exists())}

    def secret_update(self, server: Server, new_hash: str) -> dict[str, Any]:
        """The write of a new secret, for a transaction; refused unless the stored one is that of `server`."""
        secret = ServerItem.secret_hash
        still = secret == bytes.fromhex(server.secret_hash)
        return {"Update": update_of(self._table, _key(server.id), [secret.set(bytes.fromhex(new_hash))], still)}

    def deletion(self, server: Server) -> dict[str, Any]:
        """The write that deletes a server, for a transaction; refused unless the stored secret is that of `server`."""
        still = ServerItem.secret_hash == bytes.fromhex(server.secret_hash)
        return {"Delete": delete_of(self._table, _key(server.id), still)}


def _version(known: _Known, group: int) -> int:
    return known.groups[group].version if group in known.groups else 0


def _key(server_id: int) -> Item:
    return {"g": {"N": str(group_of(server_id))}, "i": {"N": str(server_id)}}


def _by_group(items: Iterable[Item]) -> dict[int, dict[int, Server]]:
    groups: dict[int, dict[int, Server]] = {}
    for item in items:
        if item["g"] != KEY["g"]:
            groups.setdefault(int(item["g"]["N"]), {})[int(item["i"]["N"])] = _server(item)
    return groups


def _server(item: Item) -> Server:
    # Without PynamoDB's deserialization, which is slow: the first request of a process does this for all servers.
    return Server(
        id=int(item["i"]["N"]),
        name=item["n"]["S"],
        tag=item["t"]["S"],
        note=item["o"]["S"] if "o" in item else "",
        display_index=int(item["d"]["N"]) if "d" in item else 0,
        hide_for_guest="h" in item,
        ip=item["a"]["S"] if "a" in item else "",
        host=item["f"]["S"] if "f" in item else "",
        secret_hash=binary(item["s"]).hex(),
        created=int(item["c"]["N"]),
        host_changed=int(item["m"]["N"]) if "m" in item else 0,
        muted_until=int(item["u"]["N"]) if "u" in item else 0,
        plan=item["b"]["S"] if "b" in item else "",
    )


def _item(server: Server) -> Item:
    """A server's item. Fields with their default value are left out, because their bytes are billed with every read."""
    item: Item = ServerItem(
        group_of(server.id),
        server.id,
        name=server.name,
        tag=server.tag,
        note=server.note or None,
        display_index=server.display_index or None,
        hide_for_guest=1 if server.hide_for_guest else None,
        ip=server.ip or None,
        host=server.host or None,
        secret_hash=bytes.fromhex(server.secret_hash),
        created=server.created,
        host_changed=server.host_changed or None,
        muted_until=server.muted_until or None,
        plan=server.plan or None,
    ).serialize()
    return item
