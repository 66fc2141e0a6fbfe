"""Rows that are too old to be kept as minutes. They are aggregated to ten-minutes while they are read, as there may be
millions.
"""

from array import array
from dataclasses import dataclass, field

from chalicelib.fleet.pings import MINUTE
from chalicelib.fleet.rollup import TEN_MINUTES, Delays, rolled_delays

STEP = TEN_MINUTES.step


@dataclass
class OldRows:
    """The rows of one monitor and server. Rows are added in the order of time, with few exceptions."""

    _minute: int = -1
    _sums: list[float] = field(default_factory=lambda: [0.0, 0, 0])
    """Of that minute: the sum of delays in microseconds, and how many rows succeeded and failed."""
    _minutes: list[tuple[int, int, int, int]] = field(default_factory=list)
    """Time, mean, up and down of the other minutes of the same step."""
    _steps: tuple["array[int]", ...] = field(default_factory=lambda: tuple(array("q") for _ in Delays._fields))
    _counts: dict[int, int] = field(default_factory=dict)
    """How many minutes each hour has."""

    def add(self, at: int, milliseconds: float) -> None:
        """milliseconds: 0 for a row that failed."""
        if at // MINUTE != self._minute:
            self._end_minute()
            if self._minutes and self._minutes[0][0] // STEP != at // STEP:
                self._end_step()
            self._minute = at // MINUTE
        self._sums[0] += 1000 * milliseconds
        self._sums[1 if milliseconds else 2] += 1

    def hours(self) -> dict[int, int]:
        """The number of minutes of each hour, by its start."""
        self._end_minute()
        return self._counts

    def delays(self) -> Delays:
        """All rows as ten-minutes."""
        self._end_minute()
        self._end_step()
        rows = sorted(zip(*self._steps, strict=True))
        return rolled_delays(Delays(*map(list, zip(*rows, strict=True))), STEP)

    def _end_minute(self) -> None:
        if self._minute >= 0:
            micros, up, down = self._sums
            at = self._minute * MINUTE
            self._minutes.append((at, round(micros / up) if up else 0, int(up), int(down)))
            self._counts[at - at % 3600] = self._counts.get(at - at % 3600, 0) + 1
            self._minute, self._sums = -1, [0.0, 0, 0]

    def _end_step(self) -> None:
        if self._minutes:
            times, mean, up, down = zip(*sorted(self._minutes), strict=True)
            step = rolled_delays(Delays(times, mean, mean, mean, up, down), STEP)
            for column, values in zip(self._steps, step, strict=True):
                column.extend(values)
            self._minutes.clear()
