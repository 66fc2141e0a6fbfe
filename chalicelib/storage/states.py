"""The `states` table: what changes with every report, the states of 8 neighboring servers in one item.

A slot contains a record of records.py. Its size limit keeps a full item under 1,024 bytes, so that writing one of its
states, or all eight at once, costs one write unit. A state that does not fit (temperatures, very long numbers) goes to
a separate item for that server, and readers take the newer of both. See docs/decisions/0004-states.md.
"""

from binascii import a2b_base64
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache, partial, reduce
from typing import Any

from pynamodb.attributes import BinaryAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.operand import Path
from pynamodb.expressions.update import Action
from pynamodb.models import Model

from chalicelib.fleet.errors import FleetError
from chalicelib.fleet.limits import CLOCK_SET_BACK_SECONDS
from chalicelib.fleet.states import State, StatesByServer, newest, replaces
from chalicelib.storage import records
from chalicelib.storage.calls import Database
from chalicelib.storage.failures import ConditionFailed
from chalicelib.storage.items import Item, binary, update_of
from chalicelib.storage.parallel import Write, write_all
from chalicelib.storage.records import ABOVE_EVERY_TIME, NOTHING_STORED, record_from, record_of, state_of, time_of

SLOTS = 8
SLOT_BYTES = 125
"""8 slots of this size, with their names and a key of up to 9 bytes, take 1,018 bytes."""

OWN_ITEM_KEPT_SECONDS = 400 * 24 * 3600

DELETED = b"\xff"
"""What a deleted server's slot and own item contain. It is greater than every record, so no late report replaces it."""

_DELETED_AS_READ = records.encoded(DELETED)
_SLOT = "slot"


class StateItem(Model):
    """A block of 8 states (key "12": servers 96 to 103; attributes "0" to "7"), or one state (key "s97")."""

    class Meta:
        table_name = "states"

    key = UnicodeAttribute(hash_key=True, attr_name="k")
    slot = BinaryAttribute(attr_name=_SLOT, null=True, legacy_encoding=False)
    temperatures = UnicodeAttribute(attr_name="t", null=True)
    expires = NumberAttribute(attr_name="ttl", null=True)


class StateTable:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._table = database.table(StateItem)

    def all(self) -> "StoredStates":
        """Every stored state, also those of servers that no longer exist."""
        return StoredStates(self._database.scan(StateItem, consistent=False))

    def of(self, ids: Collection[int]) -> "StoredStates":
        """The states of some servers, and of their neighbors."""
        keys = [{"k": {"S": key}} for key in _keys(ids)]
        found = self._database.batch_get(StateItem, keys, consistent=False)
        return StoredStates(found)

    def write(self, states: Mapping[int, State]) -> dict[int, FleetError]:
        """Stores each state that is newer than the stored one. Returns the servers that failed, with their errors."""
        writes: list[Write] = []
        blocks: dict[str, dict[str, bytes]] = {}
        for id_, state in states.items():
            packed = record_of(state)
            if state.temperatures or len(packed) > SLOT_BYTES:
                writes.append(Write([id_], partial(self._write_own, id_, state, packed)))
            else:
                blocks.setdefault(_block_key(id_), {})[str(id_ % SLOTS)] = packed
        for key, slots in blocks.items():
            ids = [int(key) * SLOTS + int(slot) for slot in slots]
            writes.append(Write(ids, partial(self._write_block, key, slots)))
        return write_all(writes)

    def _write_block(self, key: str, slots: Mapping[str, bytes]) -> None:
        """Writes all slots at once. If some contain something newer, writes the others again without them."""
        item_key: Item = {"k": {"S": key}}
        while slots:
            change = {"TableName": self._table, "Key": item_key, **_block_update(slots)}
            try:
                self._database.send_update(change, stored_on_failure=True)
            except ConditionFailed as failure:
                # Not every DynamoDB-compatible database returns what is stored.
                slots = _replacing(slots, failure.item or self._database.get(StateItem, item_key) or {})
            else:
                return

    def _write_own(self, id_: int, state: State, packed: bytes) -> None:
        temperatures = StateItem.temperatures
        actions: list[Action] = [
            StateItem.slot.set(packed),
            StateItem.expires.set(state.last_active + OWN_ITEM_KEPT_SECONDS),
            temperatures.set(state.temperatures) if state.temperatures else temperatures.remove(),
        ]
        try:
            self._database.update(StateItem, {"k": {"S": _own_key(id_)}}, actions, _newer(_SLOT, *_bounds(packed)))
        except ConditionFailed:
            return  # something newer is stored, or the server is deleted

    def deletion(self, server_id: int, now: int) -> list[dict[str, object]]:
        """The writes that remove a server's states for good, for a transaction."""
        slot = _tombstone(str(server_id % SLOTS))
        return [
            {"Update": update_of(self._table, {"k": {"S": _block_key(server_id)}}, [slot])},
            {
                "Update": update_of(
                    self._table,
                    {"k": {"S": _own_key(server_id)}},
                    [
                        _tombstone(_SLOT),
                        StateItem.temperatures.remove(),
                        StateItem.expires.set(now + CLOCK_SET_BACK_SECONDS + 24 * 3600),
                    ],
                )
            },
        ]  # fmt: skip


def units_by_key(ids: Collection[int]) -> float:
    """Read units for the states of some servers if they are read by key. A key without an item costs the same."""
    return len(_keys(ids)) / 2


def units_to_write(ids: Collection[int], alone: Collection[int]) -> int:
    """Write units for storing a state of each of these servers at once. alone: those whose state has temperatures."""
    return len({_block_key(id_) for id_ in ids if id_ not in alone}) + len(set(alone))


class StoredStates(StatesByServer):
    """States as encoded records, as they were read. Each is unpacked when it is needed."""

    def __init__(self, items: Iterable[Item]) -> None:
        """If a server has both a slot and an own item, `newest` chooses."""
        self._packed: dict[int, str] = {}
        self._temperatures: dict[int, str] = {}
        own: list[tuple[int, Item]] = []
        for item in items:
            key = item.pop("k")["S"]
            if key[0] == "s":
                own.append((int(key[1:]), item))
                continue
            first = int(key) * SLOTS
            for slot, value in item.items():
                if value["B"] != _DELETED_AS_READ:
                    self._packed[first + int(slot)] = value["B"]
        for id_, item in own:
            self._add_own(id_, item)

    def _add_own(self, id_: int, item: Item) -> None:
        packed = item[_SLOT]["B"]
        if packed == _DELETED_AS_READ:
            return
        slot = self._packed.get(id_)
        mine = state_of(a2b_base64(packed))
        if newest(mine, state_of(a2b_base64(slot)) if slot else None) is mine:
            self._packed[id_] = packed
            if "t" in item:
                self._temperatures[id_] = item["t"]["S"]

    def __getitem__(self, id_: int) -> State:
        return state_of(a2b_base64(self._packed[id_]), self._temperatures.get(id_, ""))

    def __contains__(self, id_: object) -> bool:
        return id_ in self._packed

    def __iter__(self) -> Iterator[int]:
        return iter(self._packed)

    def __len__(self) -> int:
        return len(self._packed)

    @property
    def temperatures(self) -> Mapping[int, str]:
        return self._temperatures

    def last_active(self, ids: Sequence[int]) -> list[str]:
        return records.last_active(self._records(ids))

    def figures(self, ids: Sequence[int]) -> list[str]:
        return records.shown_numbers(self._records(ids))

    def intervals(self, ids: Sequence[int], usual: float) -> list[float]:
        return [float(text or usual) for text in records.intervals(self._records(ids))]

    def _records(self, ids: Sequence[int]) -> list[str]:
        found = self._packed
        return [found.get(id_, NOTHING_STORED) for id_ in ids]


def _keys(ids: Collection[int]) -> set[str]:
    return {_block_key(id_) for id_ in ids} | {_own_key(id_) for id_ in ids}


def _block_key(server_id: int) -> str:
    return str(server_id // SLOTS)


def _own_key(server_id: int) -> str:
    return f"s{server_id}"


def _tombstone(slot: str) -> Action:
    return Path(slot).set({"B": DELETED})


def _block_update(slots: Mapping[str, bytes]) -> dict[str, Any]:
    """The expressions of an update that writes all slots, on the condition that each is newer than what is stored."""
    expressions, places = _block_expressions(tuple(sorted(slots)))
    values = {slot: ({"B": packed}, *_bounds(packed)) for slot, packed in slots.items()}
    filled = {placeholder: values[slot][place] for placeholder, slot, place in places}
    return {**expressions, "ExpressionAttributeValues": filled}


@cache
def _block_expressions(slots: tuple[str, ...]) -> tuple[dict[str, Any], list[tuple[str, str, int]]]:
    """The expressions of `_block_update` without their values, which differ from write to write, and where each value
    comes from: (placeholder, slot, index among the slot's values).

    They are cached, for all 255 sets of slots at most: making them would take a quarter of the CPU of a report.
    """
    marks: dict[str, list[Any]] = {slot: [{"B": (slot, place)} for place in range(4)] for slot in slots}
    condition = reduce(Condition.__and__, (_newer(slot, *marks[slot][1:]) for slot in slots))
    change = update_of("", {}, [Path(slot).set(marks[slot][0]) for slot in slots], condition)
    places = [(name, *value["B"]) for name, value in change.pop("ExpressionAttributeValues").items()]
    return {name: change[name] for name in change if name not in ("TableName", "Key")}, places


def _newer(slot: str, above: Any, before: Any, end: Any) -> Condition:
    """`fleet.states.replaces` as a condition: DynamoDB compares the times that records begin with.

    above, before, end: what `_bounds` returns.
    """
    stored = Path(slot)
    condition: Condition = stored.does_not_exist() | (stored < above) | stored.between(before, end)
    return condition


def _bounds(packed: bytes) -> tuple[Any, Any, Any]:
    """Bounds of the stored records that this record replaces: those below the first, and those between the others.

    The latter are so much newer that the clock must have been set back since.
    """
    at = time_of(packed)
    return {"B": record_from(at + 1)}, {"B": record_from(at + CLOCK_SET_BACK_SECONDS + 1)}, {"B": ABOVE_EVERY_TIME}


def _replacing(slots: Mapping[str, bytes], stored: Item) -> dict[str, bytes]:
    """Those of the slots that replace what is stored."""
    kept = {slot: binary(value) for slot, value in stored.items() if slot in slots}
    return {
        slot: packed
        for slot, packed in slots.items()
        if slot not in kept or (kept[slot] != DELETED and replaces(state_of(packed), state_of(kept[slot])))
    }
