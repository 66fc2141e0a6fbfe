"""Whose secret is this: asked of the dashboard in batches, and remembered for a while.

Refused
├── WrongSecret   no server has this secret
├── TooManyWrong  this address sent so many wrong ones that further ones are not looked up
└── Unverified    the dashboard cannot be asked
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Any

from agent.relay.clock import Clock
from agent.relay.upstream import BATCH, Answer, Away, Outcome, Report, TooLarge, Upstream

FRESH_SECONDS = 60
"""How long an answer is believed when an agent connects, a refusal too."""

CHECK_AGAIN_SECONDS = 62
"""After this a secret in use is asked again, which brings its monitors, too. Usually its reports were answered
meanwhile, and tell the same.
"""

CHECK_AGAIN_BETWEEN_SECONDS = 50
"""The same where reports come more rarely than once a minute: what changes has to reach agents within one."""

LONGEST_WAIT = 4.0
"""Seconds that an agent waits for the answer; it gives up after 5."""

GATHER_SECONDS = 0.05
"""How long a batch waits for secrets that come together."""

REQUESTS_AT_ONCE = 4
AWAY_SECONDS = 2.0
"""Between two requests while the dashboard is away."""

LONGEST_SECRET = 256
MOST_WRONG = 10_000
WRONG_AN_ADDRESS = 30
"""Wrong secrets of one address in FRESH_SECONDS, after which no further ones are looked up. Those of one /64 of IPv6
count as one's."""


class Refused(Exception):
    """The root of the tree; never raised itself."""


class WrongSecret(Refused):
    """Raised when no server has this secret."""


class TooManyWrong(Refused):
    """Raised when an address guesses."""


class Unverified(Refused):
    """Raised when the dashboard cannot be asked and the secret is not known from before."""


@dataclass(slots=True)
class _Known:
    server_id: int
    checked_at: float
    used: bool = True


@dataclass(slots=True)
class _Question:
    """A secret that is being asked for. source: who sent it, "" when it was right before."""

    source: str
    answered: asyncio.Future[None]


class Identities:
    """Secrets that are right, and lately wrong ones.

    settle: told every answer, as it holds more than the secret's server. gone: told a secret that was right and is not
    any more.
    """

    def __init__(
        self,
        upstream: Upstream,
        clock: Clock,
        settle: Callable[[Sequence[Report], Answer], None],
        gone: Callable[[str], None],
    ) -> None:
        self._upstream = upstream
        self._clock = clock
        self._settle = settle
        self._gone = gone
        self._known: dict[str, _Known] = {}
        self._wrong: dict[str, float] = {}
        self._wrong_from: dict[str, tuple[float, int]] = {}
        self._asked: dict[str, _Question] = {}
        self._queue: list[str] = []
        self._arrived = asyncio.Event()
        self._slots = asyncio.Semaphore(REQUESTS_AT_ONCE)
        self._requests: set[asyncio.Task[None]] = set()

    def known(self, secret: str) -> int:
        """The server of a secret that was right when it was last asked, 0 for others."""
        entry = self._known.get(secret)
        if entry is None:
            return 0
        entry.used = True
        return entry.server_id

    async def server_id(self, secret: str, address: str) -> int:
        """The server of a secret that an agent connects with; raises Refused.

        While the dashboard is away, secrets that were right are honoured.
        """
        if not 0 < len(secret) <= LONGEST_SECRET or not all("!" <= character <= "~" for character in secret):
            raise WrongSecret
        now = self._clock.monotonic()
        entry = self._known.get(secret)
        if entry and (now - entry.checked_at < FRESH_SECONDS or self._upstream.paused):
            entry.used = True
            return entry.server_id
        if now - self._wrong.get(secret, -FRESH_SECONDS) < FRESH_SECONDS:
            raise WrongSecret
        source = _source(address)
        if not entry and self._guesses(source):
            raise TooManyWrong
        # Not cancelled by the timeout, as others may wait for the same answer.
        await asyncio.wait((self._ask(secret, "" if entry else source),), timeout=LONGEST_WAIT)
        if found := self.known(secret):
            return found
        if secret in self._wrong:
            raise WrongSecret
        if self._guesses(source):
            raise TooManyWrong
        raise Unverified

    def learn(self, secret: str, outcome: Outcome) -> None:
        """What an answer to a report with this secret tells of it."""
        now = self._clock.monotonic()
        if outcome.server_id:
            self._wrong.pop(secret, None)
            entry = self._known.get(secret)
            if entry and entry.server_id == outcome.server_id:
                entry.checked_at = now
            else:
                self._known[secret] = _Known(outcome.server_id, now)
        elif outcome.error == "unknown_secret":
            self._wrong.pop(secret, None)
            self._wrong[secret] = now
            _bound(self._wrong)
            if self._known.pop(secret, None):
                self._gone(secret)

    async def run(self) -> None:
        """Asks for what was not asked yet, until it is cancelled."""
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

    def check_again(self, in_use: Iterable[str], interval: float) -> None:
        """Asks for secrets that were not asked for long: these, and those that were used since.

        Forgets those that are not used any more. interval: seconds between two reports of a server.
        """
        now = self._clock.monotonic()
        after = CHECK_AGAIN_SECONDS if interval <= FRESH_SECONDS else CHECK_AGAIN_BETWEEN_SECONDS
        for secret in in_use:
            self.known(secret)
        for secret, entry in list(self._known.items()):
            if now - entry.checked_at < after:
                continue
            if entry.used:
                # While the dashboard is away it is honoured anyway.
                if not self._upstream.paused:
                    self._ask(secret, "")
            elif now - entry.checked_at > 24 * 3600:
                del self._known[secret]
        self._wrong = {secret: at for secret, at in self._wrong.items() if now - at < FRESH_SECONDS}
        self._wrong_from = {one: seen for one, seen in self._wrong_from.items() if now - seen[0] < FRESH_SECONDS}

    def _ask(self, secret: str, source: str) -> asyncio.Future[None]:
        """Done when the answer is there, or when there will be none."""
        question = self._asked.get(secret)
        if question is None:
            question = self._asked[secret] = _Question(source, asyncio.get_running_loop().create_future())
            self._queue.append(secret)
            self._arrived.set()
        return question.answered

    def _next_batch(self) -> list[str]:
        """The next secrets of the queue, without those of a source that was found to guess since they were queued."""
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
            for secret in secrets:
                if entry := self._known.get(secret):
                    entry.used = False
            self._settle(reports, await self._upstream.send(reports))
            for secret in secrets:
                if secret in self._wrong:
                    self._count_wrong(self._asked[secret].source)
        except (Away, TooLarge):
            # Those in use are asked again by the next round.
            for secret in secrets:
                if entry := self._known.get(secret):
                    entry.used = True
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
        _bound(self._wrong_from)


def _source(address: str) -> str:
    """Whoever has one address of IPv6 has usually its whole /64."""
    return address if ":" not in address else str(ip_network(f"{address}/64", strict=False))


def _bound(entries: dict[str, Any]) -> None:
    """Forgets the oldest of too many."""
    while len(entries) > MOST_WRONG:
        del entries[next(iter(entries))]
