"""Packed text comes back as it was, and keeps its order."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.storage.packing import ALPHABET, pack, unpack

texts = st.text(ALPHABET, max_size=300)
times = st.integers(0, 10**10 - 1).map(lambda at: f"{at:010}")


@given(texts)
def test_what_was_packed_comes_back_from_half_as_many_bytes(text: Any) -> None:
    packed = pack(text)
    assert len(packed) == (len(text) + 1) // 2
    assert unpack(packed) == text


@given(texts, texts)
def test_different_texts_pack_differently(one: Any, other: Any) -> None:
    assert (pack(one) == pack(other)) == (one == other)


@given(times, times, texts, texts)
def test_packed_times_order_as_the_times_do_whatever_follows(one: Any, other: Any, rest: Any, other_rest: Any) -> None:
    if one != other:
        assert (pack(f"{one},{rest}") < pack(f"{other},{other_rest}")) == (one < other)
