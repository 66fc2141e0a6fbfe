"""The table of figures."""

from __future__ import annotations

import json
from typing import Any

import pytest

from agent.core.figures import HOST, LONGEST_LIST, LONGEST_TEXT, STATE, Figure, complete

ONE = (Figure("F", float, "", "f"), Figure("I", int, "", "i"), Figure("S", str, "", "s"), Figure("L", list, "", "l"))


def test_names_and_fields_are_each_there_once() -> None:
    for table in (STATE, HOST):
        fields = [figure.field for figure in table if figure.field]
        assert len({figure.name for figure in table}) == len(table)
        assert len({*fields}) == len(fields)


def test_good_readings_stay_as_they_are() -> None:
    readings = {"F": 1.25, "I": 2**64 - 1, "S": "Debian 密", "L": ["a", "b"]}
    assert complete(ONE, readings) == readings


def test_what_is_missing_is_zero_or_empty() -> None:
    assert complete(ONE, {}) == {"F": 0.0, "I": 0, "S": "", "L": []}


@pytest.mark.parametrize(
    ("readings", "expected"),
    [
        ({"F": -0.5, "I": -1}, (0.0, 0)),
        ({"F": float("nan"), "I": float("nan")}, (0.0, 0)),
        ({"F": float("inf"), "I": float("-inf")}, (0.0, 0)),
        ({"F": 10**400, "I": 2**64 + 5}, (0.0, 2**64 - 1)),
        ({"F": "text", "I": "text"}, (0.0, 0)),
        ({"F": None, "I": None, "S": None, "L": None}, (0.0, 0)),
        ({"F": 3, "I": 3.9}, (3.0, 3)),
    ],
)
def test_impossible_numbers_are_cut(readings: dict[str, Any], expected: tuple[Any, ...]) -> None:
    found = complete(ONE, readings)
    assert (found["F"], found["I"]) == expected
    assert [type(found[name]) for name in "FISL"] == [float, int, str, list]
    json.dumps(found, allow_nan=False)


def test_texts_are_cut_and_printable() -> None:
    found = complete(ONE, {"S": "a\x1b\n" + "x" * 999, "L": ["b\0" + "y" * 999, 7] * 99})
    assert found["S"] == "a" + "x" * (LONGEST_TEXT - 1)
    assert len(found["L"]) == LONGEST_LIST
    assert found["L"][:2] == ["b" + "y" * (LONGEST_TEXT - 1), ""]
