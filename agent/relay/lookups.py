"""Looking up secrets at the dashboard, in batches, when agents connect.

Refused
├── WrongSecret   no server has this secret
├── TooManyWrong  this address sent so many wrong ones that further ones are not looked up
└── Unverified    the dashboard cannot be asked
"""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from ipaddress import ip_network

from agent.core.answers import NotTaken
from agent.core.client import Report
from agent.relay.answers import Answers
from agent.relay.clock import Clock
from agent.relay.identities import FRESH_SECONDS, Identities, forget_oldest
from agent.relay.upstream import BATCH, Upstream

LONGEST_WAIT = 4.0
"""Seconds that an agent waits for the answer. It gives up after 5."""

GATHER_SECONDS = 0.05
"""How long a batch waits for secrets that come together."""

REQUESTS_AT_ONCE = 4
AWAY_SECONDS = 2.0
"""Between two requests while the dashboard is away."""

LONGEST_SECRET = 256
WRONG_AN_ADDRESS = 30
"""Wrong secrets from one address in FRESH_SECONDS, after which no further ones are looked up. A /64 network of IPv6
counts as one address.
"""


class Refused(Exception):
    """The root of the tree; never raised itself."""


class WrongSecret(Refused):
    """Raised when no server has this secret."""


class TooManyWrong(Refused):
    """Raised when an address guesses."""


class Unverified(Refused):
    """Raised when the dashboard cannot be asked and the secret is not known from before."""


@dataclass(slots=True)
class _Question:
    """A secret that is being looked up. source: who sent it, "" when it was right before."""

    source: str
    answered: asyncio.Future[None]


class Lookups:
    """Who agents are, by their secrets."""

    def __init__(self, answers: Answers, identities: Identities, upstream: Upstream, clock: Clock) -> None:
        self._answers = answers
        self._identities = identities
        self._upstream = upstream
        self._clock = clock
        self._wrong_from: dict[str, tuple[float, int]] = {}
        self._asked: dict[str, _Question] = {}
        self._queue: list[str] = []
        self._arrived = asyncio.Event()
        self._slots = asyncio.Semaphore(REQUESTS_AT_ONCE)
        self._requests: set[asyncio.Task[None]] = set()

    async def server_id(self, secret: str, address: str) -> int:
        """The server of a secret that an agent connects with; raises Refused.

        While the dashboard is away, secrets that were right are accepted.
        """
        if not 0 < len(secret) <= LONGEST_SECRET or not all("!" <= character <= "~" for character in secret):
            raise WrongSecret
        known = self._identities.known(secret)
        if known and (self._identities.is_fresh(secret) or self._upstream.paused):
            return known
        if self._identities.is_wrong(secret):
            raise WrongSecret
        source = _source(address)
        if not known and self._guesses(source):
            raise TooManyWrong
        # Not cancelled by the timeout, as others may wait for the same answer.
        await asyncio.wait((self._ask(secret, "" if known else source),), timeout=LONGEST_WAIT)
        if found := self._identities.known(secret):
            return found
        if self._identities.is_wrong(secret):
            raise WrongSecret
        if self._guesses(source):
            raise TooManyWrong
        raise Unverified

    def check_again(self, in_use: Iterable[str]) -> None:
        """Looks up the secrets in use that were not looked up for long."""
        secrets = self._identities.to_check(in_use, self._answers.interval)
        # While the dashboard is away they are accepted anyway.
        if not self._upstream.paused:
            for secret in secrets:
                self._ask(secret, "")
        now = self._clock.monotonic()
        self._wrong_from = {one: seen for one, seen in self._wrong_from.items() if now - seen[0] < FRESH_SECONDS}

    async def run(self) -> None:
        """Looks up what waits, until it is cancelled."""
        while True:
            await self._arrived.wait()
            await self._clock.sleep(GATHER_SECONDS)
            if self._upstream.paused:
                await self._clock.sleep(AWAY_SECONDS)
            await self._slots.acquire()
            if secrets := self._next_batch():
                request = asyncio.create_task(self._request(secrets))
                self._requests.add(request)
                request.add_done_callback(self._requests.discard)
            else:
                self._slots.release()

    def _ask(self, secret: str, source: str) -> asyncio.Future[None]:
        """Done when the answer is there, or when there will be none."""
        question = self._asked.get(secret)
        if question is None:
            question = self._asked[secret] = _Question(source, asyncio.get_running_loop().create_future())
            self._queue.append(secret)
            self._arrived.set()
        return question.answered

    def _next_batch(self) -> list[str]:
        """The next secrets in line, without those of a source that was found to guess since they came."""
        batch: list[str] = []
        rest = iter(self._queue)
        for secret in rest:
            if self._guesses(self._asked[secret].source):
                self._answered(secret)
            else:
                batch.append(secret)
            if len(batch) == BATCH:
                break
        self._queue = list(rest)
        if not self._queue:
            self._arrived.clear()
        return batch

    async def _request(self, secrets: Sequence[str]) -> None:
        reports: list[Report] = [{"secret": secret} for secret in secrets]
        try:
            self._identities.looking_up(secrets)
            await self._answers.send(reports)
            for secret in filter(self._identities.is_wrong, secrets):
                self._count_wrong(self._asked[secret].source)
        except NotTaken:
            self._identities.not_looked_up(secrets)
        finally:
            self._slots.release()
            for secret in secrets:
                self._answered(secret)

    def _answered(self, secret: str) -> None:
        answered = self._asked.pop(secret).answered
        if not answered.done():
            answered.set_result(None)

    def _guesses(self, source: str) -> bool:
        since, count = self._wrong_from.get(source, (0.0, 0))
        return count >= WRONG_AN_ADDRESS and self._clock.monotonic() - since < FRESH_SECONDS

    def _count_wrong(self, source: str) -> None:
        if not source:
            return
        now = self._clock.monotonic()
        since, count = self._wrong_from.get(source, (now, 0))
        self._wrong_from[source] = (since, count + 1) if now - since < FRESH_SECONDS else (now, 1)
        forget_oldest(self._wrong_from)


def _source(address: str) -> str:
    """Whoever has one IPv6 address usually has its whole /64."""
    return address if ":" not in address else str(ip_network(f"{address}/64", strict=False))
