"""The `servers` table: one item a server, and one, the head, that counts ids and versions.

Servers are stored in groups of 64 neighbouring ids, a partition key a group. The head holds a version for each group,
raised in the same transaction as every change of one of its servers. A reader keeps the groups in its memory, gets
the head strongly consistently with every request, and queries again only the groups whose version moved. What it
answers with is therefore never older than what was finished before the request began.
See docs/decisions/0003-servers-and-versions.md.
"""

import threading
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from pynamodb.attributes import BinaryAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.expressions.operand import Path
from pynamodb.models import Model

from chalicelib.fleet import limits
from chalicelib.fleet.errors import InvalidInput, NotFound
from chalicelib.fleet.servers import Fleet, Server
from chalicelib.storage.database import ConditionFailed, Database, Item, put_of, update_of

GROUP_SIZE = 64


class ServerItem(Model):
    """One server. Attribute names are short because DynamoDB bills them with every read of the fleet."""

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


class HeadItem(Model):
    """The head: the highest id given out, how many servers there are, and the versions.

    `secrets` is raised whenever an agent's secret ends to be valid. The version of group 7 is the attribute `v7`.
    """

    class Meta:
        table_name = "servers"

    group = NumberAttribute(hash_key=True, attr_name="g")
    id = NumberAttribute(range_key=True, attr_name="i")
    last_id = NumberAttribute(attr_name="last_id", default=0)
    servers = NumberAttribute(attr_name="count", default=0)
    secrets = NumberAttribute(attr_name="secrets", default=0)


HEAD_KEY: Item = {"g": {"N": "-1"}, "i": {"N": "0"}}


@dataclass(frozen=True)
class Head:
    secrets: int
    versions: Mapping[int, int]


@dataclass(frozen=True)
class _Group:
    version: int
    servers: Mapping[int, Server]


@dataclass(frozen=True)
class _Known:
    """What this process keeps; replaced as a whole, so that no thread sees half of a change."""

    groups: Mapping[int, _Group]
    fleet: Fleet


class Servers:
    """The fleet as this process knows it. Thread-safe."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._table = database.table(ServerItem)
        self._lock = threading.Lock()
        self._known = _Known({}, Fleet({}))

    def head(self) -> Head:
        item = self._database.get(HeadItem, HEAD_KEY) or {}
        versions = {int(name[1:]): int(value["N"]) for name, value in item.items() if name[0] == "v"}
        return Head(int(item["secrets"]["N"]) if "secrets" in item else 0, versions)

    def fleet(self) -> Fleet:
        """Every server, as new as the moment of this call."""
        head = self.head()
        known = self._known
        moved = [group for group, version in head.versions.items() if _version(known, group) < version]
        return self._install(self._read(moved, head, known)) if moved else known.fleet

    def _read(self, groups: list[int], head: Head, known: _Known) -> dict[int, _Group]:
        if len(groups) > len(known.groups):
            found = _by_group(self._database.scan(ServerItem))
        else:
            found = {}
            for group in groups:
                found |= _by_group(self._database.query(ServerItem, ServerItem.group == group))
        return {group: _Group(head.versions[group], found.get(group, {})) for group in groups}

    def _install(self, read: Mapping[int, _Group]) -> Fleet:
        with self._lock:
            newer = {number: group for number, group in read.items() if _version(self._known, number) < group.version}
            groups = {**self._known.groups, **newer}
            fleet = Fleet({id_: server for group in groups.values() for id_, server in group.servers.items()})
            self._known = _Known(groups, fleet)
            return fleet

    def new_id(self) -> int:
        """The next id, never given out again; raises InvalidInput when the dashboard is full."""
        count, last_id = Path("count"), Path("last_id")
        try:
            head = self._database.update(
                HeadItem,
                HEAD_KEY,
                [last_id.add(_number(1))],
                count.does_not_exist() | (count < _number(limits.SERVERS)),
                returning="UPDATED_NEW",
            )
        except ConditionFailed:
            raise InvalidInput(
                f"This dashboard holds its limit of {limits.SERVERS} servers; delete some first."
            ) from None
        return int(head["last_id"]["N"])

    def put_new(self, server: Server) -> list[dict[str, Any]]:
        """The writes that add a server, for a transaction."""
        item = put_of(self._table, _item(server), ServerItem.id.does_not_exist())
        return [{"Put": item}, self.raise_versions([server.id], servers=1)]

    def raise_versions(self, ids: Collection[int], *, servers: int = 0, secrets: int = 0) -> dict[str, Any]:
        """The write that tells every reader that these servers changed, for a transaction."""
        actions = [Path(f"v{group}").add(_number(1)) for group in sorted({group_of(id_) for id_ in ids})]
        if servers:
            actions.append(Path("count").add(_number(servers)))
        if secrets:
            actions.append(Path("secrets").add(_number(secrets)))
        return {"Update": update_of(self._table, HEAD_KEY, actions)}

    def get(self, ids: Collection[int]) -> dict[int, Server]:
        """Some servers from the table itself, for writers."""
        found = self._database.batch_get(ServerItem, [key(id_) for id_ in ids])
        return {server.id: server for server in map(_server, found)}

    def facts_update(self, server_id: int, ip: str | None, host: str | None) -> dict[str, Any]:
        """The write of what an agent says of its host, for a transaction; refused once the server is deleted."""
        actions = []
        if ip is not None:
            actions.append(ServerItem.ip.set(ip) if ip else ServerItem.ip.remove())
        if host is not None:
            actions.append(ServerItem.host.set(host))
        return {"Update": update_of(self._table, key(server_id), actions, ServerItem.id.exists())}


def group_of(server_id: int) -> int:
    return server_id // GROUP_SIZE


def key(server_id: int) -> Item:
    return {"g": {"N": str(group_of(server_id))}, "i": {"N": str(server_id)}}


def not_found(server_id: int) -> NotFound:
    return NotFound(f"There is no server {server_id}.")


def _version(known: _Known, group: int) -> int:
    return known.groups[group].version if group in known.groups else 0


def _number(value: int) -> dict[str, str]:
    return {"N": str(value)}


def _by_group(items: Any) -> dict[int, dict[int, Server]]:
    groups: dict[int, dict[int, Server]] = {}
    for item in items:
        if item["g"] != HEAD_KEY["g"]:
            groups.setdefault(int(item["g"]["N"]), {})[int(item["i"]["N"])] = _server(item)
    return groups


def _server(item: Item) -> Server:
    # Read without PynamoDB's deserialisation: a reader's first request does this for the whole fleet.
    return Server(
        id=int(item["i"]["N"]),
        name=item["n"]["S"],
        tag=item["t"]["S"],
        note=item["o"]["S"] if "o" in item else "",
        display_index=int(item["d"]["N"]) if "d" in item else 0,
        hide_for_guest="h" in item,
        ip=item["a"]["S"] if "a" in item else "",
        host=item["f"]["S"] if "f" in item else "",
        secret_hash=item["s"]["B"].hex(),
        created=int(item["c"]["N"]),
    )


def _item(server: Server) -> Item:
    """Fields that have their usual value are left out: they cost bytes with every read."""
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
    ).serialize()
    return item
