"""Sparklines: an item for each step, with three bytes for each server that reported in it.

CPU is kept in steps of 0.4 percent. Traffic is kept to 5 percent: 0 stands for nothing, n for 100 bytes * 1.1^n.
"""

import math

from chalicelib.fleet.sparks import STEP, STEPS, Sparks, SparkTexts
from chalicelib.storage.calls import Database
from chalicelib.storage.items import Item, binary
from chalicelib.storage.series import kinds
from chalicelib.storage.series.fleet_items import between, packed, put_once, unpacked

KEPT_SECONDS = 2 * STEPS * STEP

_CPU_STEP = 0.4
_LEAST_BYTES = 100
_BASE = 1.1
_MOST = 255


def read(database: Database, steps: range) -> dict[int, SparkTexts]:
    """Those of these steps that are stored, by their starts."""
    items = between(database, _place(steps[0]), _place(steps[-1]))
    return {(place - kinds.SPARK) * STEP: _texts(item) for place, item in items.items()}


def write(database: Database, step: int, sparks: Sparks) -> None:
    """Stores a step, unless it is already stored."""
    ids = sorted(sparks)
    columns = (
        [min(round(sparks[id_].cpu / _CPU_STEP), _MOST) for id_ in ids],
        [_level(sparks[id_].net_in) for id_ in ids],
        [_level(sparks[id_].net_out) for id_ in ids],
    )
    put_once(database, _place(step), packed(ids, columns, "B"), step + STEP + KEPT_SECONDS)


def _place(step: int) -> int:
    return kinds.SPARK + step // STEP


def _texts(item: Item) -> SparkTexts:
    ids, (cpu, received, sent) = unpacked(binary(item["v"]), 3, "B")
    texts = (
        map(_CPU_TEXTS.__getitem__, cpu),
        map(_BYTES_TEXTS.__getitem__, received),
        map(_BYTES_TEXTS.__getitem__, sent),
    )
    return dict(zip(ids, zip(*texts, strict=True), strict=True))


def _level(moved: int) -> int:
    if moved <= 0:
        return 0
    return min(max(round(math.log(moved / _LEAST_BYTES, _BASE)), 1), _MOST)


_CPU_TEXTS = tuple(f"{level * _CPU_STEP:.1f}".removesuffix(".0") for level in range(_MOST + 1))
_BYTES_TEXTS = ("0", *(str(round(_LEAST_BYTES * _BASE**level)) for level in range(1, _MOST + 1)))
