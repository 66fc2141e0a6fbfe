"""What is said on stderr: one line when something changes, and again every hour while it lasts."""

import logging
from collections.abc import Callable

log = logging.getLogger("agent.reporter")

SAY_AGAIN_SECONDS = 3600
"""How often trouble that lasts is said again."""


class Notices:
    """Of one matter that is either good or in trouble: says trouble once, again after an hour, and when it is over."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._kind: str | None = ""
        self._said_at = 0.0

    def trouble(self, kind: str, text: str) -> None:
        if kind == self._kind and self._monotonic() - self._said_at < SAY_AGAIN_SECONDS:
            return
        self._kind, self._said_at = kind, self._monotonic()
        log.warning("%s", text)

    def good(self, text: str) -> None:
        if self._kind is not None:
            log.info("%s", text)
        self._kind = None


class Rarely:
    """Of many kinds of trouble that come and go: each kind at most once an hour."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._said_at: dict[str, float] = {}

    def trouble(self, kind: str, text: str) -> None:
        if self.is_due(kind):
            log.warning("%s", text)

    def is_due(self, kind: str) -> bool:
        """Whether to say this kind now; from then on it counts as said."""
        now = self._monotonic()
        if now - self._said_at.get(kind, -SAY_AGAIN_SECONDS) < SAY_AGAIN_SECONDS:
            return False
        # What was said long ago is forgotten, so that kinds do not pile up.
        self._said_at = {one: at for one, at in self._said_at.items() if now - at < SAY_AGAIN_SECONDS} | {kind: now}
        return True
