"""The ping history of the last 24 hours."""

from collections.abc import Mapping

from chalicelib.fleet import limits
from chalicelib.fleet.history import Recorded
from chalicelib.fleet.pings import MINUTE, Point, point
from chalicelib.fleet.ranges import Window, window
from ops.import_v0.report import LeftOut
from ops.import_v0.run import Run
from ops.import_v0.source import Row
from ops.import_v0.values import Odd, number_of, seconds_of, whole_of
from ops.progress import Progress

COLUMNS = ("id", "created_at", "server_id", "monitor_id", "avg_delay")

Minutes = dict[tuple[int, int], list[float]]
"""The delays of one server's rows, by monitor and minute."""


def import_history(run: Run) -> None:
    """Rows of one minute become one point.

    A row is the mean of some results in which a failed one counts as 0 ms. It is imported as one probe: one that failed
    if its mean is 0.
    """
    by_server = _read(run)
    progress = Progress("importing pings", len(by_server))
    for done, (server_id, minutes) in enumerate(sorted(by_server.items())):
        progress.show(done)
        _import(run, server_id, minutes)
    progress.end()


def _import(run: Run, server_id: int, minutes: Minutes) -> None:
    here = run.store.series(server_id, _window(run))
    known = {(monitor_id, at) for monitor_id, series in here.items() for at in series.minutes}
    new = [_point(*key, delays) for key, delays in minutes.items() if key not in known]
    if new and run.write:
        for error in run.store.write_history({server_id: Recorded(points=new)}, run.now).values():
            raise error
    run.report.count("ping points", new=True, number=len(new))
    run.report.count("ping points", new=False, number=len(minutes) - len(new))


def _read(run: Run) -> Mapping[int, Minutes]:
    """Every server's minutes; reports the rows that are left out, by reason."""
    left_out = LeftOut("ping rows")
    by_server: dict[int, Minutes] = {server_id: {} for server_id in run.servers}
    progress = Progress("reading pings", run.source.count("monitor_histories"))
    for number, row in enumerate(run.source.rows("monitor_histories", COLUMNS)):
        progress.show(number)
        try:
            server_id, monitor_id, at, delay = _ping(run, row)
        except Odd as odd:
            left_out.add(str(odd), row.get("id"))
            continue
        by_server[server_id].setdefault((monitor_id, at - at % MINUTE), []).append(delay)
    progress.end()
    run.report.not_taken += left_out.lines()
    return by_server


def _ping(run: Run, row: Row) -> tuple[int, int, int, float]:
    """Server, monitor, Unix seconds and ms of a row. Raises Odd, with the reason, for one that is not imported."""
    at = seconds_of(row.get("created_at"))
    if at < _since(run):
        raise Odd("older than 24 hours")
    if at > run.now:
        raise Odd("in the future")
    server_id, monitor_id = whole_of(row.get("server_id")), whole_of(row.get("monitor_id"))
    if not server_id:
        raise Odd("of no single server")
    if server_id not in run.servers:
        raise Odd("of a server that is not imported")
    if monitor_id is None or monitor_id not in run.monitors:
        raise Odd("of a monitor that is not imported")
    delay = row.get("avg_delay")
    milliseconds = 0.0 if delay is None else number_of(delay)
    if milliseconds is None:
        raise Odd("its delay is not a number")
    return server_id, monitor_id, at, max(milliseconds, 0.0)


def _window(run: Run) -> Window:
    return window("24h", run.now)


def _since(run: Run) -> int:
    """24 hours ago, with the whole minute of it."""
    return _window(run).since


def _point(monitor_id: int, at: int, delays: list[float]) -> Point:
    succeeded = [min(delay, limits.DELAY_MOST) for delay in delays if delay > 0]
    mean = sum(succeeded) / len(succeeded) if succeeded else 0.0
    return point(monitor_id, at, mean, len(succeeded), len(delays) - len(succeeded))
