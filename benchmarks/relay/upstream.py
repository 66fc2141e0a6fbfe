"""How many requests agents cause at the dashboard's API through a relay, and what these cost."""

import asyncio
import tempfile
from collections.abc import Mapping
from pathlib import Path

from agent.core.monitor_types import TYPES
from agent.relay import nezha_pb2 as pb
from agent.relay.clock import RelayClock
from agent.relay.relay import Relay
from benchmarks import month
from chalicelib.fleet import prices
from tests.agent.relay.running_relay import fast_clock, relay
from tests.agent.relay.scripted_api import monitor, scripted_api
from tests.agent.relay.simulated_agent import said

AGENTS = 500
MONITORS = 5
MONITOR_SECONDS = 30
CADENCES = (10, 30, 60)
TIMES = 10
"""How much faster the relays' clocks run."""

SECONDS = 720
STATE_SECONDS = 4

RUN_MS = 100
"""How long a request of 100 reports with their points may take on Lambda. Estimated."""

WRITES_A_STATE, WRITES_A_POINT = 0.25, 0.10
"""Write units: the budgets that tests/storage/test_capacity.py and `python -m benchmarks` check."""

_PROBES = {kind.task for kind in TYPES.values()}
_HOST = said("connect_ip_gpu_temp", "RequestTask")[0]
_STATE = said("connect_ip_gpu_temp", "ReportSystemState")[-1]


async def requests_an_agent_hour() -> Mapping[int, float]:
    """Requests per agent and hour by cadence (seconds between two states). Each is counted at a relay whose agents
    report states and results of probes.
    """
    counted = await asyncio.gather(*(_requests(cadence) for cadence in CADENCES))
    return dict(zip(CADENCES, counted, strict=True))


def dollars_a_month(cadence: int, requests: float) -> float:
    """The cost of one server: its share of requests, and the writes of its states and points."""
    writes = 3600 / cadence * WRITES_A_STATE + 60 * MONITORS * WRITES_A_POINT
    return prices.MONTH_SECONDS / 3600 * (requests * month.request(RUN_MS) + writes * prices.WRITE_UNIT)


async def _requests(cadence: int) -> float:
    clock = fast_clock(TIMES)
    secrets = {f"n{server_id}": server_id for server_id in range(1, AGENTS + 1)}
    monitors = [monitor(number, list(secrets.values()), MONITOR_SECONDS) for number in range(1, MONITORS + 1)]
    with (
        tempfile.TemporaryDirectory() as spool,
        scripted_api(secrets=secrets, monitors=monitors, interval=cadence) as api,
    ):
        async with relay(api.url, Path(spool), clock, flush=180.0) as running:
            agents = [asyncio.create_task(_live(running, id_, secret, clock)) for secret, id_ in secrets.items()]
            # The first requests, for new agents, are not typical of an hour.
            await clock.sleep(2 * cadence)
            before = len(api.requests)
            await clock.sleep(SECONDS)
            count = len(api.requests) - before
            for agent in agents:
                agent.cancel()
    return count * 3600 / SECONDS / AGENTS


async def _live(running: Relay, server_id: int, secret: str, clock: RelayClock) -> None:
    """An agent, without the network between it and the relay."""
    running.agents.connected(server_id, secret, "", _HOST)
    probing = asyncio.create_task(_probe(running, server_id, secret))
    try:
        while True:
            running.agents.state(server_id, secret, _STATE)
            await clock.sleep(STATE_SECONDS)
    finally:
        probing.cancel()


async def _probe(running: Relay, server_id: int, secret: str) -> None:
    stream = running.agents.open(server_id, secret, "")
    while message := await stream.next():
        task = pb.Task.FromString(message)
        if task.type in _PROBES:
            running.dispatcher.result(server_id, {"monitor_id": task.id, "type": task.type, "delay": 12.5})
