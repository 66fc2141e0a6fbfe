"""Sparklines of monitors: an item for each step, with four bytes for each monitor that was reached in it.

A latency is kept to 0.1 percent: 0 stands for none, n for 0.01 ms * 1.002^(n - 1).
"""

import math

from chalicelib.fleet.monitor_sparks import CURVES, MonitorSpark, MonitorSparks
from chalicelib.storage.calls import Database
from chalicelib.storage.items import Item, binary
from chalicelib.storage.series import kinds
from chalicelib.storage.series.fleet_items import between, packed, put_once, unpacked

KEPT = 3
"""A step is kept for this many times the shown range, because the steps of the next longer range are made from it."""

_LEAST = 0.01
_BASE = 1.002


def read(database: Database, steps: range) -> dict[int, MonitorSparks]:
    """Those of these steps that are stored, by their starts."""
    first = _place(0, steps.step)
    items = between(database, _place(steps[0], steps.step), _place(steps[-1], steps.step))
    return {(place - first) * steps.step: _sparks(item) for place, item in items.items()}


def write(database: Database, step: int, sparks: MonitorSparks, seconds: int) -> None:
    """Stores a step, unless it is already stored. seconds: the length of the step."""
    ids = sorted(sparks)
    columns = [_level(sparks[id_].latency) for id_ in ids], [_level(sparks[id_].public) for id_ in ids]
    kept = next(KEPT * curve.steps * curve.step for curve in CURVES.values() if curve.step == seconds)
    put_once(database, _place(step, seconds), packed(ids, columns, "H"), step + seconds + kept)


def _place(step: int, seconds: int) -> int:
    length = [curve.step for curve in CURVES.values()].index(seconds)
    return kinds.MONITOR_SPARKS + length * kinds.MONITOR_SPARKS_OF_A_LENGTH + step // seconds


def _sparks(item: Item) -> MonitorSparks:
    ids, (latencies, public) = unpacked(binary(item["v"]), 2, "H")
    pairs = zip(map(_latency, latencies), map(_latency, public), strict=True)
    return {id_: MonitorSpark(*pair) for id_, pair in zip(ids, pairs, strict=True)}


def _level(latency: float | None) -> int:
    return 0 if latency is None else 1 + round(math.log(max(latency, _LEAST) / _LEAST, _BASE))


def _latency(level: int) -> float | None:
    return float(f"{_LEAST * _BASE ** (level - 1):.3g}") if level else None
