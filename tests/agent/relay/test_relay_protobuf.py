"""The messages: the generated code is current, and what was captured from real agents is read as it was meant."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.json_format import ParseDict

from agent.core.figures import HOST, STATE, Figure
from agent.core.monitor_types import TYPES, MonitorType
from agent.core.monitors import Monitor
from agent.relay import nezha_pb2 as pb
from agent.relay import protobuf
from tests.agent.relay.simulated_agent import CAPTURED, captured

PROJECT = Path(__file__).resolve().parents[3]
REQUESTS = {
    "ReportSystemInfo": pb.Host,
    "RequestTask": pb.Host,
    "ReportSystemState": pb.State,
    "ReportTask": pb.TaskResult,
    "LookupGeoIP": pb.GeoIP,
}
ANSWERS = dict.fromkeys(REQUESTS, pb.Receipt) | {"RequestTask": pb.Task, "LookupGeoIP": pb.GeoIP}


def messages() -> Iterator[tuple[Any, Mapping[str, Any]]]:
    for file in sorted(CAPTURED.glob("*.jsonl")):
        for line in captured(file.stem):
            if line["rpc"] and "hex" in line:
                yield (REQUESTS if line["direction"] == "agent->server" else ANSWERS)[line["rpc"]], line


def fields(message: Any) -> dict[str, Any]:
    """As in the captures: proto field names, zero fields left out, numbers as they are."""
    return {
        field.name: _value(value) for field, value in message.ListFields() if not (field.is_repeated and not len(value))
    }


def _value(value: Any) -> Any:
    if hasattr(value, "ListFields"):
        return fields(value)
    if isinstance(value, int | float | str | bytes):
        return value
    return [_value(entry) for entry in value]


def test_generated_code_is_current(tmp_path: Path) -> None:
    proto = "agent/relay/nezha.proto"
    command = [sys.executable, "-m", "grpc_tools.protoc", "-I.", f"--python_out={tmp_path}", f"--pyi_out={tmp_path}"]
    subprocess.run([*command, proto], cwd=PROJECT, check=True)
    for name in ("nezha_pb2.py", "nezha_pb2.pyi"):
        assert (tmp_path / "agent/relay" / name).read_text() == (PROJECT / "agent/relay" / name).read_text()


def test_every_captured_message_is_read_as_it_was_meant() -> None:
    count = 0
    for kind, line in messages():
        message = kind.FromString(bytes.fromhex(line["hex"]))
        assert fields(message) == line["decoded"], line
        assert message.SerializeToString().hex() == line["hex"]
        count += 1
    assert count > 1000


def test_every_captured_host_state_and_result_can_be_reported() -> None:
    for kind, line in messages():
        message = bytes.fromhex(line["hex"])
        if kind is pb.Host:
            host, ip = protobuf.host(message)
            assert (host["Platform"], host["CountryCode"], ip) == ("debian", "", line["decoded"].get("ip", ""))
        elif kind is pb.State:
            assert json.loads(json.dumps(protobuf.state(message), allow_nan=False))["CPU"] == line["decoded"].get(
                "cpu", 0
            )
        elif kind is pb.TaskResult:
            delay = protobuf.result(message)["delay"]
            assert delay == (line["decoded"]["delay"] if line["decoded"].get("successful") else None)


def test_no_task_but_probes_keepalives_and_host_requests_can_be_made() -> None:
    with pytest.raises(KeyError):
        protobuf.probe(Monitor(1, "command", "reboot", 10))
    probes = [protobuf.probe(Monitor(1, kind, "127.0.0.1:1", 10)) for kind in TYPES]
    tasks = [protobuf.KEEPALIVE, protobuf.REPORT_HOST, *probes]
    assert [pb.Task.FromString(task).type for task in tasks] == [7, 10, 2, 3, 1]


def test_every_field_of_the_messages_is_in_the_table() -> None:
    assert {field.name for field in pb.Host.DESCRIPTOR.fields} == {one.field for one in HOST if one.field} | {"ip"}
    fields = {one.field for one in STATE if one.field}
    assert {field.name for field in pb.State.DESCRIPTOR.fields} == fields | {"temperatures"}


def test_figure_that_v0_agents_do_not_send_is_left_out_of_their_states(monkeypatch: pytest.MonkeyPatch) -> None:
    sent = pb.State(cpu=12.5).SerializeToString()
    expected = protobuf.state(sent)
    monkeypatch.setattr(protobuf, "STATE", (*STATE, Figure("Battery", float, "percent")))
    assert protobuf.state(sent) == expected


def test_state_that_is_no_number_counts_as_0() -> None:
    nan, infinite = float("nan"), float("inf")
    state = pb.State(cpu=nan, load1=infinite, gpu=-infinite, load5=-1.5)
    state.temperatures.add(name="broken", temperature=nan)
    state.temperatures.add(name="cold", temperature=-3)
    read = protobuf.state(state.SerializeToString())
    assert (read["CPU"], read["Load1"], read["GPU"], read["Load5"]) == (0, 0, 0, -1.5)
    assert read["Temperatures"] == [{"Name": "cold", "Temperature": -3}]


@pytest.mark.parametrize("delay", [-1.0, float("nan"), float("inf")])
def test_result_without_a_delay_that_makes_sense_is_refused(delay: float) -> None:
    with pytest.raises(protobuf.BadMessage):
        protobuf.result(pb.TaskResult(id=1, type=2, delay=delay, successful=True).SerializeToString())


def test_result_delay_is_capped() -> None:
    assert (
        protobuf.result(pb.TaskResult(id=1, type=2, delay=5000, successful=True).SerializeToString())["delay"] == 1000
    )


def test_host_cuts_what_is_too_long() -> None:
    host, ip = protobuf.host(pb.Host(platform="x" * 9999, cpu=["c" * 9999] * 999, ip="1.2.3.4/x").SerializeToString())
    assert (len(host["Platform"]), len(host["CPU"]), len(host["CPU"][0]), ip) == (256, 64, 256, "")


def test_a_further_type_of_monitor_is_given_as_its_task(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(TYPES, "web", MonitorType(str, lambda _: None, task=1, longest_delay=30_000.0))
    task = pb.Task.FromString(protobuf.probe(Monitor(7, "web", "https://a.example/", 60)))
    assert (task.id, task.type, task.data) == (7, 1, "https://a.example/")
    result = pb.TaskResult(id=7, type=1, delay=40_000, successful=True)
    assert protobuf.result(result.SerializeToString())["delay"] == 30_000


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("203.0.113.5", True),
        ("2001:db8::5", True),
        ("203.0.113.5/2001:db8::5", True),
        ("203.0.113.6/", True),
        ("", False),
        ("/", False),
        ("1.2.3.4/::1/::2", False),
        ("fe80::1%eth0", False),
        ("example.com", False),
    ],
)
def test_ip_is_in_v0s_form(text: str, good: bool) -> None:
    assert protobuf.is_ip(text) is good


def test_fields_of_the_golden_fixture_are_those_of_the_messages() -> None:
    fixture = json.loads((PROJECT / "tests/golden/fixture.json").read_text())
    for report in fixture["reports"]:
        payload = {key: value for key, value in report["payload"].items() if key != "temperatures"}
        ParseDict(payload, {"host": pb.Host, "state": pb.State}[report["kind"]]())
