"""Simulates, second by second, how DynamoDB's partitions handle a load.

A partition accepts 1,000 write and 3,000 read units a second in either capacity mode, and throttles the rest:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html
A new on-demand table starts with 4,000 write and 12,000 read units, so with four partitions:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/warm-throughput-scenarios.html
A partition that keeps throttling is split, between items and never within one, and each half accepts as much:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/burst-adaptive-capacity.html

AWS publishes neither how keys are hashed (here by MD5, as it only matters that they spread) nor how soon a partition is
split (here after five minutes). Burst capacity is left out, because it is not guaranteed. Throttled writes are not
retried, because the next report replaces them.
"""

import math
import random
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import md5
from itertools import accumulate

WRITES = 1000
READS = 3000
"""Units a second that a partition accepts, and therefore the most for one item."""

NEW_PARTITIONS = 4
SPLIT_SECONDS = 300


@dataclass(frozen=True)
class KeyLoad:
    """The load on one partition key: mean units a second, and units of one request."""

    writes: float = 0
    reads: float = 0
    write_size: float = 1
    read_size: float = 1


@dataclass
class SimulatedMinute:
    """asked, refused: units requested and throttled, reads and writes together. partitions: how many there are at the
    end.
    """

    asked: float = 0
    refused: float = 0
    partitions: int = 0

    @property
    def refused_share(self) -> float:
        return self.refused / self.asked if self.asked else 0


def simulate(
    loads: Mapping[str, KeyLoad], minutes: int, *, partitions: int = NEW_PARTITIONS, seed: int = 1
) -> list[SimulatedMinute]:
    """Simulates a table's first minutes under a constant load. partitions: how many it has at the start."""
    chance = random.Random(seed)
    table = _spread(loads, partitions)
    told = []
    for _ in range(minutes):
        minute = SimulatedMinute()
        for _ in range(60):
            for partition in table:
                asked, refused = partition.second(chance)
                minute.asked += asked
                minute.refused += refused
            if any(partition.is_hot for partition in table):
                table = [half for partition in table for half in partition.halves()]
        minute.partitions = len(table)
        told.append(minute)
    return told


@dataclass
class _Partition:
    """The keys in one range of hashes, in their order."""

    loads: list[KeyLoad]
    hot_seconds: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self._requests = [
            *_requests(((load.writes, load.write_size) for load in self.loads), WRITES),
            *_requests(((load.reads, load.read_size) for load in self.loads), READS),
        ]

    def second(self, chance: random.Random) -> tuple[float, float]:
        """Returns the units asked for and the units refused in one second."""
        asked = refused = 0.0
        for mean, deviation, size, accepted in self._requests:
            units = chance.gauss(mean, deviation) * size
            if units > 0:
                asked += units
            if units > accepted:
                refused += units - accepted
        self.hot_seconds = self.hot_seconds + 1 if refused else max(0, self.hot_seconds - 1)
        return asked, refused

    @property
    def is_hot(self) -> bool:
        return self.hot_seconds >= SPLIT_SECONDS

    def halves(self) -> "list[_Partition]":
        """Returns two partitions if it is split now, else itself."""
        if not self.is_hot or len(self.loads) < 2:
            return [self]
        sums = list(accumulate(max(load.writes / WRITES, load.reads / READS) for load in self.loads))
        middle = min(max(bisect_left(sums, sums[-1] / 2), 1), len(self.loads) - 1)
        return [_Partition(self.loads[:middle]), _Partition(self.loads[middle:])]


def _spread(loads: Mapping[str, KeyLoad], partitions: int) -> list[_Partition]:
    ranges: list[list[tuple[int, KeyLoad]]] = [[] for _ in range(partitions)]
    for key, load in loads.items():
        hash_ = int.from_bytes(md5(key.encode(), usedforsecurity=False).digest()[:8])
        ranges[hash_ * partitions >> 64].append((hash_, load))
    return [_Partition([load for _, load in sorted(one, key=lambda hashed: hashed[0])]) for one in ranges]


def _requests(loads: Iterable[tuple[float, float]], accepted: float) -> Iterator[tuple[float, float, float, float]]:
    """Yields the mean and standard deviation of the requests per second, which arrive independently of each other, the
    units of one request, and the accepted units per second. Yields nothing if there are no requests.

    loads: for each key, the mean units per second and the units of one request.
    """
    asked = [(units, size) for units, size in loads if units]
    if asked:
        size = max(size for _, size in asked)
        mean = sum(units for units, _ in asked) / size
        yield mean, math.sqrt(mean), size, accepted
