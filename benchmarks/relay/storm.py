"""Runs 500 agents that come and go, two relays, and an API of which a third of the answers fail, for 10 minutes, and
checks that no probe is lost.

`python -m benchmarks.relay.storm [AGENTS [MINUTES [SPEED]]]`; with a speed of 2, 10 minutes last 5. Exits with status 1
if a probe was lost or doubled.
"""

import asyncio
import logging
import sys
import tempfile
from pathlib import Path

from tests.agent.relay.running_relay import fast_clock
from tests.agent.relay.scripted_api import monitor, scripted_api
from tests.agent.relay.storm import storm
from tests.agent.relay.unreliable import unreliable

SEED = 20_241
MONITORS = 3


def main(agents: int = 500, minutes: float = 10, speed: float = 1) -> int:
    logging.disable(logging.WARNING)  # requests fail on purpose
    secrets = {f"n{number}": number for number in range(1, agents + 1)}
    monitors = [monitor(number, list(secrets.values())) for number in range(1, MONITORS + 1)]
    with (
        tempfile.TemporaryDirectory() as folder,
        scripted_api(secrets=secrets, monitors=monitors) as api,
        unreliable(api.url, SEED, 1 / 3) as one,
        unreliable(api.url, SEED + 1, 1 / 3) as two,
    ):
        outcome = asyncio.run(storm(list(secrets), (one, two), fast_clock(speed), Path(folder), minutes, SEED))
    print(outcome)
    print(f"lost or doubled: {outcome.results - outcome.measured} of {outcome.results} probes")
    print(f"lost or doubled: {outcome.states - outcome.sampled} of {outcome.states} states in minutes")
    lost = outcome.results != outcome.measured or outcome.states != outcome.sampled
    return int(lost or outcome.refused > 0)


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:2]), *map(float, sys.argv[2:])))
