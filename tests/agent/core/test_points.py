"""Points, packed and merged."""

from __future__ import annotations

import random

import pytest

from agent.core.points import POINTS, Point, pack, records, unpack
from agent.core.varints import read_varints, write_varints

NOON = 1_722_142_800


def point(monitor_id: int = 1, delay: float = 12.5, up: int = 2, down: int = 0, at: int = NOON) -> Point:
    return Point(monitor_id, at, delay, up, down)


def test_points_come_back_as_they_were() -> None:
    chance = random.Random(1)  # noqa: S311
    points = [
        point(monitor_id, round(chance.uniform(0, 30_000), 3), chance.randrange(7), chance.randrange(7))
        for monitor_id in sorted(chance.sample(range(1, 10**6), 500))
    ]
    assert unpack(NOON, pack(points)) == points
    assert unpack(NOON, pack([point(2**63 - 1, 0.001, 2**40)])) == [point(2**63 - 1, 0.001, 2**40)]
    assert unpack(NOON, b"") == []


def test_ten_points_take_few_bytes() -> None:
    assert len(pack(point(number, 123.456, 2) for number in range(1, 11))) <= 60


def test_each_minute_is_a_record() -> None:
    made = records(7, [point(1), point(2), point(1, at=NOON + 60)])
    assert [(one.source, one.at, one.kind) for one in made] == [(7, NOON, 1), (7, NOON + 60, 1)]
    assert POINTS.entries(NOON, made[0].packed) == [point(1)._asdict(), point(2)._asdict()]


def test_of_two_points_the_one_from_more_probes_stays_and_of_equals_the_first() -> None:
    first = pack([point(1, 1.0, 2, 1), point(2, 1.0), point(3, 1.0, 1)])
    second = pack([point(1, 2.0, 2), point(2, 2.0), point(3, 2.0, 1, 1), point(4)])
    merged = unpack(NOON, POINTS.merge(NOON, first, second))
    assert merged == [point(1, 1.0, 2, 1), point(2, 1.0), point(3, 2.0, 1, 1), point(4)]


@pytest.mark.parametrize("packed", [b"\x01", b"\x01\x02\x03", b"\x01\x02\x03\x84"])
def test_damaged_points_are_an_error(packed: bytes) -> None:
    with pytest.raises(ValueError, match=r"not packed points|cut off"):
        unpack(NOON, packed)


def test_varints() -> None:
    numbers = [0, 1, 127, 128, 300, 2**31, 2**63 - 1]
    assert read_varints(write_varints(numbers)) == numbers
    assert len(write_varints([127])) == 1
