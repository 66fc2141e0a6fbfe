"""Two relays, agents that come and go, and an API that fails a part of its answers: what became of every probe."""

import asyncio
import random
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import grpc

from agent.relay.clock import RelayClock
from agent.relay.relay import Relay
from tests.agent.relay.running_relay import relay, until
from tests.agent.relay.simulated_agent import SimulatedAgent
from tests.agent.relay.unreliable import Unreliable

STATE_SECONDS = 4
SESSION_SECONDS = (20, 120)


@dataclass
class Outcome:
    """acknowledged: results that agents know to have arrived. results: those that relays took. late: those that were no
    longer waited for. measured: probes in all different points that the API took. states: those that relays answered.
    sampled: those in all minutes that the API took. refused: minutes and points that were dropped. failed: requests
    that failed."""

    acknowledged: int
    results: int
    late: int
    measured: int
    states: int
    sampled: int
    refused: int
    failed: int


async def storm(
    secrets: list[str], apis: tuple[Unreliable, Unreliable], clock: RelayClock, folder: Path, minutes: float, seed: int
) -> Outcome:
    """Each relay has an API of its own, which fails until all is measured and is well from then on."""
    chance = random.Random(seed)  # noqa: S311
    one, two = apis
    async with (
        relay(one.url, folder / "one", clock, flush=30.0) as first,
        relay(two.url, folder / "two", clock, flush=30.0) as second,
    ):
        relays = [first, second]
        sessions = await asyncio.gather(
            *(_flap(secret, relays, clock, minutes * 60, random.Random(chance.random())) for secret in secrets)  # noqa: S311
        )
        # Until every minute is over, and no result is owed any more.
        await clock.sleep(110)
        for api, running in zip(apis, relays, strict=True):
            api.share = 0.0
            await until(partial(_is_delivered, running), 60)
        return Outcome(
            acknowledged=sum(len(agent.acknowledged) for agents in sessions for agent in agents),
            results=sum(running.dispatcher.counts.taken for running in relays),
            late=sum(running.dispatcher.counts.unasked for running in relays),
            measured=sum(up + down for api in apis for _, _, _, _, up, down in api.points()),
            states=sum(running.service.counts.states for running in relays),
            sampled=sum(sum(api.minutes().values()) for api in apis),
            refused=sum(sum(running.flusher.refused.values()) for running in relays),
            failed=sum(running.answers.counts.batches_failed for running in relays),
        )


async def _flap(
    secret: str, relays: list[Relay], clock: RelayClock, seconds: float, chance: random.Random
) -> list[SimulatedAgent]:
    """One agent's sessions, each with any of the relays, as long as the storm lasts."""
    sessions = []
    end = clock.monotonic() + seconds
    await clock.sleep(chance.uniform(0, 10))
    while clock.monotonic() < end:
        agent = SimulatedAgent(str(chance.choice(relays).listening), secret)
        sessions.append(agent)
        # A relay cannot let agents in before its API has told once whose secrets these are.
        with suppress(grpc.aio.AioRpcError):
            async with agent.session():
                leaves = min(end, clock.monotonic() + chance.uniform(*SESSION_SECONDS))
                while clock.monotonic() < leaves:
                    await agent.state()
                    await clock.sleep(STATE_SECONDS)
        await clock.sleep(10)
    return sessions


def _is_delivered(running: Relay) -> bool:
    return running.spool.count == 0
