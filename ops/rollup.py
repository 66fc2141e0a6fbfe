"""`rollup`: runs the scheduled function's work now, and rolls up days again."""

import argparse
import sys
import time
from datetime import date

from chalicelib.fleet import rollup
from chalicelib.fleet.rollup import DAY, Busy, RollupOutcome
from chalicelib.storage import DynamoStore
from ops.errors import OpsError
from ops.times import utc_day

RUN_SECONDS = 3600.0


def add_to(nouns: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = nouns.add_parser("rollup", help="roll up minutes now instead of waiting for the scheduled function")
    parser.add_argument(
        "--from",
        dest="first",
        type=_day,
        metavar="DAY",
        help="first UTC day to roll up again, for example 2026-01-31",
    )
    parser.add_argument(
        "--to",
        dest="last",
        type=_day,
        metavar="DAY",
        help="last UTC day to roll up again (default: the last complete one)",
    )
    parser.set_defaults(run=roll_up)


def roll_up(store: DynamoStore, options: argparse.Namespace) -> None:
    try:
        done = _again(store, options) if options.first or options.last else _due(store)
    except Busy:
        raise OpsError("another rollup is running; try again in three minutes") from None
    sys.stderr.write(f"{done.servers} servers in {done.periods} periods of 12 hours; ")
    sys.stderr.write(f"removed {done.removed} items of deleted servers\n")


def _due(store: DynamoStore) -> RollupOutcome:
    """Repeats until everything is done, as one run removes a limited number of items of deleted servers."""
    total = RollupOutcome(left=True)
    while total.left:
        total = _sum(total, _run(store))
    return total


def _again(store: DynamoStore, options: argparse.Namespace) -> RollupOutcome:
    kept = rollup.due(None, time.time())
    first = kept[0] if options.first is None else options.first * DAY // rollup.PERIOD
    last = kept[-1] if options.last is None else options.last * DAY // rollup.PERIOD + 1
    if first < kept[0]:
        day = utc_day(-(-kept[0] // 2) * DAY)
        raise OpsError(f"minutes are kept for 8 days; the first day that can be rolled up again is {day}")
    total = RollupOutcome()
    for period in range(first, min(last, kept[-1]) + 1):
        total = _sum(total, _run(store, range(period, period + 1)))
        if total.left:
            day = utc_day(period * rollup.PERIOD)
            raise OpsError(
                f"{day} could not be rolled up within an hour, because the table is too busy; try again later"
            )
    return total


def _run(store: DynamoStore, again: range | None = None) -> RollupOutcome:
    """One run. It locks out other runs for a while from the time that it is given, so this must be the current time."""
    return store.roll_up(time.time(), RUN_SECONDS, again)


def _sum(total: RollupOutcome, done: RollupOutcome) -> RollupOutcome:
    return RollupOutcome(
        total.periods + done.periods, total.servers + done.servers, total.removed + done.removed, done.left
    )


def _day(text: str) -> int:
    """A day as days since 1970."""
    try:
        return date.fromisoformat(text).toordinal() - date(1970, 1, 1).toordinal()
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a day; write it as 2026-01-31") from None
