"""A relay as a process of its own whose time runs faster, and stands still until agents can connect.

`python -m tests.agent.relay.fast_relay URL SPOOL TIMES START`: its time begins at START, Unix seconds. When agents can
connect it prints its address, and when that was in real Unix seconds.
"""

import asyncio
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from agent.core.urls import parse_url
from agent.relay.clock import RelayClock
from agent.relay.options import Endpoint, Options
from agent.relay.relay import Relay

FIRST = 1_000_000
"""What the monotonic clock of every process shows at the Unix time 0."""


@dataclass
class FastTime:
    """start: what it shows until `began`, real Unix seconds; from then on it runs so many times as fast."""

    start: float
    times: float
    began: float = float("inf")

    def now(self) -> float:
        return self.start + max(0.0, time.time() - self.began) * self.times

    def stop(self) -> None:
        self.start, self.began = self.now(), float("inf")

    @property
    def clock(self) -> RelayClock:
        return RelayClock(self.now, lambda: self.now() + FIRST, lambda seconds: asyncio.sleep(seconds / self.times))


async def main(url: str, spool: str, times: str, start: str) -> None:
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    options = Options(parse_url(url), Endpoint("127.0.0.1", 0), metrics=None, spool=Path(spool), drain=0.0)
    fast = FastTime(float(start), float(times))
    relay = Relay(options, fast.clock)
    await relay.start()
    fast.began = time.time()
    sys.stdout.write(f"{relay.listening} {fast.began!r}\n")
    sys.stdout.flush()
    await stopped.wait()
    await relay.stop()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
