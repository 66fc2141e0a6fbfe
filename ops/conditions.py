"""Conditions of rules on the command line: `cpu>90`, `disk>90 duration=600 only=1,2`, `offline`.

A condition is one argument: its type with its limits, followed by its options, separated by spaces. `condition_in`
reads what `text_of` writes.
"""

import argparse
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from chalicelib.fleet.alerts.conditions import TYPES, Condition
from chalicelib.fleet.cycles import UNITS, Cycle, start_text
from ops.monitors import ids_in

OPTIONS = "duration=SECONDS, only=IDS, all-but=IDS, monitors=IDS, cycle=START/3month"

_NUMBER = r"-?\d+(?:\.\d+)?(?:e\d+)?"
_TEST = re.compile(rf"([a-z_0-9]+?)(?:>({_NUMBER}))?(?:<({_NUMBER}))?")
_CYCLE = re.compile(rf"([^/]+)(?:/(\d{{1,6}})?({'|'.join(UNITS)})s?)?")


def condition_in(text: str) -> Condition:
    """Parses a condition. Raises ArgumentTypeError, which argparse prints."""
    test, *options = text.split() or [""]
    found = _TEST.fullmatch(test)
    if not found or found[1] not in TYPES:
        raise argparse.ArgumentTypeError(f"{text!r} must be a type with its limits, such as 'cpu>90' or 'offline'")
    above, below = (float(limit) if limit else None for limit in found.groups()[1:])
    given: dict[str, Any] = {}
    for option in options:
        name, _, value = option.partition("=")
        if name not in _READERS:
            raise argparse.ArgumentTypeError(f"{option!r} in {text!r} is not an option of a condition; use {OPTIONS}")
        given |= _READERS[name](value)
    return Condition(found[1], above, below, **given)


def _duration(text: str) -> Mapping[str, Any]:
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise argparse.ArgumentTypeError(f"duration={text} must be whole seconds: duration=600")
    return {"duration": int(text)}


def _cycle(text: str) -> Mapping[str, Any]:
    found = _CYCLE.fullmatch(text)
    if not found:
        raise argparse.ArgumentTypeError(
            f"cycle={text} must be a start and a length: cycle=2026-01-15T00:00/3month; units: {', '.join(UNITS)}"
        )
    return {"cycle": Cycle(found[1], int(found[2] or 1), found[3] or "month")}  # type: ignore[arg-type]


_READERS: Mapping[str, Callable[[str], Mapping[str, Any]]] = {
    "duration": _duration,
    "only": lambda text: {"cover": "only", "servers": ids_in(text)},
    "all-but": lambda text: {"cover": "all", "servers": ids_in(text)},
    "monitors": lambda text: {"monitors": ids_in(text)},
    "cycle": _cycle,
}


def completed(condition: Condition, monitors: frozenset[int] | None, zone: str) -> Condition:
    """Fills in what the condition leaves open. Raises InvalidInput.

    monitors: the monitors of a condition that needs some and names none. zone: the time zone of a cycle's start.
    """
    if monitors and condition.kind.takes_monitors and not condition.monitors:
        condition = replace(condition, monitors=monitors)
    if condition.cycle:
        condition = replace(condition, cycle=replace(condition.cycle, start=start_text(condition.cycle.start, zone)))
    return condition


def text_of(condition: Condition) -> str:
    limits = ((">", condition.above), ("<", condition.below))
    test = condition.type + "".join(f"{sign}{limit:.15g}" for sign, limit in limits if limit is not None)
    return " ".join([test, *_options(condition)])


def _options(condition: Condition) -> list[str]:
    cycle = condition.cycle
    options = {
        "duration": None if condition.duration is None else str(condition.duration),
        "only" if condition.cover == "only" else "all-but": _ids(condition.servers) or None,
        "monitors": _ids(condition.monitors) or None,
        "cycle": cycle and f"{cycle.start}/{cycle.interval}{cycle.unit}",
    }
    return [f"{name}={value}" for name, value in options.items() if value is not None]


def _ids(ids: frozenset[int]) -> str:
    return ",".join(map(str, sorted(ids)))
