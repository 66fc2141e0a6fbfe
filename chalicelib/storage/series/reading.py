"""Minutes, points and tiers as readers need them: series by monitor, and figures by column."""

from collections.abc import Sequence

from chalicelib.fleet.history import COLUMNS, Steps
from chalicelib.fleet.pings import MINUTE, CountedSeries, Series
from chalicelib.fleet.ranges import Window
from chalicelib.fleet.rollup import DAYS, HOURS, TEN_MINUTES, Delays, milliseconds, text_of
from chalicelib.storage.calls import Database
from chalicelib.storage.series import cells, figure_cells, point_cells, recent, tiers
from chalicelib.storage.series.measures import DELAYS, FIGURES, Measure, Measured

TIERS = {tier.step: tier for tier in (TEN_MINUTES, HOURS, DAYS)}


def series(database: Database, server_id: int, window: Window) -> dict[int, Series]:
    """A server's ping series by monitor ID, ascending. window: in steps of one minute."""
    found = point_cells.columns_of(_minutes(database, server_id, window, cells.POINTS).points, counts=False)
    return {id_: Series(tuple(columns.times), tuple(columns.delays)) for id_, columns in found.items()}


def counted_series(database: Database, server_id: int, window: Window) -> dict[int, CountedSeries]:
    """The same with the numbers of probes, in steps of any length."""
    if window.step != MINUTE:
        return {id_: _series(one) for id_, one in _steps(database, DELAYS, server_id, window).items()}
    found = point_cells.columns_of(_minutes(database, server_id, window, cells.POINTS).points)
    return {
        id_: CountedSeries(tuple(times), tuple(delays), tuple(up), tuple(down))
        for id_, (times, delays, up, down) in found.items()
    }


def history(database: Database, server_id: int, window: Window) -> Steps:
    """A server's figures, in steps of any length."""
    if window.step == MINUTE:
        return Steps(*figure_cells.columns_of(_minutes(database, server_id, window, cells.FIGURES).figures))
    found = _steps(database, FIGURES, server_id, window)
    texts = (text_of(column, values) for column, values in zip(COLUMNS, found.columns, strict=True))
    return Steps(found.times, [",".join(values) for values in texts])


def _minutes(database: Database, server_id: int, window: Window, wanted: Sequence[str]) -> recent.RecentItems:
    return recent.read(database, server_id, window.since, window.until, cells=wanted)


def _steps(database: Database, measure: Measure[Measured], server_id: int, window: Window) -> Measured:
    return tiers.read(database, measure, server_id, window.since, window.until, TIERS[window.step])


def _series(delays: Delays) -> CountedSeries:
    mean, least, most = map(milliseconds, (delays.mean, delays.least, delays.most))
    up, down = (tuple(map(str, counts)) for counts in (delays.up, delays.down))
    return CountedSeries(tuple(delays.times), mean, up, down, least, most)
