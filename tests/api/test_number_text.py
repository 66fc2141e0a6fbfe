"""Numbers in reports are stored and shown in v0's format, without a change of value."""

import json
import math
import re
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chalicelib.api.json_output import number_text
from chalicelib.storage.packing import ALPHABET

JSON_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?(e[+-][1-9][0-9]*)?")

finite_floats = st.floats(allow_nan=False, allow_infinity=False)
whole_numbers = st.integers(-(2**70), 2**70)


@given(finite_floats)
@example(-0.0)
@example(5e-324)
@example(1.7976931348623157e308)
def test_a_float_is_kept_exactly(value: Any) -> None:
    kept = float(number_text(value))
    assert kept == value
    assert math.copysign(1, kept) == math.copysign(1, value)


@given(whole_numbers)
def test_a_whole_number_is_kept_as_exactly_as_a_float_can(value: Any) -> None:
    assert float(number_text(value)) == float(value)
    if abs(value) <= 2**53:
        assert number_text(value) == str(value)


@given(finite_floats | whole_numbers)
def test_the_text_is_a_json_number_without_needless_digits(value: Any) -> None:
    text = number_text(value)
    assert JSON_NUMBER.fullmatch(text)
    assert "." not in text or not text.partition("e")[0].endswith("0")
    assert float(json.loads(text)) == float(value)
    assert set(text) <= set(ALPHABET)


@given(finite_floats)
def test_an_exponent_stands_below_a_millionth_and_from_ten_to_the_21st_only(value: Any) -> None:
    assert ("e" in number_text(value)) == (value != 0 and not 1e-6 <= abs(value) < 1e21)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (0.0, "0"),
        (-0.0, "-0"),
        (5.0, "5"),
        (-12.5, "-12.5"),
        (15.686274509819874, "15.686274509819874"),
        (0.0001, "0.0001"),
        (0.00001234, "0.00001234"),
        (-0.000001, "-0.000001"),
        (0.0000001, "1e-7"),
        (1.5e-10, "1.5e-10"),
        (1e15, "1000000000000000"),
        (1e16, "10000000000000000"),
        (-1.25e20, "-125000000000000000000"),
        (1e21, "1e+21"),
        (1.5e300, "1.5e+300"),
        (2**53, "9007199254740992"),
        (2**64 - 1, "18446744073709552000"),
    ],
)
def test_forms(value: float, text: str) -> None:
    assert number_text(value) == text
