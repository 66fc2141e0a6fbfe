"""Parses certificates of TLS servers: who issued one, and when it expires (X.509 in DER, RFC 5280).

Python's `ssl` decodes only certificates that it has verified, but those that are invalid matter most. The dashboard
uses this parser, too (docs/decisions/0016-certificates.md).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timezone
from typing import NamedTuple

LONGEST_ISSUER = 128
"""Characters."""

_SEQUENCE, _VERSION, _UTC_TIME, _GENERALIZED_TIME = 0x30, 0xA0, 0x17, 0x18
_ENCODINGS = {0x0C: "utf-8", 0x13: "ascii", 0x14: "latin-1", 0x16: "ascii", 0x1C: "utf-32-be", 0x1E: "utf-16-be"}
"""The encodings of string types, by tag."""

_NAMES = (b"\x55\x04\x0a", b"\x55\x04\x03", b"\x55\x04\x0b")
"""An issuer's name is its organization, else its common name, else its unit (2.5.4.10, .3 and .11)."""

_LONGEST_LENGTH = 4


class Certificate(NamedTuple):
    """issuer: its name, "" when it has none. not_after: Unix seconds of the last moment at which it is valid."""

    issuer: str
    not_after: int


def parse_certificate(content: bytes) -> Certificate:
    """Raises ValueError for bytes that are not a certificate."""
    try:
        outer = _content(next(_parts(content)), _SEQUENCE)
        fields = list(_parts(_content(next(_parts(outer)), _SEQUENCE)))
        if fields[0][0] == _VERSION:
            del fields[0]
        _serial, _algorithm, issuer, validity = fields[:4]
        _since, until = _parts(_content(validity, _SEQUENCE))
        return Certificate(_name(_content(issuer, _SEQUENCE)), _time(*until))
    except (IndexError, StopIteration, OverflowError) as error:
        raise ValueError("not a certificate") from error


def _parts(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Tag and content of each value. Raises ValueError or IndexError when they are cut off."""
    place = 0
    while place < len(content):
        tag, length, start = content[place], content[place + 1], place + 2
        if length & 0x80:
            size = length & 0x7F
            if not 0 < size <= _LONGEST_LENGTH:
                raise ValueError("not a length")
            start += size
            length = int.from_bytes(content[start - size : start], "big")
        place = start + length
        if place > len(content):
            raise ValueError("cut off")
        yield tag, content[start:place]


def _content(part: tuple[int, bytes], tag: int) -> bytes:
    if part[0] != tag:
        raise ValueError("another type")
    return part[1]


def _name(content: bytes) -> str:
    known = _attributes(content)
    text = next((known[kind] for kind in _NAMES if known.get(kind)), "")
    shown = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(shown.split())[:LONGEST_ISSUER]


def _attributes(content: bytes) -> Mapping[bytes, str]:
    """A name's texts by type. If there are several of one type, the first one counts."""
    found: dict[bytes, str] = {}
    for _, group in _parts(content):
        for _, attribute in _parts(group):
            (_, kind), (tag, value), *_ = _parts(attribute)
            if tag in _ENCODINGS:
                found.setdefault(kind, value.decode(_ENCODINGS[tag], "replace"))
    return found


def _time(tag: int, content: bytes) -> int:
    text = content.decode("ascii")
    if tag == _UTC_TIME:
        text = ("19" if text[:2] >= "50" else "20") + text
    elif tag != _GENERALIZED_TIME:
        raise ValueError("not a time")
    if len(text) != 15 or not text[:14].isdigit():
        raise ValueError("not a time")
    at = datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=timezone.utc)
    return max(0, int(at.timestamp()))
