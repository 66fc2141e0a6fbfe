"""The `states` table: what changes with every report, the states of 8 neighbouring servers in one item.

A slot holds `at,last_active,figure,…` packed to half its characters. Its cap keeps a full item under 1,024 bytes, so
that writing one of its states, or all eight at once, costs one write unit. A state that does not fit (temperatures,
very long numbers) goes to an item of that server alone, and readers take the newer of both.
See docs/decisions/0004-states.md.
"""

from binascii import a2b_base64, b2a_base64
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import partial, reduce

from pynamodb.attributes import BinaryAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.operand import Path
from pynamodb.expressions.update import Action
from pynamodb.models import Model

from chalicelib.fleet.errors import FleetError
from chalicelib.fleet.limits import CLOCK_SET_BACK_SECONDS
from chalicelib.fleet.states import FIGURES, NOTHING, State, newest, replaces
from chalicelib.fleet.states import States as FleetStates
from chalicelib.storage.calls import Database
from chalicelib.storage.failures import ConditionFailed
from chalicelib.storage.items import Item, binary, update_of
from chalicelib.storage.packing import pack, unpack, unpack_all, unpack_hex
from chalicelib.storage.parallel import Write, write_all

SLOTS = 8
SLOT_BYTES = 124
"""8 slots of this size with their names and a key of up to 9 bytes are 1,017 bytes."""

OWN_ITEM_KEPT_SECONDS = 400 * 24 * 3600

DELETED = b"\xff"
"""What the slot and the own item of a deleted server hold. It is above every state, so no late report replaces it."""

_SLOT = "slot"
_TIME_DIGITS = 10


class StateItem(Model):
    """A block of 8 states (key "12": servers 96 to 103; attributes "0" to "7"), or one state (key "s97")."""

    class Meta:
        table_name = "states"

    key = UnicodeAttribute(hash_key=True, attr_name="k")
    slot = BinaryAttribute(attr_name=_SLOT, null=True, legacy_encoding=False)
    temperatures = UnicodeAttribute(attr_name="t", null=True)
    expires = NumberAttribute(attr_name="ttl", null=True)


class States:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._table = database.table(StateItem)

    def all(self) -> "StoredStates":
        """Every stored state, also those of servers that no longer exist."""
        return StoredStates(self._database.scan(StateItem, consistent=False))

    def of(self, ids: Collection[int]) -> "StoredStates":
        """The states of some servers, and of their neighbours."""
        keys = [{"k": {"S": key}} for key in _keys(ids)]
        found = self._database.batch_get(StateItem, keys, consistent=False)
        return StoredStates(found)

    def write(self, states: Mapping[int, State]) -> dict[int, FleetError]:
        """Keeps every state that is newer than the stored one; what could not be written, with the reason."""
        writes: list[Write] = []
        blocks: dict[str, dict[str, bytes]] = {}
        for id_, state in states.items():
            packed = _packed(state)
            if state.temperatures or len(packed) > SLOT_BYTES:
                writes.append(Write([id_], partial(self._write_own, id_, state, packed)))
            else:
                blocks.setdefault(_block_key(id_), {})[str(id_ % SLOTS)] = packed
        for key, slots in blocks.items():
            ids = [int(key) * SLOTS + int(slot) for slot in slots]
            writes.append(Write(ids, partial(self._write_block, key, slots)))
        return write_all(writes)

    def _write_block(self, key: str, slots: Mapping[str, bytes]) -> None:
        """One write for all slots; the slots that hold something newer are left out and the rest written again."""
        item_key: Item = {"k": {"S": key}}
        while slots:
            actions = [Path(slot).set({"B": packed}) for slot, packed in slots.items()]
            try:
                self._database.update(StateItem, item_key, actions, _all_newer(slots), stored_on_failure=True)
            except ConditionFailed as failure:
                # Not every DynamoDB-compatible database tells what is stored.
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
            self._database.update(StateItem, {"k": {"S": _own_key(id_)}}, actions, _newer(_SLOT, packed))
        except ConditionFailed:
            return  # something newer is stored, or the server is deleted

    def deletion(self, server_id: int, now: int) -> list[dict[str, object]]:
        """The writes that end a server's states for good, for a transaction."""
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
    """Read units of the states of some servers if they are fetched by key. A key without an item costs as much."""
    return len(_keys(ids)) / 2


class StoredStates(FleetStates):
    """States as they came from the wire, base64 of packed text; each is unpacked when it is asked for.

    In bulk they are unpacked together: a thousand need one call to translate their digits and one to split them, and
    no number is parsed, which takes a quarter of the time of a thousand `State`s.
    """

    def __init__(self, items: Iterable[Item]) -> None:
        """An own item and a slot of one server meet in `newest`."""
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
                if value["B"] != _DELETED_ON_THE_WIRE:
                    self._packed[first + int(slot)] = value["B"]
        for id_, item in own:
            self._add_own(id_, item)

    def _add_own(self, id_: int, item: Item) -> None:
        packed = item[_SLOT]["B"]
        if packed == _DELETED_ON_THE_WIRE:
            return
        slot = self._packed.get(id_)
        mine = _state(a2b_base64(packed))
        if newest(mine, _state(a2b_base64(slot)) if slot else None) is mine:
            self._packed[id_] = packed
            if "t" in item:
                self._temperatures[id_] = item["t"]["S"]

    def __getitem__(self, id_: int) -> State:
        return _state(a2b_base64(self._packed[id_]), self._temperatures.get(id_, ""))

    def __iter__(self) -> Iterator[int]:
        return iter(self._packed)

    def __len__(self) -> int:
        return len(self._packed)

    @property
    def temperatures(self) -> Mapping[int, str]:
        return self._temperatures

    def last_active(self, ids: Sequence[int]) -> list[str]:
        packed = self._packed
        heads = [a2b_base64(packed.get(id_, _NOTHING)[:_HEAD_ON_THE_WIRE]) for id_ in ids]
        return [text[_TIME_DIGITS + 1 :].partition(",")[0] for text in unpack_all(heads)]

    def figures(self, ids: Sequence[int]) -> list[str]:
        packed = self._packed
        texts = [a2b_base64(packed.get(id_, _NOTHING)).hex() for id_ in ids]
        # With commas, as one stands between all numbers anyway.
        numbers = unpack_hex(",".join(texts)).split(",") if texts else []
        del numbers[:: len(FIGURES) + 2]  # each one's `at`
        return numbers


def _keys(ids: Collection[int]) -> set[str]:
    return {_block_key(id_) for id_ in ids} | {_own_key(id_) for id_ in ids}


def _block_key(server_id: int) -> str:
    return str(server_id // SLOTS)


def _own_key(server_id: int) -> str:
    return f"s{server_id}"


def _tombstone(slot: str) -> Action:
    return Path(slot).set({"B": DELETED})


def _packed(state: State) -> bytes:
    return pack(f"{_time(state.at)},{state.last_active},{state.figures}")


def _wire(packed: bytes) -> str:
    return b2a_base64(packed, newline=False).decode("ascii")


def _time(at: int) -> str:
    return f"{at:0{_TIME_DIGITS}}"


def _all_newer(slots: Mapping[str, bytes]) -> Condition:
    return reduce(Condition.__and__, (_newer(slot, packed) for slot, packed in slots.items()))


def _newer(slot: str, packed: bytes) -> Condition:
    """`fleet.states.replaces` as a condition: compares the packed times that both begin with."""
    at = int(unpack(packed[: _TIME_DIGITS // 2]))
    stored = Path(slot)
    condition: Condition = (
        stored.does_not_exist()
        | (stored < {"B": pack(_time(at + 1))})
        | stored.between({"B": pack(_time(at + CLOCK_SET_BACK_SECONDS + 1))}, {"B": pack("9" * _TIME_DIGITS + "+")})
    )
    return condition


def _replacing(slots: Mapping[str, bytes], stored: Item) -> dict[str, bytes]:
    """The slots that take the place of what is stored."""
    return {
        slot: packed
        for slot, packed in slots.items()
        if slot not in stored or ((kept := binary(stored[slot])) != DELETED and replaces(_state(packed), _state(kept)))
    }


def _state(packed: bytes, temperatures: str = "") -> State:
    at, last_active, figures = unpack(packed).split(",", 2)
    return State(int(at), int(last_active), figures, temperatures)


assert len(FIGURES) == 16  # noqa: S101 - what is stored has no names: changing FIGURES needs a new table

_DELETED_ON_THE_WIRE = _wire(DELETED)
_NOTHING = _wire(_packed(NOTHING))
_HEAD_ON_THE_WIRE = 16
"""So many characters of base64 hold 24 of the text: a time, a comma, and a `last_active` of up to 12 characters."""
