"""The relay's rows: the cost of a state and of an agent compared with a bare grpc.aio server, how many agents one relay
holds, and what they cost at the dashboard.

Agents, the API and the measured server share this machine's cores, so the number of agents is a low estimate.
"""

import asyncio
from collections.abc import Iterator

from benchmarks.relay import upstream
from benchmarks.relay.load import AgentLoad, bare, going, relay, released, reported
from benchmarks.table import Row


def rows() -> Iterator[Row]:
    yield from _beside_a_bare_server()
    yield _held(1500, 1.0)
    yield _held(5000, 4.0)
    yield from _all_at_once(1000, must=1000)
    yield from _all_at_once(3000, reach=3000)
    yield from _at_the_dashboard()


def _beside_a_bare_server(agents: int = 500, seconds: float = 20.0) -> Iterator[Row]:
    """Measures both at the same time, so that other load on this machine affects both figures."""
    with (
        bare() as plain,
        relay() as relaying,
        going(plain, agents, 1.0, seconds, over=2.0) as one,
        going(relaying, agents, 1.0, seconds, over=2.0) as two,
    ):
        released([one, two])
        lone, ours = reported(one), reported(two)
    load = f"{agents} agents, a state a second"
    yield Row(f"CPU a state, {load}", ours.cpu_ms, "ms")
    yield Row("  beside a bare grpc.aio server", ours.cpu_ms / lone.cpu_ms, "times", reach=1.3)
    yield Row("memory an agent, after its states", ours.agent_kb, "kB")
    yield Row("  beside a bare grpc.aio server", ours.agent_kb / lone.agent_kb, "times", reach=1.3)


def _held(agents: int, period: float, seconds: float = 20.0) -> Row:
    load = _load(agents, period, seconds, over=agents / 300)
    every = "second" if period == 1 else f"{period:g} s"
    return Row(f"agents held of {agents:,} with a state every {every}", load.held, "", reach=agents, at_least=True)


def _all_at_once(agents: int, must: float | None = None, reach: float | None = None) -> Iterator[Row]:
    load = _load(agents, 1.0, 0.0, over=0.0)
    yield Row(f"let in within 5 s of {agents:,} in the same instant", load.let_in, "", must, reach, at_least=True)
    yield Row("  until the last", load.connect_seconds, "s")


def _load(agents: int, period: float, seconds: float, over: float) -> AgentLoad:
    with relay() as server, going(server, agents, period, seconds, over) as load:
        released([load])
        return reported(load)


def _at_the_dashboard() -> Iterator[Row]:
    for cadence, requests in asyncio.run(upstream.requests_an_agent_hour()).items():
        yield Row(f"requests an agent-hour, a state every {cadence} s", requests, "")
        yield Row("  dollars a server-month, at most", upstream.dollars_a_month(cadence, requests), "$")
