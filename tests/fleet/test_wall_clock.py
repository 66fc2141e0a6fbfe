"""Times in time zones, also around changes of the clock."""

import ast
from pathlib import Path
from typing import Any

import pytest

from chalicelib.fleet import wall_clock
from chalicelib.fleet.errors import InvalidInput
from chalicelib.fleet.wall_clock import (
    check_zone,
    hour_start,
    minute_text,
    offset_and_name,
    offset_text,
    parse_moment,
)

AT = 1795902120


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires", "Etc/GMT+5"])
def test_check_zone(zone: str) -> None:
    check_zone("time_zone", zone)


@pytest.mark.parametrize(
    "zone", ["", "Mars/Olympus", "../../etc/passwd", "/etc/localtime", "Europe/", "UTC\0", "a" * 999]
)
def test_check_zone_refuses(zone: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        check_zone("time_zone", zone)
    assert (caught.value.error, caught.value.field) == ("not_a_time_zone", "time_zone")


@pytest.mark.parametrize(
    ("zone", "minute", "offset", "go"),
    [
        ("UTC", "2026-11-28 21:42", "UTC", ("+0000", "UTC")),
        ("Asia/Shanghai", "2026-11-29 05:42", "UTC+8", ("+0800", "CST")),
        ("America/St_Johns", "2026-11-28 18:12", "UTC-3:30", ("-0330", "NST")),
    ],
)
def test_texts(zone: str, minute: str, offset: str, go: tuple[Any, ...]) -> None:
    assert (minute_text(AT, zone), offset_text(AT, zone), offset_and_name(AT, zone)) == (minute, offset, go)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-28T21:42:00Z", AT),
        ("2026-11-29T05:42:00+08:00", AT),
        ("1970-01-02", 86400),
        ("soon", None),
        ("", None),
    ],
)
def test_parse_moment(text: str, moment: int | None) -> None:
    assert parse_moment(text) == moment


@pytest.mark.parametrize(
    ("zone", "shown"),
    [("UTC", "21:00"), ("Asia/Shanghai", "05:00"), ("Asia/Kolkata", "03:00"), ("Asia/Kathmandu", "03:00")],
)
def test_hours_begin_as_clocks_show_them(zone: str, shown: str) -> None:
    start = hour_start(AT, zone)
    assert minute_text(start, zone).partition(" ")[2] == shown
    assert 0 <= AT - start < 3600


def test_it_never_asks_what_time_it_is() -> None:
    tree = ast.parse(Path(wall_clock.__file__).read_text())
    names = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    assert not names & {"now", "today", "utcnow"}
