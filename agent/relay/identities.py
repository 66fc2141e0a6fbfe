"""Which server a secret belongs to, as the dashboard said last."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from agent.core.answers import Outcome
from agent.relay.clock import Clock

FRESH_SECONDS = 60
"""How long an answer is trusted when an agent connects, a rejection too."""

CHECK_AGAIN_SECONDS = 62
"""After this a secret in use is looked up again, which brings its monitors too. Usually its reports were answered
meanwhile, and say the same.
"""

CHECK_AGAIN_BETWEEN_SECONDS = 50
"""The same where reports come less often than once a minute: what changes has to reach agents within one."""

FORGET_SECONDS = 24 * 3600
MOST_WRONG = 10_000


@dataclass(slots=True)
class _Known:
    server_id: int
    checked_at: float
    used: bool = True


class Identities:
    """Secrets that are right, and those that were wrong lately."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._known: dict[str, _Known] = {}
        self._wrong: dict[str, float] = {}
        self._accepted = ""

    def known(self, secret: str) -> int:
        """The server of a secret that was right when it was last looked up, 0 for others. Counts as a use of it."""
        entry = self._known.get(secret)
        if entry is None:
            return 0
        entry.used = True
        return entry.server_id

    def is_fresh(self, secret: str) -> bool:
        """Whether a secret was found to be right a moment ago."""
        entry = self._known.get(secret)
        return entry is not None and self._clock.monotonic() - entry.checked_at < FRESH_SECONDS

    def is_wrong(self, secret: str) -> bool:
        """Whether a secret was found to be wrong a moment ago."""
        return self._clock.monotonic() - self._wrong.get(secret, -FRESH_SECONDS) < FRESH_SECONDS

    def newest(self, secrets: Iterable[str]) -> str:
        """Of these, the secret that was found to be right most recently, "" when none is known."""
        found = [(entry.checked_at, secret) for secret in secrets if (entry := self._known.get(secret))]
        return max(found, default=(0.0, ""))[1]

    def any_known(self) -> str:
        """A secret that was right when it was last looked up, most recently learnt or confirmed; "" without one."""
        if self._accepted not in self._known:
            self._accepted = self.newest(self._known)
        return self._accepted

    def learn(self, secret: str, outcome: Outcome) -> bool:
        """Takes what a report with this secret came to. Returns whether it was right before and is not any more."""
        now = self._clock.monotonic()
        if outcome.server_id:
            self._wrong.pop(secret, None)
            self._accepted = secret
            entry = self._known.get(secret)
            if entry and entry.server_id == outcome.server_id:
                entry.checked_at = now
            else:
                self._known[secret] = _Known(outcome.server_id, now)
            return False
        if outcome.error != "unknown_secret":
            return False
        self._wrong.pop(secret, None)
        self._wrong[secret] = now
        forget_oldest(self._wrong)
        return self._known.pop(secret, None) is not None

    def looking_up(self, secrets: Iterable[str]) -> None:
        """These are looked up now: from here on, `to_check` wants to see them used again."""
        for entry in filter(None, map(self._known.get, secrets)):
            entry.used = False

    def not_looked_up(self, secrets: Iterable[str]) -> None:
        """The dashboard did not answer: those in use are looked up again in the next round."""
        for secret in secrets:
            self.known(secret)

    def to_check(self, in_use: Iterable[str], interval: float) -> list[str]:
        """The secrets to look up again: of these and of those that were used lately, what was not checked for long.

        Forgets those that are not used any more. interval: seconds between two reports of a server.
        """
        now = self._clock.monotonic()
        after = CHECK_AGAIN_SECONDS if interval <= FRESH_SECONDS else CHECK_AGAIN_BETWEEN_SECONDS
        self.not_looked_up(in_use)
        old = {secret: entry for secret, entry in self._known.items() if now - entry.checked_at >= after}
        for secret, entry in old.items():
            if not entry.used and now - entry.checked_at > FORGET_SECONDS:
                del self._known[secret]
        self._wrong = {secret: at for secret, at in self._wrong.items() if now - at < FRESH_SECONDS}
        return [secret for secret, entry in old.items() if entry.used]


def forget_oldest(entries: dict[Any, Any], most: int = MOST_WRONG) -> None:
    """Keeps that many, the newest."""
    while len(entries) > most:
        del entries[next(iter(entries))]
