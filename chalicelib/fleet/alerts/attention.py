"""Attention: since when rules have been evaluated without a pause. Nothing is known about what happened in a pause.

A process remembers its own last evaluation. Another process can continue from there only if a pulse is stored. A pulse
is written only while something is undecided, for example while a server is silent but not yet for long enough. While
nothing is undecided, a pause makes no difference.
"""

from dataclasses import dataclass
from typing import Protocol

PAUSE_INTERVALS = 3
"""A pause is longer than this many intervals between two evaluations."""


@dataclass(frozen=True, slots=True)
class Pulse:
    """seen: when rules were evaluated last. resumed: since when without a pause. Both in Unix seconds."""

    seen: int
    resumed: int


class Pulses(Protocol):
    """The methods of `AlertStore` that Attention needs."""

    def pulse(self) -> Pulse | None: ...

    def write_pulse(self, pulse: Pulse) -> None: ...


class Attention:
    """every: seconds between two evaluations. continues: whether a new process continues from another one's pulse."""

    def __init__(self, store: Pulses, every: int, *, continues: bool) -> None:
        self._store = store
        self._every = every
        self._continues = continues
        self._pulse: Pulse | None = None
        self._written = 0

    def resumed(self, now: int) -> int:
        """Notes an evaluation at `now`. Returns since when there has been no pause. Both are in Unix seconds."""
        pulse = self._pulse
        if not self._goes_on(pulse, now):
            pulse = self._store.pulse() if self._continues else None
        resumed = pulse.resumed if pulse and self._goes_on(pulse, now) else now
        self._pulse = Pulse(now, resumed)
        return resumed

    def _goes_on(self, pulse: Pulse | None, now: int) -> bool:
        return pulse is not None and 0 <= now - pulse.seen <= PAUSE_INTERVALS * self._every

    def keep(self) -> None:
        """Stores the pulse of the last evaluation, unless the stored one is recent enough until the next evaluation."""
        if self._continues and self._pulse and self._pulse.seen >= self._written + self._every * 3 // 2:
            self._store.write_pulse(self._pulse)
            self._written = self._pulse.seen
