"""Minutes: the precision in which they are stored, and how two versions of one are merged."""

import math
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.fleet.history import COLUMNS, Minute, merged, minute

BY_NAME = {column.name: column for column in COLUMNS}


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("samples", 60, "60"),
        ("CPU", 17.304, "17.3"),
        ("CPU", 100.4, "100"),
        ("CPU", -3, "0"),
        ("MemUsed", 3_297_123_456, "3297000000"),
        ("MemUsed", 3_297_500_000, "3298000000"),
        ("MemUsed", 999_950_000, "1000000000"),
        ("DiskUsed", 12.7, "13"),
        ("NetIn", 648_361, "648361"),
        ("NetIn", -5, "0"),
        ("NetIn", 2**70, str(2**64 - 1)),
        ("NetInSpeedMax", 98_765, "98800"),
        ("Load1", 5.2345, "5.23"),
        ("TcpConnCount", 195.4, "195"),
        ("Temperature", -0.04, "0"),
        ("Temperature", -12.34, "-12.3"),
        ("GPU", 33.16831683166077, "33.17"),
    ],
)
def test_a_value_is_kept_in_its_column_s_precision(name: str, value: float, text: str) -> None:
    assert BY_NAME[name].text(value) == text


@given(st.sampled_from(COLUMNS), st.floats(-1e30, 1e30) | st.integers(-(2**80), 2**80))
def test_a_kept_value_stays_as_it_is_and_near_what_was_measured(column: object, value: float) -> None:
    assert isinstance(column, type(COLUMNS[0]))
    text = column.text(value)
    kept = float(text) if column.decimals else int(text)
    assert column.text(kept) == text
    assert set(text) <= set("0123456789.-")
    possible = min(max(value, column.least), column.most)
    error = 10**-column.decimals if column.decimals else max(1, possible / 10 ** ((column.digits or 16) - 1))
    assert math.isclose(kept, possible, rel_tol=1e-9, abs_tol=error)


def test_what_was_not_measured_is_absent() -> None:
    kept = minute(1_795_444_680, {"samples": 60, "CPU": 1})
    assert kept == Minute(1_795_444_680, ("60", "1", *[""] * 14))
    assert kept.samples == 60


def test_of_two_versions_the_one_from_more_samples_wins_whatever_their_order() -> None:
    minutes = [minute(0, {"samples": samples, "CPU": samples}) for samples in (1, 9, 60)]
    for order in permutations(minutes):
        assert merged({}, order) == {0: minutes[2]}


def test_of_equals_the_first_stays() -> None:
    first, second = (minute(0, {"samples": 60, "CPU": cpu}) for cpu in (1, 2))
    assert merged({0: first}, [second, second]) == {0: first}
    assert merged({0: first}, [minute(60, {"samples": 1})]).keys() == {0, 60}
