"""Every error has a stable name, and the names are listed."""

import ast
import re
from pathlib import Path
from typing import Any

import pytest

import chalicelib
from chalicelib.fleet.errors import NAMES, FleetError, Throttled, Unavailable

SOURCES = sorted(Path(chalicelib.__file__).parent.rglob("*.py"))
ERRORS_WITH_NAMES = {kind.__name__ for kind in FleetError.__subclasses__()}


def named_errors() -> list[tuple[str, str]]:
    """(file, name) of every `error="name"` and of every default that stands for one."""
    found = []
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ERRORS_WITH_NAMES:
                given = [keyword.value for keyword in node.keywords if keyword.arg == "error"]
                strings = [one.value for value in given for one in ast.walk(value) if isinstance(one, ast.Constant)]
                found += [(path.name, name) for name in strings if isinstance(name, str)]
    return found


def test_every_raised_error_has_a_listed_name() -> None:
    found = named_errors()
    assert len(found) > 30
    assert [one for one in found if one[1] not in NAMES] == []


def test_every_listed_name_is_raised_somewhere() -> None:
    text = "\n".join(path.read_text("utf-8") for path in SOURCES if path.name != "errors.py")
    own = {Throttled().error, Unavailable().error}
    assert [name for name in NAMES if name not in own and f'"{name}"' not in text] == []


def test_names_are_words_and_meanings_are_sentences() -> None:
    for name, meaning in NAMES.items():
        assert re.fullmatch(r"[a-z]+(_[a-z]+)*", name)
        assert re.fullmatch(r"[A-Z][^\n]+\.", meaning)


@pytest.mark.parametrize("kind", [Throttled, Unavailable])
def test_errors_of_the_database_have_names_of_their_own(kind: Any) -> None:
    assert kind().error in NAMES
