"""Secrets are looked up at the API in batches, cached, and dropped from the cache in time."""

import asyncio
from contextlib import AsyncExitStack
from ipaddress import ip_network
from pathlib import Path

import grpc
import pytest

from agent.relay.guesses import ALLOWED
from agent.relay.lookups import LONGEST_WAIT, REQUESTS_AT_ONCE
from agent.relay.upstream import BATCH
from tests.agent.relay.running_relay import fast_clock, relay, run, until
from tests.agent.relay.scripted_api import ScriptedApi
from tests.agent.relay.simulated_agent import SimulatedAgent, said

HOST = said("connect_plain", "ReportSystemInfo")[0]
STATE = said("connect_plain", "ReportSystemState")[0]


async def refusal(agent: SimulatedAgent, secret: str, rpc: str = "ReportSystemInfo", message: bytes = HOST) -> str:
    """The name of the status that a call ends with."""
    try:
        await agent.call(rpc, message, secret)
    except grpc.aio.AioRpcError as error:
        return str(error.code().name)
    return "OK"


def test_secrets_that_come_together_are_asked_in_one_request(api: ScriptedApi, tmp_path: Path) -> None:
    async def test() -> None:
        async with relay(api.url, tmp_path) as running, AsyncExitStack() as connections:
            agents = [SimulatedAgent(str(running.listening), f"s{number}") for number in range(1, 11)]
            for agent in agents:
                await connections.enter_async_context(agent.connected())
            assert await asyncio.gather(*(refusal(agent, agent.secret) for agent in agents)) == ["OK"] * 10
            assert sum(map(bool, api.requests)) <= 3  # empty requests only ask for the interval
            assert all(report.keys() == {"secret"} for report in api.reports)

    run(test)


def test_right_and_wrong_secrets_are_asked_once_a_minute(api: ScriptedApi, tmp_path: Path) -> None:
    clock = fast_clock(20)

    async def test() -> None:
        async with (
            relay(api.url, tmp_path, clock) as running,
            SimulatedAgent(str(running.listening), "s1").connected() as agent,
        ):
            for _ in range(20):
                assert await refusal(agent, "s1") == "OK"
                assert await refusal(agent, "wrong") == "UNAUTHENTICATED"
            # A secret that is right goes first.
            assert [report["secret"] for report in api.reports] == ["s1", "s1", "wrong"]
            await clock.sleep(61)
            assert await refusal(agent, "wrong") == "UNAUTHENTICATED"
            assert [report["secret"] for report in api.reports].count("wrong") == 2

    run(test)


@pytest.mark.parametrize("secret", ["", " ", "with blank", "x" * 257, "x" * 4000])
def test_a_secret_that_cannot_be_one_is_never_asked(api: ScriptedApi, tmp_path: Path, secret: str) -> None:
    async def test() -> None:
        async with (
            relay(api.url, tmp_path) as running,
            SimulatedAgent(str(running.listening), secret).connected() as agent,
        ):
            assert await refusal(agent, secret) == "UNAUTHENTICATED"
            assert await refusal(agent, secret, "ReportSystemState", STATE) == "UNAUTHENTICATED"
            assert api.reports == []

    run(test)


def test_an_address_that_guesses_is_stopped_and_right_secrets_are_not(api: ScriptedApi, tmp_path: Path) -> None:
    async def test() -> None:
        async with (
            relay(api.url, tmp_path) as running,
            SimulatedAgent(str(running.listening), "s1").connected() as agent,
        ):
            assert await refusal(agent, "s1") == "OK"
            guesses = [await refusal(agent, f"guess{number}") for number in range(40)]
            assert guesses == ["UNAUTHENTICATED"] * 30 + ["RESOURCE_EXHAUSTED"] * 10
            assert len({report["secret"] for report in api.reports}) == 31
            assert await refusal(agent, "s1") == "OK"

    run(test)


def test_an_address_that_guesses_in_many_connections_at_once_is_stopped_and_new_agents_are_not(
    api: ScriptedApi, tmp_path: Path
) -> None:
    async def connect(target: str, secret: str) -> str:
        async with SimulatedAgent(target, secret).connected() as agent:
            return await refusal(agent, secret)

    async def test() -> None:
        async with relay(api.url, tmp_path) as running, AsyncExitStack() as connections:
            # Fewer than the new connections that are let in, as each may still be new to the relay when it guesses.
            agents = [SimulatedAgent(str(running.listening), "s1") for _ in range(ALLOWED - 5)]
            for agent in agents:
                await connections.enter_async_context(agent.connected())
            guesses = [(agent, f"guess{number}") for number in range(30) for agent in agents]
            answers = await asyncio.gather(*(refusal(agent, f"{guess}-{id(agent)}") for agent, guess in guesses))
            late = {"DEADLINE_EXCEEDED"}  # some of so many at once, on a busy machine
            assert set(answers) - late == {"UNAUTHENTICATED", "RESOURCE_EXHAUSTED"}
            # No more than were under way before the first answer.
            assert len({report["secret"] for report in api.reports}) <= REQUESTS_AT_ONCE * BATCH
            # A new agent behind the same address is let in at once by its own connection.
            assert await connect(str(running.listening), "s1") == "OK"
            told = zip(guesses, answers, strict=True)
            guesser = next(agent for (agent, _), answer in told if answer == "UNAUTHENTICATED")
            assert await refusal(guesser, "s2") == "RESOURCE_EXHAUSTED"

    run(test)


def test_a_guesser_has_its_whole_ipv6_network_and_others_are_let_in(api: ScriptedApi, tmp_path: Path) -> None:
    async def test() -> None:
        trusted = (ip_network("127.0.0.0/8"),)
        async with relay(api.url, tmp_path, trusted=trusted) as running, AsyncExitStack() as connections:

            async def ask(secret: str, address: str) -> str:
                agent = SimulatedAgent(str(running.listening), secret, address=address)
                # Stays connected: a connection is told by its port, which the system may give to the next one.
                await connections.enter_async_context(agent.connected())
                return await refusal(agent, secret)

            guesses = [await ask(f"guess{number}", f"2001:db8::{number:x}") for number in range(61)]
            # The limit, and as many new connections.
            assert guesses == ["UNAUTHENTICATED"] * 60 + ["RESOURCE_EXHAUSTED"]
            assert await ask("s1", "2001:db8:0:1::1") == "OK"

    run(test)


def test_while_the_api_is_away_known_secrets_are_honoured(api: ScriptedApi, tmp_path: Path) -> None:
    clock = fast_clock(20)

    async def test() -> None:
        async with (
            relay(api.url, tmp_path, clock) as running,
            SimulatedAgent(str(running.listening), "s1").connected() as agent,
        ):
            assert await refusal(agent, "s1") == "OK"
            api.status = 503
            await clock.sleep(61)
            assert await refusal(agent, "s1") == "OK"
            assert await refusal(agent, "s1", "ReportSystemState", STATE) == "OK"
            assert await refusal(agent, "s2") == "UNAVAILABLE"
            asked = clock.monotonic()
            assert await refusal(agent, "s1") == "OK"
            assert clock.monotonic() - asked < LONGEST_WAIT
            api.status = 200
            await clock.sleep(65)
            assert await refusal(agent, "s2") == "OK"

    run(test)


@pytest.mark.parametrize("interval", [10, 300])
def test_a_secret_that_is_deleted_closes_the_stream_within_90_s(
    api: ScriptedApi, tmp_path: Path, interval: int
) -> None:
    clock = fast_clock(20)
    api.interval = interval

    async def test() -> None:
        async with (
            relay(api.url, tmp_path, clock) as running,
            SimulatedAgent(str(running.listening), "s1").session() as agent,
        ):
            await agent.state()
            await until(lambda: api.reports_of(1, "state"))
            del api.secrets["s1"]
            deleted = clock.monotonic()
            while not agent.stream_ended.is_set():
                assert clock.monotonic() - deleted < 75
                await refusal(agent, "s1", "ReportSystemState", STATE)
                await clock.sleep(4)
            assert await refusal(agent, "s1", "ReportSystemState", STATE) == "UNAUTHENTICATED"

    run(test)


def test_a_secret_that_is_deleted_closes_the_stream_of_an_agent_that_says_nothing(
    api: ScriptedApi, tmp_path: Path
) -> None:
    clock = fast_clock(40)

    async def test() -> None:
        async with (
            relay(api.url, tmp_path, clock) as running,
            SimulatedAgent(str(running.listening), "s1").session() as agent,
        ):
            await clock.sleep(200)
            del api.secrets["s1"]
            deleted = clock.monotonic()
            await agent.stream_ended.wait()
            assert clock.monotonic() - deleted < 90

    run(test)


def test_two_agents_with_one_secret_are_both_served(api: ScriptedApi, tmp_path: Path) -> None:
    async def test() -> None:
        async with relay(api.url, tmp_path) as running:
            first, second = (SimulatedAgent(str(running.listening), "s1") for _ in range(2))
            async with first.session(), second.session():
                await until(lambda: running.agents.doubles == 1)
                await first.state()
                await second.state()
                assert not first.stream_ended.is_set()
                assert len(running.agents.servers[1].streams) == 2

    run(test)


def test_wrong_secrets_keep_no_right_ones_from_being_looked_up(api: ScriptedApi, tmp_path: Path) -> None:
    api.is_frugal = True
    secrets = [f"wrong{number}" for number in range(5)] + [f"s{number}" for number in range(2, 11)]

    async def test() -> None:
        async with relay(api.url, tmp_path) as running, AsyncExitStack() as connections:
            agents = [SimulatedAgent(str(running.listening), secret) for secret in secrets]
            for agent in agents:
                await connections.enter_async_context(agent.connected())
            answers = await asyncio.gather(*(refusal(agent, agent.secret) for agent in agents))
            assert answers == ["UNAUTHENTICATED"] * 5 + ["OK"] * 9
            asked = len(api.requests)
            late = SimulatedAgent(str(running.listening), "s1")
            await connections.enter_async_context(late.connected())
            calls = (refusal(late, secret) for secret in ("wrong9", "s1"))
            assert await asyncio.gather(*calls) == ["UNAUTHENTICATED", "OK"]
            assert all(api.secrets.get(request[0]["secret"]) for request in api.requests[asked:] if request)

    run(test)


def test_one_deleted_secret_keeps_no_other_agents_states_back(api: ScriptedApi, tmp_path: Path) -> None:
    api.is_frugal = True
    api.interval = 2

    async def test() -> None:
        async with relay(api.url, tmp_path) as running, AsyncExitStack() as sessions:
            agents = [SimulatedAgent(str(running.listening), f"s{number}") for number in (1, 2, 3)]
            for agent in agents:
                await sessions.enter_async_context(agent.session())
                await agent.state()
            await until(lambda: all(api.reports_of(number, "state") for number in (1, 2, 3)))
            del api.secrets["s1"]
            api.requests.clear()
            for agent in agents:
                await agent.state()
            await until(lambda: all(api.reports_of(number, "state") for number in (2, 3)))
            await until(lambda: not running.identities.known("s1"))
            api.requests.clear()
            for agent in agents[1:]:
                await agent.state()
            await until(lambda: all(api.reports_of(number, "state") for number in (2, 3)))
            assert all(request[0]["secret"] != "s1" for request in api.requests if request)

    run(test)
