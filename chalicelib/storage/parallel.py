"""Makes independent calls, several at a time: a batch of reports needs many of them, and each mostly waits."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextvars import copy_context
from dataclasses import dataclass
from functools import cache
from typing import TypeVar

from chalicelib.fleet.errors import FleetError, Throttled, Unavailable

WRITERS = 8
FEW_WRITES = 4
"""Up to this many writes are made one after the other, without threads."""


@dataclass(frozen=True)
class Write:
    """A write that concerns some servers. do: raises Throttled or Unavailable."""

    servers: Sequence[int]
    do: Callable[[], None]


One = TypeVar("One")
Other = TypeVar("Other")


def both(one: Callable[[], One], other: Callable[[], Other]) -> tuple[One, Other]:
    """Makes two calls at the same time and returns what they return. If both fail, raises what the second raised."""
    (first,), second = beside([one], other)
    return first, second


def beside(calls: Sequence[Callable[[], One]], other: Callable[[], Other]) -> tuple[list[One], Other]:
    """Makes all calls at the same time and returns what they return. If several fail, raises what `other` raised."""
    # The time limit is a context variable, and new threads do not inherit it.
    running = [_pool().submit(copy_context().run, call) for call in calls]
    try:
        last = other()
    finally:
        wait(running)  # also after a failure: once it has answered, Lambda freezes the process, with the calls in it
    return [one.result() for one in running], last


def in_parallel(calls: Sequence[Callable[[], One]]) -> list[One]:
    """Makes every call and returns what they return, in order. If several fail, raises what one of them raised."""
    if not calls:
        return []
    found, last = beside(calls[:-1], calls[-1])
    return [*found, last]


def write_all(writes: Sequence[Write]) -> dict[int, FleetError]:
    """Makes every write. Returns the servers whose write failed, each with its error."""
    if len(writes) <= FEW_WRITES:
        failed = [_failures(write) for write in writes]
    else:
        contexts = [copy_context() for _ in writes]
        failed = list(_pool().map(lambda context, write: context.run(_failures, write), contexts, writes))
    return {server: error for one in failed for server, error in one.items()}


def _failures(write: Write) -> dict[int, FleetError]:
    try:
        write.do()
    except (Throttled, Unavailable) as error:
        return dict.fromkeys(write.servers, error)
    return {}


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(WRITERS, thread_name_prefix="dynamodb")
