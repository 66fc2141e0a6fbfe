"""The size of a host as it is stored."""

import json

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.fleet import limits
from chalicelib.fleet.hosts import Value, host_text

TEXT = st.text(max_size=limits.HOST_TEXT_LENGTH)
LIST = st.none() | st.lists(TEXT, min_size=1, max_size=limits.HOST_LIST_LENGTH)
NUMBER = st.integers(0, limits.UINT64)
HOST = st.tuples(TEXT, TEXT, LIST, NUMBER, NUMBER, NUMBER, TEXT, TEXT, NUMBER, TEXT, TEXT, LIST).map(list)


def size(text: str) -> int:
    return len(text.encode())


@given(HOST)
def test_a_host_fits_and_one_that_fits_is_stored_as_it_is(values: list[Value]) -> None:
    text = host_text(values)
    assert size(text) <= limits.HOST_BYTES
    whole = json.dumps(values, ensure_ascii=False, separators=(",", ":"))
    assert (text == whole) == (size(whole) <= limits.HOST_BYTES)


def test_the_largest_host_fits() -> None:
    worst = "\x01" * limits.HOST_TEXT_LENGTH  # six bytes each in JSON
    many = [worst] * limits.HOST_LIST_LENGTH
    big = limits.UINT64
    values: list[Value] = [worst, worst, many, big, big, big, worst, worst, big, worst, worst, many]
    assert size(host_text(values)) <= limits.HOST_BYTES


def test_long_lists_are_cut_before_strings() -> None:
    values: list[Value] = ["debian" * 40, ["cpu " * 40] * 30, 5, ["gpu"]]
    assert json.loads(host_text(values)) == ["debian" * 40, ["cpu " * 40] * 4, 5, ["gpu"]]


def test_a_list_keeps_its_first_entry() -> None:
    values: list[Value] = [*["名" * 256] * 6, ["名" * 256, "b"]]
    assert json.loads(host_text(values)) == ["名" * 64] * 6 + [["名" * 64, "b"]]
