"""The relay's time."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from agent.core import clock


@dataclass(frozen=True)
class RelayClock(clock.Clock):
    """sleep: waits this many seconds."""

    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
