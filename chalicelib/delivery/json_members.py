"""Reads the members of a JSON object one by one, with their values as written and as v0 turns them into text."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any


@dataclass(frozen=True, slots=True)
class Member:
    """raw: the value as written. value: a number as `WrittenNumber`, anything else as json.loads returns it."""

    name: str
    raw: str
    value: Any


@dataclass(frozen=True, slots=True)
class WrittenNumber:
    """A number as text: a whole one as written, any other without exponent and trailing zeros."""

    text: str


def _fraction(text: str) -> WrittenNumber:
    shown = format(Decimal(repr(float(text))), "f")
    return WrittenNumber(shown.rstrip("0").rstrip(".") if "." in shown else shown)


_DECODER = json.JSONDecoder(parse_int=WrittenNumber, parse_float=_fraction, strict=False)
_BLANKS = re.compile(r"[ \t\r\n]*")


def members(text: str) -> Iterator[Member]:
    """The members in the order in which they are written. "" counts as an object without members.

    Raises ValueError for anything that is not an object. A comma before the closing brace is allowed, as in v0.
    """
    place = _after_blanks(text, 0)
    if place == len(text):
        return
    place = _expected(text, place, "{")
    while text[place : place + 1] != "}":
        name, place = _DECODER.raw_decode(text, place)
        if not isinstance(name, str):
            raise ValueError("the name of a member is not a string")
        start = _expected(text, _after_blanks(text, place), ":")
        value, end = _DECODER.raw_decode(text, start)
        yield Member(name, text[start:end], value)
        place = _after_blanks(text, end)
        if text[place : place + 1] != "}":
            place = _expected(text, place, ",")
    if _after_blanks(text, place + 1) != len(text):
        raise ValueError("there is more after the object")


def _expected(text: str, place: int, character: str) -> int:
    """The place after a character and the blanks that follow it."""
    if text[place : place + 1] != character:
        raise ValueError(f"{character} is missing")
    return _after_blanks(text, place + 1)


def _after_blanks(text: str, place: int) -> int:
    found = _BLANKS.match(text, place)
    return found.end() if found else place


def value_text(member: Member) -> str:
    """A value as v0 turns it into text; objects and lists stay as written."""
    match member.value:
        case None:
            return ""
        case bool():
            return "true" if member.value else "false"
        case WrittenNumber():
            return member.value.text
        case dict() | list():
            return member.raw
        case _:
            return str(member.value)
