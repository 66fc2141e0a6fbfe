"""Records of states: what goes in comes out, the newer one is the greater one, and versions read each other."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.fleet.figures import FIGURES, OTHER_FIGURES, V0_FIGURES
from chalicelib.fleet.limits import CLOCK_SET_BACK_SECONDS
from chalicelib.fleet.states import NOTHING, State, replaces
from chalicelib.storage.records import (
    ABOVE_EVERY_TIME,
    NOTHING_STORED,
    encoded,
    last_active,
    record_from,
    record_of,
    shown_numbers,
    state_of,
    time_of,
)
from chalicelib.storage.states import DELETED, SLOT_BYTES
from tests.storage.samples import NOW, agent_state
from tests.support.dynamodb import PROJECT

TIME_MOST = 10**10 - 1

times = st.integers(0, TIME_MOST)
numbers = st.one_of(
    st.integers(0, 2**64 - 1).map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.sampled_from(["0", "-0", "1e-7", "1.5e+21", "15.686274509819874"]),
)
states = st.builds(
    State,
    at=times,
    last_active=times,
    figures=st.lists(numbers, min_size=len(V0_FIGURES), max_size=len(V0_FIGURES)).map(",".join),
)


@given(states)
def test_a_state_comes_back_as_it_was(state: Any) -> None:
    assert state_of(record_of(state)) == state
    assert time_of(record_of(state)) == state.at


@given(states, states)
def test_the_later_state_has_the_greater_record(one: Any, other: Any) -> None:
    if one.at != other.at:
        assert (record_of(one) < record_of(other)) == (one.at < other.at)


@given(states, times)
def test_a_record_is_compared_with_a_time_as_its_state_is(state: Any, at: Any) -> None:
    assert (record_of(state) >= record_from(at)) == (state.at >= at)
    assert record_of(state) < ABOVE_EVERY_TIME < DELETED


near = st.integers(NOW - 2 * CLOCK_SET_BACK_SECONDS, NOW + 2 * CLOCK_SET_BACK_SECONDS)


@given(near, near)
def test_what_a_write_compares_decides_as_the_domain_does(new: Any, old: Any) -> None:
    """States.write compares records, as DynamoDB knows no states."""
    one, other = agent_state(1, new), agent_state(2, old)
    stored = record_of(other)
    is_older = stored < record_from(new + 1)
    is_of_another_clock = record_from(new + CLOCK_SET_BACK_SECONDS + 1) <= stored <= ABOVE_EVERY_TIME
    assert (is_older or is_of_another_clock) == replaces(one, other)


def test_no_state_replaces_that_of_a_deleted_server() -> None:
    for new in (0, NOW, TIME_MOST - CLOCK_SET_BACK_SECONDS - 1):
        assert not record_from(new + 1) > DELETED
        assert not record_from(new + CLOCK_SET_BACK_SECONDS + 1) <= DELETED <= ABOVE_EVERY_TIME


@given(st.lists(states, max_size=5))
def test_many_are_read_as_each_alone(many: Any) -> None:
    records = [encoded(record_of(state)) for state in many]
    assert last_active(records) == [str(state.last_active) for state in many]
    assert shown_numbers(records) == [
        text for state in many for text in (str(state.last_active), *state.figures.split(","))
    ]


def test_a_server_that_never_reported_reads_as_nothing() -> None:
    assert last_active([NOTHING_STORED]) == [str(NOTHING.last_active)]
    assert shown_numbers([NOTHING_STORED]) == [str(NOTHING.last_active), *["0"] * 16]


def test_v0s_figures_are_never_changed() -> None:
    """Stored records hold them by their place. A figure of our own is appended to FIGURES; there is room up to 39."""
    assert " ".join(figure.name for figure in FIGURES[:16]) == (
        "CPU MemUsed SwapUsed DiskUsed NetInTransfer NetOutTransfer NetInSpeed NetOutSpeed Uptime Load1 Load5 Load15 "
        "TcpConnCount UdpConnCount ProcessCount GPU"
    )
    assert (*FIGURES[:16],) == V0_FIGURES
    assert (*FIGURES[16:],) == OTHER_FIGURES
    assert len(FIGURES) < 40


LONGEST_USUAL = (
    *("95.686274509819874", "274877906944", "68719476736", "100000000000000"),  # 256 GB of memory, 100 TB of disk
    *("999999999999999", "999999999999999", "1250000000", "1250000000", "315360000"),  # 10 Gbit/s, ten years
    *("128.25", "128.08", "127.97", "12345", "1234", "12345", "93.16831683166077"),
)
REPORT_INTERVAL, LATENCY, LOSS = "300", "183.27166666666668", "33.333333333333336"


def test_the_longest_usual_state_fits_into_its_slot() -> None:
    """So that eight of them, with the sender's interval, latency and loss, cost one write unit."""
    state = State(NOW, NOW, ",".join(LONGEST_USUAL), others=f"{REPORT_INTERVAL},{LATENCY},{LOSS}")
    assert len(record_of(state)) <= SLOT_BYTES


MORE_FIGURES = """
    Figure("battery", "whole", "percent", sent_in="report"),
    Figure("Power", "number", "W"),
    Figure("Noise", "number", "dB"),
"""

PROGRAM = """
import json, sys
from chalicelib.api.agents.report_body import reports_in
from chalicelib.api.description import DOCUMENT
from chalicelib.api.v0.words import status_json
from chalicelib.fleet.states import State
from chalicelib.storage.records import encoded, last_active, record_of, shown_numbers, state_of

def read(record):
    state = state_of(bytes.fromhex(record))
    others = {name: state.other(name) for name in ("battery", "Power", "Noise")}
    return {"at": state.at, "last_active": state.last_active, "figures": state.figures, "others": others}

given = json.loads(sys.stdin.read())
(sent,) = reports_in(json.dumps({"reports": [given["report"]]}).encode(), "")
report = sent.read()
state = State(*given["times"], report.state.figures, report.state.temperatures, report.state.others)
records = [*given["records"], record_of(state).hex()]
in_bulk = [encoded(bytes.fromhex(record)) for record in records]
schemas = DOCUMENT["components"]["schemas"]
print(json.dumps({
    "record": records[-1],
    "read": [read(record) for record in records],
    "last_active": last_active(in_bulk),
    "shown": shown_numbers(in_bulk),
    "status": json.loads(status_json(state)),
    "schemas": {name: schemas[name]["properties"] for name in ("Report", "Status")},
}))
"""

Newer = Callable[..., Any]


@pytest.fixture(scope="module")
def newer(tmp_path_factory: pytest.TempPathFactory) -> Newer:
    """What code with three figures more makes of a report and of records of ours."""
    tree = tmp_path_factory.mktemp("newer")
    shutil.copytree(PROJECT / "chalicelib", tree / "chalicelib", ignore=shutil.ignore_patterns("__pycache__"))
    table = tree / "chalicelib" / "fleet" / "figures.py"
    before, end, after = table.read_text().partition("\n)\n\nV0_FIGURES")
    assert end
    table.write_text(before + MORE_FIGURES + end + after)

    def run(report: dict[str, Any], records: list[bytes], times: tuple[int, int] = (NOW, NOW)) -> Any:
        given = {"report": report, "records": [record.hex() for record in records], "times": times}
        command = [sys.executable, "-c", PROGRAM]
        done = subprocess.run(command, cwd=tree, input=json.dumps(given), text=True, stdout=subprocess.PIPE, check=True)
        return json.loads(done.stdout)

    return run


STATE = {figure.name: float(value) for figure, value in zip(V0_FIGURES, LONGEST_USUAL, strict=True)}
NEW_REPORT = {"state": {**STATE, "Power": 183.25, "Noise": 0}, "battery": 60}


def test_a_figure_is_one_line(newer: Newer) -> None:
    done = newer(NEW_REPORT, [])
    (read,) = done["read"]
    assert read["others"] == {"battery": "60", "Power": "183.25", "Noise": "0"}
    assert list(done["status"]) == [*(figure.name for figure in V0_FIGURES[:-1]), "Temperatures", "GPU"]
    assert done["schemas"]["Status"].keys() == done["status"].keys()
    assert done["schemas"]["Report"]["state"]["properties"]["Power"] == {
        "type": ["number", "null"],
        "description": "W",
    }
    assert done["schemas"]["Report"]["battery"]["description"] == "percent"


def test_a_figure_that_was_not_measured_is_told_from_0(newer: Newer) -> None:
    for report, others in (
        ({"state": {"Noise": 0}}, {"battery": "", "Power": "", "Noise": "0"}),
        ({"state": {"Power": None}, "battery": 30}, {"battery": "30", "Power": "", "Noise": ""}),
        ({"state": {}}, {"battery": "", "Power": "", "Noise": ""}),
    ):
        (read,) = newer(report, [])["read"]
        assert read["others"] == others


def test_old_and_new_code_read_each_others_records(newer: Newer) -> None:
    """As they do during a deployment, and after one that was rolled back."""
    ours = agent_state(1, NOW - 5)
    done = newer(NEW_REPORT, [record_of(ours)], (NOW, NOW + 1))
    by_them, their_own = done["read"]
    assert by_them == {
        "at": ours.at,
        "last_active": ours.last_active,
        "figures": ours.figures,
        "others": {"battery": "", "Power": "", "Noise": ""},
    }
    theirs = State(NOW, NOW + 1, their_own["figures"])
    record = bytes.fromhex(done["record"])
    assert state_of(record) == theirs
    both = [encoded(record_of(ours)), encoded(record)]
    assert done["last_active"] == last_active(both) == [str(ours.last_active), str(theirs.last_active)]
    assert done["shown"] == shown_numbers(both)
    assert shown_numbers(both) == [
        text for state in (ours, theirs) for text in (str(state.last_active), *state.figures.split(","))
    ]


def test_of_two_versions_the_newer_state_has_the_greater_record(newer: Newer) -> None:
    record = bytes.fromhex(newer(NEW_REPORT, [], (NOW, NOW))["record"])
    assert record_of(agent_state(1, NOW - 1)) < record < record_of(agent_state(1, NOW + 1))
    assert record_from(NOW) <= record < record_from(NOW + 1)
