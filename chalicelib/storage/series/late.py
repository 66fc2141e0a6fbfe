"""Late marks: which periods got minutes or points after they may have been rolled up.

One item of each server counts, by period, the writes that came so late. A rollup reads the count first, then the
minutes, and stores the count with what it rolled up. If a period's count is higher than that, the period has to be
rolled up again, and until then readers read its minutes. Nobody deletes a mark; the item expires.
"""

from collections.abc import Collection, Mapping

from pynamodb.expressions.operand import Path

from chalicelib.fleet.limits import MINUTES_KEPT_SECONDS
from chalicelib.storage.calls import Database
from chalicelib.storage.items import Item, number
from chalicelib.storage.series.items import SeriesItem
from chalicelib.storage.series.kinds import LATE, PERIOD

ON_TIME_SECONDS = 600
"""How long after its end a period still gets minutes that need no mark. No rollup may read the period earlier."""

KEPT_SECONDS = MINUTES_KEPT_SECONDS
"""How long marks are kept: as long as the minutes that they are about, so that a late rollup still finds them."""


def period_of(at: int) -> int:
    """The number of the period that a second belongs to."""
    return at // PERIOD


def is_late(at: int, now: float) -> bool:
    """Whether the period of a second may have been rolled up by now."""
    return now > (period_of(at) + 1) * PERIOD + ON_TIME_SECONDS


def mark(database: Database, server_id: int, periods: Collection[int], now: float) -> None:
    """Adds 1 to the mark of each period.

    Must be called after the minutes were written and before the sender is told so, even if all of them were already
    stored: the process that stored them may have died before it marked them.
    """
    key: Item = {"s": number(server_id), "p": number(LATE)}
    counters = [Path(str(period)) for period in sorted(periods)]
    actions = [counter.set((counter | 0) + 1) for counter in counters]
    database.update(SeriesItem, key, [*actions, SeriesItem.expires.set(int(now) + KEPT_SECONDS)])


def marks_in(item: Item) -> Mapping[int, int]:
    """The marks in the item at LATE, by period."""
    return {int(name): int(value["N"]) for name, value in item.items() if name.isdigit()}
