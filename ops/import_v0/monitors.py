"""Imports monitors, with the servers that probe them."""

import json
from collections.abc import Mapping

from chalicelib.fleet import limits, monitors
from chalicelib.fleet.errors import InvalidInput
from chalicelib.fleet.monitors import DEFAULT_INTERVAL, Cover, Monitor, Type
from ops.import_v0.run import Run, id_of
from ops.import_v0.source import Row
from ops.import_v0.values import Odd, text_of, whole_of

TYPES: Mapping[int | None, Type] = {1: "http", 2: "icmp", 3: "tcp"}
COVERS: Mapping[int | None, Cover] = {0: "all", 1: "only"}


def import_monitors(run: Run) -> None:
    here = dict(run.store.view().monitors)
    run.monitor_count = len(here)
    found: dict[int, Monitor] = {}
    for row in run.source.rows("monitors"):
        try:
            monitor = _monitor(run, row)
        except Odd as odd:
            run.leave("monitor", row, str(odd))
            continue
        known = here.get(monitor.id)
        if known is not None and (known.type, known.target) != (monitor.type, monitor.target):
            run.leave("monitor", row, "its ID belongs to another monitor here")
            continue
        if known is None and run.monitor_count >= limits.MONITORS:
            run.leave("monitor", row, f"the limit of {limits.MONITORS} monitors is reached")
            continue
        if known is None:
            run.monitor_count += 1
            here[monitor.id] = monitor
            if run.write:
                monitors.adopt(run.store, monitor)
        run.report.count("monitors", new=known is None)
        found[monitor.id] = monitor
    run.monitors = found


def _monitor(run: Run, row: Row) -> Monitor:
    """Raises Odd for a monitor that cannot be imported."""
    id_, type_ = id_of(row), TYPES.get(whole_of(row.get("type")))
    if type_ is None:
        raise Odd("its type is not supported")
    least, most = limits.MONITOR_INTERVAL_LEAST, limits.MONITOR_INTERVAL_MOST
    monitor = Monitor(
        id=id_,
        name=run.text("monitor", row, "name", limits.NAME_LENGTH, otherwise=f"Monitor {id_}"),
        type=type_,
        target=text_of(row.get("target")).strip(),
        interval=_interval(run, row, least, most),
        cover=_cover(run, row),
        servers=_servers(run, row).intersection(run.servers),
    )
    try:
        monitors.check(monitor, run.servers)
    except InvalidInput as error:
        raise Odd(error.message) from None
    return monitor


def _interval(run: Run, row: Row, least: int, most: int) -> int:
    """Seconds. In the original, 0 stands for its default."""
    value = row.get("duration")
    named = {"id": row.get("id"), "interval": None if whole_of(value) == 0 else value}
    return run.number("monitor", named, "interval", DEFAULT_INTERVAL, least, most, unit=" s")


def _cover(run: Run, row: Row) -> Cover:
    cover = COVERS.get(whole_of(row.get("cover") or 0))
    if cover is None:
        run.leave("monitor", row, f"its cover of {text_of(row.get('cover'))[:40]}; all servers probe it now")
    return cover or "all"


def _servers(run: Run, row: Row) -> frozenset[int]:
    """The servers that a monitor names. The original stores them as a JSON list in a string."""
    try:
        ids = json.loads(text_of(row.get("skip_servers_raw")) or "[]") or []
        return frozenset(int(id_) for id_ in ids)
    except (TypeError, ValueError, OverflowError, RecursionError):
        run.leave("monitor", row, "its list of servers, which cannot be read")
        return frozenset()
