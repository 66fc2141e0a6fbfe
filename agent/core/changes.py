"""Finds servers whose probes began to fail or recovered. This is reported immediately, but at most once a minute."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from agent.core.limits import MINUTE


class Changes:
    """Each probe is identified by its source and its monitor's ID."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._works: dict[tuple[int, int], bool] = {}
        self._changed: dict[int, None] = {}
        self._told: dict[int, float] = {}

    def saw(self, source: int, monitor_id: int, *, works: bool) -> None:
        """A probe had a result. The first result of a monitor is not a change."""
        if self._works.get((source, monitor_id), works) is not works:
            self._changed[source] = None
        self._works[source, monitor_id] = works

    def forget(self, source: int, monitor_ids: Iterable[int]) -> None:
        """This source no longer probes these monitors."""
        for monitor_id in monitor_ids:
            self._works.pop((source, monitor_id), None)

    def due(self) -> list[int]:
        """The sources to report now, each at most once a minute. They count as reported from then on."""
        now = self._monotonic()
        self._told = {source: at for source, at in self._told.items() if now - at < MINUTE}
        due = [source for source in self._changed if source not in self._told]
        for source in due:
            del self._changed[source]
            self._told[source] = now
        return due
