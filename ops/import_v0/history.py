"""Imports the ping history: recent minutes as minutes, older ones as ten-minutes, hours and days."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from chalicelib.fleet import limits, rollup
from chalicelib.fleet.history import Recorded
from chalicelib.fleet.pings import MINUTE, Point, point
from chalicelib.fleet.ranges import Window
from chalicelib.fleet.rollup import DAY, DAYS, HOURS, PERIOD, Busy
from ops.import_v0.old_rows import OldRows
from ops.import_v0.report import LeftOut
from ops.import_v0.run import Run
from ops.import_v0.source import Row
from ops.import_v0.values import Odd, number_of, seconds_of, whole_of
from ops.progress import ProgressBar

COLUMNS = ("id", "created_at", "server_id", "monitor_id", "avg_delay")

ROLLUP_SECONDS = 3600.0
BUSY_ATTEMPTS, BUSY_PAUSE_SECONDS = 20, 15


@dataclass
class Pings:
    """One server's rows. minutes: delays in milliseconds by monitor and minute. old: rows too old for minutes, by
    monitor.
    """

    minutes: dict[tuple[int, int], list[float]] = field(default_factory=dict)
    old: dict[int, OldRows] = field(default_factory=dict)


def import_history(run: Run) -> None:
    """Imports all rows of pings. Rows of one minute become one point.

    A row of the original is the mean of several results, in which a failed one counts as 0 ms. Each row is imported as
    one probe, which failed if the mean is 0.
    """
    by_server = _read(run)
    progress = ProgressBar("importing pings", len(by_server))
    first = int(run.now)
    for done, (server_id, pings) in enumerate(sorted(by_server.items())):
        progress.show(done)
        _import_old(run, server_id, pings.old)
        first = min(first, _import_minutes(run, server_id, pings))
    progress.end()
    if run.write:
        _roll_up(run, first)


def _import_old(run: Run, server_id: int, old: Mapping[int, OldRows]) -> None:
    """Imports rows that are older than minutes are kept. Hours that already have points are not changed."""
    if not old:
        return
    known = run.store.backfill.delay_hours(server_id)
    monitors = {}
    for id_, rows in sorted(old.items()):
        here = known.get(id_, set())
        monitors[id_] = rollup.delays_without(rows.delays(), HOURS.step, here)
        already = sum(count for hour, count in rows.hours().items() if hour in here)
        run.report.count("ping points", new=True, number=sum(rows.hours().values()) - already)
        run.report.count("ping points", new=False, number=already)
    new = {id_: delays for id_, delays in monitors.items() if delays.times}
    if new and run.write:
        run.store.backfill.add_delays(server_id, new, run.now)


def _import_minutes(run: Run, server_id: int, pings: Pings) -> int:
    """Imports recent rows. Returns the start of the first new minute, or the time now if there is none."""
    here = run.store.series(server_id, Window(_minutes_since(run), int(run.now), MINUTE))
    known = {(monitor_id, at) for monitor_id, series in here.items() for at in series.minutes}
    new = [_point(*key, delays) for key, delays in pings.minutes.items() if key not in known]
    if new and run.write:
        for error in run.store.write_history({server_id: Recorded(points=new)}, run.now).values():
            raise error
    run.report.count("ping points", new=True, number=len(new))
    run.report.count("ping points", new=False, number=len(pings.minutes) - len(new))
    return min((one.at for one in new), default=int(run.now))


def _roll_up(run: Run, first: int) -> None:
    """Rolls up the periods since `first`, so that reads do not have to aggregate their minutes."""
    periods = range(first // PERIOD, rollup.last_finished(run.now) + 1)
    for _ in range(BUSY_ATTEMPTS if periods else 0):
        try:
            run.store.roll_up(run.later(), ROLLUP_SECONDS, again=periods)
        except Busy:
            time.sleep(BUSY_PAUSE_SECONDS)
        else:
            return


def _read(run: Run) -> Mapping[int, Pings]:
    """Every server's rows; reports those that are left out, by reason."""
    left_out = LeftOut("ping rows")
    by_server = {server_id: Pings() for server_id in run.servers}
    since = _minutes_since(run)
    progress = ProgressBar("reading pings", run.source.count("monitor_histories"))
    for number, row in enumerate(run.source.rows("monitor_histories", COLUMNS)):
        progress.show(number)
        try:
            server_id, monitor_id, at, delay = _ping(run, row)
        except Odd as odd:
            left_out.add(str(odd), row.get("id"))
            continue
        if at < since:
            by_server[server_id].old.setdefault(monitor_id, OldRows()).add(at, min(delay, limits.DELAY_MOST))
        else:
            by_server[server_id].minutes.setdefault((monitor_id, at - at % MINUTE), []).append(delay)
    progress.end()
    run.report.not_taken += left_out.lines()
    return by_server


def _ping(run: Run, row: Row) -> tuple[int, int, int, float]:
    """Server, monitor, Unix seconds and ms of a row. Raises Odd, with the reason, for one that is not imported."""
    at = seconds_of(row.get("created_at"))
    if at < run.now - DAYS.kept:
        raise Odd("older than 5 years")
    if at > run.now:
        raise Odd("in the future")
    server_id, monitor_id = whole_of(row.get("server_id")), whole_of(row.get("monitor_id"))
    if not server_id:
        raise Odd("not of a single server")
    if server_id not in run.servers:
        raise Odd("of a server that is not imported")
    if monitor_id is None or monitor_id not in run.monitors:
        raise Odd("of a monitor that is not imported")
    delay = row.get("avg_delay")
    milliseconds = 0.0 if delay is None else number_of(delay)
    if milliseconds is None:
        raise Odd("its delay is not a number")
    return server_id, monitor_id, at, max(milliseconds, 0.0)


def _minutes_since(run: Run) -> int:
    """The start of the first day of which all minutes are still kept. Older rollups are never computed from minutes
    again.
    """
    return -(-rollup.due(None, run.now)[0] // 2) * DAY


def _point(monitor_id: int, at: int, delays: list[float]) -> Point:
    succeeded = [min(delay, limits.DELAY_MOST) for delay in delays if delay > 0]
    mean = sum(succeeded) / len(succeeded) if succeeded else 0.0
    return point(monitor_id, at, mean, len(succeeded), len(delays) - len(succeeded))
