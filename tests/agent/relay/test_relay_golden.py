"""What the relay's agents report is shown as the original dashboard showed it."""

import json
from functools import partial
from pathlib import Path
from typing import Any, cast

from google.protobuf.json_format import ParseDict

from agent.relay import nezha_pb2 as pb
from tests.agent.relay.running_relay import relay, run, until
from tests.agent.relay.simulated_agent import SimulatedAgent
from tests.support.dashboard import Dashboard

GOLDEN = Path(__file__).resolve().parents[2] / "golden"


def originals() -> dict[int, Any]:
    """What the original showed of each server, after every report of the fixture."""
    for line in (GOLDEN / "exchanges.jsonl").read_text().splitlines():
        exchange = json.loads(line)
        if exchange.get("name") == "details-all-0":
            result = json.loads(exchange["response"]["body"])["result"]
            return {server["id"]: server for server in result}
    raise AssertionError


def message(report: Any) -> pb.Host | pb.State:
    payload = dict(report["payload"])
    temperatures = payload.pop("temperatures", ())
    told: Any = ParseDict(payload, {"host": pb.Host, "state": pb.State}[report["kind"]]())
    for name, degrees in temperatures:
        told.temperatures.add(name=name, temperature=degrees)
    return cast("pb.Host | pb.State", told)


def test_details_are_those_of_the_original(dashboard: Dashboard, tmp_path: Path) -> None:
    reports = json.loads((GOLDEN / "fixture.json").read_text())["reports"]
    said = {number: [report for report in reports if report["server"] == number] for number in (1, 2, 3, 7)}
    servers = {number: dashboard.server(f"s{number}") for number in said}

    def has_reported(server_id: int) -> bool:
        return bool(dashboard.details(server_id)["last_active"] > 0)

    async def test() -> None:
        async with relay(dashboard.url, tmp_path) as running:
            for number, (server, secret) in servers.items():
                async with SimulatedAgent(str(running.listening), secret).connected() as agent:
                    for report in said[number]:
                        rpc = {"host": "ReportSystemInfo", "state": "ReportSystemState"}[report["kind"]]
                        await agent.call(rpc, message(report).SerializeToString())
                    await until(partial(has_reported, server.id))

    run(test)
    expected = originals()
    for number, (server, _) in servers.items():
        shown = dashboard.details(server.id)
        names = ("host", "status", "ipv4", "ipv6", "valid_ip")
        assert {name: shown[name] for name in names} == {name: expected[number][name] for name in names}
