"""Ids in paths and queries, as v0 reads them."""

from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from chalicelib.api.ids import parse_id, parse_ids
from chalicelib.fleet.errors import InvalidInput


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("", []),
        ("1", [1]),
        ("1,abc,,0003", [1, 3]),
        ("3,1,3", [3, 1, 3]),
        ("-1,+1,1.0,0x1, 1,1 ,1e3", []),
        ("١,２,²", []),
        ("0", [0]),
        ("18446744073709551616", [18446744073709551616]),
        ("9" * 5000 + ",7", [7]),
    ],
)
def test_parse_ids(text: str, ids: list[Any]) -> None:
    assert parse_ids(text) == ids


@given(st.lists(st.integers(0, 2**64)))
def test_ids_joined_by_commas_come_back(ids: Any) -> None:
    assert parse_ids(",".join(map(str, ids))) == ids


@settings(max_examples=50)
@given(st.text())
@example("9" * 5000)
def test_any_text_has_ids_or_none(text: Any) -> None:
    assert all(id_ >= 0 for id_ in parse_ids(text))


@given(st.integers(1, 2**64 - 1), st.integers(0, 20))
def test_an_id_in_a_path_may_have_leading_zeros(id_: Any, zeros: Any) -> None:
    assert parse_id("0" * zeros + str(id_)) == id_


@pytest.mark.parametrize(
    "text", ["", "0", "000", "-1", "+1", "1.0", "1,2", " 1", "1\n", "x", "²", "١", str(2**64), "9" * 5000]
)
def test_anything_else_is_no_id_in_a_path(text: str) -> None:
    with pytest.raises(InvalidInput, match="positive whole number"):
        parse_id(text)
