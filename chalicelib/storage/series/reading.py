"""What readers ask of minutes and points: series by monitor, and figures by column."""

from chalicelib.fleet.history import Steps
from chalicelib.fleet.pings import CountedSeries, Series
from chalicelib.fleet.ranges import Window
from chalicelib.storage.calls import Database
from chalicelib.storage.series import figure_cells, point_cells, recent


def series(database: Database, server_id: int, window: Window) -> dict[int, Series]:
    """By monitor ID, ascending."""
    found = point_cells.columns_of(_minutes(database, server_id, window).points, counts=False)
    return {id_: Series(tuple(columns.times), tuple(columns.delays)) for id_, columns in found.items()}


def counted_series(database: Database, server_id: int, window: Window) -> dict[int, CountedSeries]:
    """The same with the counts of probes."""
    found = point_cells.columns_of(_minutes(database, server_id, window).points)
    return {
        id_: CountedSeries(tuple(times), tuple(delays), tuple(up), tuple(down))
        for id_, (times, delays, up, down) in found.items()
    }


def history(database: Database, server_id: int, window: Window) -> Steps:
    """The figures of all minutes."""
    return Steps(*figure_cells.columns_of(_minutes(database, server_id, window).figures))


def _minutes(database: Database, server_id: int, window: Window) -> recent.Recent:
    return recent.read(database, server_id, window.since, window.until)
