"""Looks up secrets at the dashboard, in batches, when agents connect.

AgentRefused
├── WrongSecret   no server has this secret
├── TooManyWrong  this address sent too many wrong secrets; no more are looked up
└── Unverified    the dashboard cannot be asked
"""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from agent.core.answers import NotTaken
from agent.core.client import Report
from agent.relay.answers import Answers
from agent.relay.clock import RelayClock
from agent.relay.guesses import Guesses, source_of
from agent.relay.identities import Identities
from agent.relay.known_agents import KnownAgents
from agent.relay.upstream import BATCH, Upstream

LONGEST_WAIT = 4.0
"""How many seconds an agent is kept waiting for the answer. It gives up after 5."""

GATHER_SECONDS = 0.05
"""How long a batch waits for more secrets."""

REQUESTS_AT_ONCE = 4
AWAY_SECONDS = 2.0
"""Seconds between two requests while the dashboard is away."""

LONGEST_SECRET = 256


class AgentRefused(Exception):
    """The base of the errors above; never raised itself."""


class WrongSecret(AgentRefused):
    """Raised when no server has this secret."""


class TooManyWrong(AgentRefused):
    """Raised when an address seems to guess secrets."""


class Unverified(AgentRefused):
    """Raised when the dashboard cannot be asked and the secret is not known from before."""


@dataclass(slots=True)
class _Question:
    """A secret that is being looked up.

    source: who sent it, "" when it was right before. connection: the connection over which it came. is_allowed: whether
    it is looked up even if its source seems to guess.
    """

    source: str
    connection: str
    is_allowed: bool
    answered: asyncio.Future[None]


class Lookups:
    """Finds the server of each agent by its secret."""

    def __init__(
        self, answers: Answers, identities: Identities, known: KnownAgents, upstream: Upstream, clock: RelayClock
    ) -> None:
        self._answers = answers
        self._known = known
        self._identities = identities
        self._upstream = upstream
        self._clock = clock
        self._guesses = Guesses(clock)
        self._asked: dict[str, _Question] = {}
        self._queue: list[str] = []
        self._arrived = asyncio.Event()
        self._slots = asyncio.Semaphore(REQUESTS_AT_ONCE)
        self._requests: set[asyncio.Task[None]] = set()

    async def server_id(self, secret: str, address: str, connection: str) -> int:
        """The server of a secret that an agent connects with; raises AgentRefused.

        address: where it comes from. connection: the same for all calls of one connection.

        While the dashboard is away, secrets that were right are accepted. So are those that an earlier process of this
        relay knew, until they are looked up again.
        """
        if not 0 < len(secret) <= LONGEST_SECRET or not all("!" <= character <= "~" for character in secret):
            raise WrongSecret
        known = self._identities.known(secret) or self._known.recall(secret)
        if known and (self._identities.is_fresh(secret) or self._upstream.paused):
            return known
        if self._identities.is_wrong(secret):
            raise WrongSecret
        source = "" if known else source_of(address)
        guesses = self._guesses.is_guessing(source)
        if guesses and not self._guesses.may_ask(source, secret, connection):
            raise TooManyWrong
        # Not cancelled by the timeout, as others may wait for the same answer.
        await asyncio.wait((self._ask(secret, source, connection, is_allowed=guesses),), timeout=LONGEST_WAIT)
        if found := self._identities.known(secret):
            return found
        if self._identities.is_wrong(secret):
            raise WrongSecret
        if self._guesses.is_guessing(source):
            self._guesses.put_off(source, secret)
            raise TooManyWrong
        raise Unverified

    def check_again(self, in_use: Iterable[str]) -> None:
        """Looks up the secrets in use that were not looked up for a while."""
        secrets = self._identities.to_check(in_use, self._answers.interval)
        # While the dashboard is away they are accepted anyway.
        if not self._upstream.paused:
            for secret in secrets:
                self._ask(secret)
        self._guesses.forget()

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

    def _ask(
        self, secret: str, source: str = "", connection: str = "", *, is_allowed: bool = False
    ) -> asyncio.Future[None]:
        """A future that is done when the answer is there, or when there will be none."""
        question = self._asked.get(secret)
        if question is None:
            answered: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            question = self._asked[secret] = _Question(source, connection, is_allowed, answered)
            self._queue.append(secret)
            self._arrived.set()
        return question.answered

    def _next_batch(self) -> list[str]:
        """The next secrets in the queue, without those whose source was found to guess since they came."""
        batch: list[str] = []
        rest = iter(self._queue)
        for secret in rest:
            question = self._asked[secret]
            if self._guesses.is_guessing(question.source) and not question.is_allowed:
                self._answered(secret)
            else:
                batch.append(secret)
            if len(batch) == BATCH - 1:
                break
        self._queue = list(rest)
        if not self._queue:
            self._arrived.clear()
        return batch

    async def _request(self, secrets: Sequence[str]) -> None:
        reports: list[Report] = [{"secret": secret} for secret in secrets]
        undecided: list[str] = []
        try:
            self._identities.looking_up(secrets)
            answer = await self._answers.send(reports)
            for secret in filter(self._identities.is_wrong, secrets):
                self._guesses.wrong(self._asked[secret].source, self._asked[secret].connection)
            undecided = [one for one, outcome in zip(secrets, answer.outcomes, strict=True) if outcome.retry]
        except NotTaken:
            self._identities.not_looked_up(secrets)
        finally:
            self._slots.release()
            self._settle(secrets, undecided)

    def _settle(self, secrets: Sequence[str], undecided: list[str]) -> None:
        """Looks up again the secrets that the dashboard did not decide on: in a request without a right secret first,
        it decides on one secret only. If it decided on none, something else is wrong, and agents have to try again.
        """
        again = undecided if len(undecided) < len(secrets) else []
        self._queue = again + self._queue
        if again:
            self._arrived.set()
        for secret in set(secrets).difference(again):
            self._answered(secret)

    def _answered(self, secret: str) -> None:
        answered = self._asked.pop(secret).answered
        if not answered.done():
            answered.set_result(None)
