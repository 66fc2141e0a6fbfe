"""Logging of problems: one line when something changes, and again every hour while it lasts."""

from __future__ import annotations

import logging
from collections.abc import Callable

log = logging.getLogger("agent")

LOG_AGAIN_SECONDS = 3600
"""How often trouble that lasts is logged again."""


class Notices:
    """For one matter that is either good or in trouble.

    Logs trouble once, again after an hour, and when it is over.
    """

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._kind: str | None = ""
        self._logged_at = 0.0

    def trouble(self, kind: str, text: str) -> None:
        """kind: the same for the same cause."""
        if kind == self._kind and self._monotonic() - self._logged_at < LOG_AGAIN_SECONDS:
            return
        self._kind, self._logged_at = kind, self._monotonic()
        log.warning("%s", text)

    def good(self, text: str) -> None:
        if self._kind is not None:
            log.info("%s", text)
        self._kind = None


class Rarely:
    """For many kinds of trouble that come and go: logs each kind at most once an hour."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._logged_at: dict[str, float] = {}

    def trouble(self, kind: str, text: str) -> None:
        if self.is_due(kind):
            log.warning("%s", text)

    def is_due(self, kind: str) -> bool:
        """Whether to log this kind now. If so, it counts as logged from then on."""
        now = self._monotonic()
        if now - self._logged_at.get(kind, -LOG_AGAIN_SECONDS) < LOG_AGAIN_SECONDS:
            return False
        # Old kinds are forgotten, so that they do not pile up.
        recent = {one: at for one, at in self._logged_at.items() if now - at < LOG_AGAIN_SECONDS}
        self._logged_at = {**recent, kind: now}
        return True
