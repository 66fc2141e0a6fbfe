"""Which server a secret belongs to, according to the dashboard's last response."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from agent.core.answers import Outcome
from agent.relay.clock import RelayClock

FRESH_SECONDS = 60
"""How long an answer, or a rejection, is trusted when an agent connects."""

CHECK_AGAIN_SECONDS = 62
"""After this a secret in use is looked up again, which also brings its monitors. Usually this is not needed, because a
report of its server was answered meanwhile.
"""

CHECK_AGAIN_BETWEEN_SECONDS = 50
"""The same if reports are sent less often than once a minute: changes must reach agents within a minute."""

FORGET_SECONDS = 24 * 3600
MOST_WRONG = 10_000


@dataclass(slots=True)
class _Known:
    server_id: int
    checked_at: float
    used: bool = True
    is_recalled: bool = False


class Identities:
    """Secrets that are right, and those that were recently found to be wrong."""

    def __init__(self, clock: RelayClock) -> None:
        self._clock = clock
        self._known: dict[str, _Known] = {}
        self._wrong: dict[str, float] = {}
        self._accepted = ""
        self._remembered: dict[str, tuple[int, float]] = {}
        """What an earlier process knew: by the hash of each secret, its server and when it was last used, in Unix
        seconds.
        """
        self.changed = False
        """Whether the journal has to be written again."""

    def known(self, secret: str) -> int:
        """The server of a secret that was right when it was last looked up, 0 for others. Counts as a use of it."""
        entry = self._known.get(secret)
        if entry is None:
            return 0
        entry.used = True
        return entry.server_id

    def recall(self, secret: str) -> int:
        """The server of a secret that an earlier process knew, 0 for others. From now on the secret is known, but has
        to be checked.
        """
        server_id, _ = self._remembered.pop(hash_of(secret), (0, 0.0)) if self._remembered else (0, 0.0)
        if server_id:
            checked_at = self._clock.monotonic() - CHECK_AGAIN_SECONDS
            self._known[secret] = _Known(server_id, checked_at, is_recalled=True)
        return server_id

    def is_fresh(self, secret: str) -> bool:
        """Whether a secret was found to be right a moment ago, or by an earlier process and was not checked since."""
        entry = self._known.get(secret)
        return entry is not None and (entry.is_recalled or self._clock.monotonic() - entry.checked_at < FRESH_SECONDS)

    def is_wrong(self, secret: str) -> bool:
        """Whether a secret was found to be wrong a moment ago."""
        return self._clock.monotonic() - self._wrong.get(secret, -FRESH_SECONDS) < FRESH_SECONDS

    def newest(self, secrets: Iterable[str]) -> str:
        """The one of these secrets that was found to be right most recently, "" when none is known."""
        found = [(entry.checked_at, secret) for secret in secrets if (entry := self._known.get(secret))]
        return max(found, default=(0.0, ""))[1]

    def any_known(self) -> str:
        """The secret that was confirmed most recently of those that are right; "" when there is none."""
        if self._accepted not in self._known:
            self._accepted = self.newest(self._known)
        return self._accepted

    def learn(self, secret: str, outcome: Outcome) -> bool:
        """Learns from the outcome of a report with this secret. Returns whether the secret was right before and is
        wrong now.
        """
        now = self._clock.monotonic()
        if outcome.server_id:
            self._wrong.pop(secret, None)
            self._accepted = secret
            entry = self._known.get(secret)
            if entry and entry.server_id == outcome.server_id:
                entry.checked_at, entry.is_recalled = now, False
            else:
                self._known[secret] = _Known(outcome.server_id, now)
                self._forget_remembered(secret)
            return False
        if outcome.error != "unknown_secret":
            return False
        self._wrong.pop(secret, None)
        self._wrong[secret] = now
        forget_oldest(self._wrong)
        self._forget_remembered(secret)
        return self._known.pop(secret, None) is not None

    def for_journal(self) -> Iterator[tuple[str, int, float]]:
        """What `restore` takes: hash, server and time of use of each agent."""
        now = self._clock.now()
        yield from ((hash_, *one) for hash_, one in self._remembered.items() if now - one[1] < FORGET_SECONDS)
        yield from ((hash_of(secret), entry.server_id, now) for secret, entry in self._known.items())

    def restore(self, journaled: Iterable[Iterable[Any]]) -> None:
        """Remembers the agents of an earlier process. Raises an error for anything but what `for_journal` returned."""
        oldest = self._clock.now() - FORGET_SECONDS
        found = {hash_: (int(server_id), float(used_at)) for hash_, server_id, used_at in journaled}
        self._remembered = {hash_: one for hash_, one in found.items() if one[1] > oldest}

    def looking_up(self, secrets: Iterable[str]) -> None:
        """These secrets are being looked up. `to_check` returns them again only if they are used after this."""
        for entry in filter(None, map(self._known.get, secrets)):
            entry.used = False

    def not_looked_up(self, secrets: Iterable[str]) -> None:
        """The dashboard did not answer, so these secrets are looked up again in the next round."""
        for secret in secrets:
            self.known(secret)

    def to_check(self, in_use: Iterable[str], interval: float) -> list[str]:
        """The secrets to look up again: those in use or used lately that were not checked for a while.

        Forgets secrets that are no longer used. interval: seconds between two reports of a server.
        """
        now = self._clock.monotonic()
        after = CHECK_AGAIN_SECONDS if interval <= FRESH_SECONDS else CHECK_AGAIN_BETWEEN_SECONDS
        self.not_looked_up(in_use)
        old = {secret: entry for secret, entry in self._known.items() if now - entry.checked_at >= after}
        for secret, entry in old.items():
            if not entry.used and now - entry.checked_at > FORGET_SECONDS:
                del self._known[secret]
                self.changed = True
        self._wrong = {secret: at for secret, at in self._wrong.items() if now - at < FRESH_SECONDS}
        return [secret for secret, entry in old.items() if entry.used]

    def _forget_remembered(self, secret: str) -> None:
        self._remembered.pop(hash_of(secret), None)
        self.changed = True


def hash_of(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def forget_oldest(entries: dict[Any, Any], most: int = MOST_WRONG) -> None:
    """Keeps the newest `most` entries."""
    while len(entries) > most:
        del entries[next(iter(entries))]
