"""Imports the hourly traffic that the original counted, so that traffic cycles continue with it."""

from collections import defaultdict

from chalicelib.fleet.limits import UINT64
from chalicelib.fleet.traffic import HOUR, Moved
from ops.import_v0.report import LeftOut
from ops.import_v0.run import Run
from ops.import_v0.source import Row
from ops.import_v0.values import Odd, seconds_of, whole_of

WRITTEN_AFTER_SECONDS = 60
"""The original writes an hour's row a moment after the hour has ended."""

DAYS = 400
"""Days that are imported. The longest cycle is a year."""


def import_transfers(run: Run) -> None:
    hours = _read(run)
    reached = run.store.traffic.reached().carried
    known = None if reached is None else run.store.traffic.carried(reached)
    new = 0
    for id_, by_hour in sorted(hours.items()):
        total = sum(one for one, _ in by_hour.values()), sum(other for _, other in by_hour.values())
        here = known is not None and id_ in known.servers and known.servers[id_].total == total
        run.report.count("hours of traffic", new=not here, number=len(by_hour))
        new += not here
    if run.write and new:
        run.store.traffic.carry(hours)


def _read(run: Run) -> dict[int, dict[int, Moved]]:
    """The bytes moved by server, and by hours since 1970."""
    found: dict[int, dict[int, Moved]] = defaultdict(dict)
    left = LeftOut("rows of traffic")
    for row in run.source.rows("transfers"):
        try:
            id_, hour, moved = _row(run, row)
        except Odd as odd:
            left.add(str(odd), row.get("id"))
            continue
        before = found[id_].get(hour, (0, 0))
        found[id_][hour] = before[0] + moved[0], before[1] + moved[1]
    run.report.not_taken += left.lines()
    return found


def _row(run: Run, row: Row) -> tuple[int, int, Moved]:
    """Raises Odd."""
    id_ = whole_of(row.get("server_id"))
    if id_ not in run.servers:
        raise Odd("their server is not here")
    hour = _hour(row)
    if not run.now - DAYS * 24 * HOUR < hour * HOUR < run.now:
        raise Odd(f"they are older than {DAYS} days, or in the future")
    received, sent = (whole_of(row.get(name)) for name in ("in", "out"))
    if received is None or sent is None or not (0 <= received <= UINT64 and 0 <= sent <= UINT64):
        raise Odd("their bytes cannot be read")
    return id_, hour, (received, sent)


def _hour(row: Row) -> int:
    """The hour of the traffic, in hours since 1970. `created_at` is the start of the hour in which the row was written,
    `updated_at` the moment at which it was written. Raises Odd.
    """
    written = row.get("updated_at")
    return (seconds_of(row.get("created_at") if written in (None, "") else written) - WRITTEN_AFTER_SECONDS) // HOUR
