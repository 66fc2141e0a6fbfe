"""Whose secret is this: asked of the dashboard in batches, and remembered for a while.

Refused
├── WrongSecret   no server has this secret
├── TooManyWrong  this address sent so many wrong ones that further ones are not looked up
└── Unverified    the dashboard cannot be asked
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from agent.relay.clock import Clock
from agent.relay.upstream import BATCH, Answer, Away, Outcome, Report, Upstream

FRESH_SECONDS = 60
"""How long an answer is believed when an agent connects, a refusal too."""

CHECK_AGAIN_SECONDS = 62
"""After this a secret in use is asked again. Usually its reports were answered meanwhile, and tell the same."""

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
"""Wrong secrets of one address that are looked up in FRESH_SECONDS."""


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
        self._asked: dict[str, asyncio.Future[None]] = {}
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
        if entry and now - entry.checked_at < FRESH_SECONDS:
            entry.used = True
            return entry.server_id
        if now - self._wrong.get(secret, -FRESH_SECONDS) < FRESH_SECONDS:
            raise WrongSecret
        if not entry and self._guesses(address, now):
            raise TooManyWrong
        # Shielded by `wait`: others may wait for the same answer.
        await asyncio.wait((self._ask(secret),), timeout=LONGEST_WAIT)
        if found := self.known(secret):
            return found
        if secret in self._wrong:
            self._count_wrong(address)
            raise WrongSecret
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
            while len(self._wrong) > MOST_WRONG:
                del self._wrong[next(iter(self._wrong))]
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
            secrets, self._queue = self._queue[:BATCH], self._queue[BATCH:]
            if not self._queue:
                self._arrived.clear()
            request = asyncio.create_task(self._request(secrets))
            self._requests.add(request)
            request.add_done_callback(self._requests.discard)

    def check_again(self) -> None:
        """Asks for the secrets in use that were not asked for long, and forgets those that are not in use."""
        now = self._clock.monotonic()
        for secret, entry in list(self._known.items()):
            if now - entry.checked_at < CHECK_AGAIN_SECONDS:
                continue
            if entry.used:
                # While the dashboard is away it is honoured anyway.
                if not self._upstream.paused:
                    self._ask(secret)
            elif now - entry.checked_at > 24 * 3600:
                del self._known[secret]
        self._wrong = {secret: at for secret, at in self._wrong.items() if now - at < FRESH_SECONDS}
        self._wrong_from = {one: seen for one, seen in self._wrong_from.items() if now - seen[0] < FRESH_SECONDS}

    def _ask(self, secret: str) -> asyncio.Future[None]:
        """Done when the answer is there, or when there will be none."""
        future = self._asked.get(secret)
        if future is None:
            future = self._asked[secret] = asyncio.get_running_loop().create_future()
            self._queue.append(secret)
            self._arrived.set()
        return future

    async def _request(self, secrets: Sequence[str]) -> None:
        reports: list[Report] = [{"secret": secret} for secret in secrets]
        try:
            for secret in secrets:
                if entry := self._known.get(secret):
                    entry.used = False
            self._settle(reports, await self._upstream.send(reports))
        except Away:
            # Those in use are asked again by the next round.
            for secret in secrets:
                if entry := self._known.get(secret):
                    entry.used = True
        finally:
            self._slots.release()
            for secret in secrets:
                future = self._asked.pop(secret)
                if not future.done():
                    future.set_result(None)

    def _guesses(self, address: str, now: float) -> bool:
        since, count = self._wrong_from.get(address, (now, 0))
        return count >= WRONG_AN_ADDRESS and now - since < FRESH_SECONDS

    def _count_wrong(self, address: str) -> None:
        now = self._clock.monotonic()
        since, count = self._wrong_from.get(address, (now, 0))
        if now - since >= FRESH_SECONDS or len(self._wrong_from) > MOST_WRONG:
            since, count = now, 0
        self._wrong_from[address] = (since, count + 1)
