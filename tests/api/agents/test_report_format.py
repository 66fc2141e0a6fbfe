"""Whatever JSON agents send, each report stands alone: the bad ones are refused, and the others kept."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.api.agents.report_body import reports_in
from chalicelib.fleet import limits
from chalicelib.fleet.errors import InvalidInput, TooLarge
from chalicelib.fleet.figures import V0_FIGURES, V0_NAMES
from chalicelib.fleet.reports import Report, Sent

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(("state", "pings", "minutes", "certificate", "not_after", "Name", "at", "CPU", "")),
            inner,
            max_size=3,
        )
    ),
    max_leaves=6,
)
fields = st.sampled_from(("secret", "at", "ip", "host", "state", "pings", "minutes", "more"))
odd_reports = st.dictionaries(fields, values, max_size=4) | values
GOOD = {"secret": "s", "at": 1_795_444_683, "state": {"CPU": 12.5, "MemUsed": 7}}


def read(body: dict[str, Any]) -> list[Sent | InvalidInput]:
    return reports_in(json.dumps(body).encode(), "credential")


def opened(sent: Sent | InvalidInput) -> Report | InvalidInput:
    """The report, or what is wrong with it."""
    if isinstance(sent, InvalidInput):
        return sent
    assert isinstance(sent, Sent)
    try:
        return sent.read()
    except InvalidInput as error:
        return error


@given(st.lists(odd_reports, max_size=5), st.integers(0, 5))
def test_a_good_report_among_any_others_is_read_as_if_it_stood_alone(others: Any, place: Any) -> None:
    place = min(place, len(others))
    found = read({"reports": [*others[:place], GOOD, *others[place:]]})
    assert len(found) == len(others) + 1
    assert all(isinstance(opened(one), Report | InvalidInput) for one in found)
    (alone,), sent = read({"reports": [GOOD]}), found[place]
    assert isinstance(alone, Sent)
    assert isinstance(sent, Sent)
    assert (sent.secret, opened(sent)) == (alone.secret, opened(alone))


@given(values.map(lambda value: json.dumps(value).encode()) | st.binary(max_size=60))
def test_what_is_no_envelope_is_refused_with_a_reason(body: Any) -> None:
    with pytest.raises((InvalidInput, TooLarge), match=r"."):
        reports_in(body, "")


@given(
    st.dictionaries(
        st.sampled_from([figure.name for figure in V0_FIGURES if figure.kind == "whole"]),
        st.integers(0, limits.UINT64),
    ),
    st.floats(0, 100),
)
def test_every_figure_is_kept_in_its_place_as_the_same_number(whole: Any, cpu: Any) -> None:
    (sent,) = read({"reports": [{"state": {**whole, "CPU": cpu}}]})
    report = opened(sent)
    assert isinstance(report, Report)
    assert report.state
    kept = dict(zip(V0_NAMES, report.state.figures.split(","), strict=True))
    assert float(kept.pop("CPU")) == cpu
    assert {name: int(kept[name]) for name in whole} == whole
    assert {text for name, text in kept.items() if name not in whole} <= {"0"}
