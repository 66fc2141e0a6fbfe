"""Minutes as they are packed, and which of two stays."""

from __future__ import annotations

from typing import Any

import pytest

from agent.core.minutes import FIGURES, MINUTES, pack, records, unpack
from agent.core.record_kinds import content, merged
from agent.core.records import Record
from agent.core.varints import write_varints

NOON = 1_722_142_800

MINUTE = {
    "at": NOON,
    "samples": 60,
    "CPU": 17.31,
    "CPUMax": 55.0,
    "MemUsed": 2**64 - 1,
    "SwapUsed": 0,
    "DiskUsed": 270_553_174_016,
    "NetIn": 648_360,
    "NetOut": 318_180,
    "NetInSpeedMax": 98_000,
    "NetOutSpeedMax": 20_100,
    "Load1": 5.23,
    "TcpConnCount": 195,
    "UdpConnCount": 70,
    "ProcessCount": 437,
    "Temperature": 61.5,
    "GPU": 12.0,
}


def test_a_packed_minute_is_small_and_the_same() -> None:
    assert [figure.name for figure in FIGURES] == list(MINUTE)[2:]
    packed = pack(MINUTE)
    assert unpack(NOON, packed) == MINUTE
    assert len(packed) < 60


@pytest.mark.parametrize("absent", list(MINUTE)[2:])
def test_what_was_not_measured_stays_absent(absent: str) -> None:
    minute = {name: value for name, value in MINUTE.items() if name != absent}
    assert unpack(NOON, pack(minute)) == minute


def test_a_day_of_a_server_takes_little_of_the_spool() -> None:
    assert len(pack(MINUTE)) * 1470 < 90_000


@pytest.mark.parametrize(
    "packed",
    [
        b"",
        b"\xff",
        write_varints([0, 0]),
        write_varints([1, 1]),
        write_varints([1, 0, 5]),
        write_varints([1, 2**15, 5]),
    ],
)
def test_anything_else_is_no_minute(packed: bytes) -> None:
    with pytest.raises(ValueError, match=r"not a packed minute|cut off|not enough values"):
        unpack(NOON, packed)


@pytest.mark.parametrize(("first", "second", "kept"), [(5, 12, 12), (12, 5, 12), (12, 12, 12)])
def test_the_minute_from_more_samples_stays_and_of_equals_the_first(first: int, second: int, kept: int) -> None:
    one, other = ({**MINUTE, "samples": samples, "CPU": cpu} for samples, cpu in ((first, 1.0), (second, 2.0)))
    assert unpack(NOON, MINUTES.merge(NOON, pack(one), pack(other))) == (other if second > first else one)


def test_a_report_holds_minutes_beside_points() -> None:
    (record,) = records(7, [MINUTE])
    assert record == Record(7, NOON, MINUTES.code, pack(MINUTE))
    assert merged(record, record) == record
    found: Any = content([record])
    assert found == {"minutes": [MINUTE]}
