"""What readers ask of minutes and points: series by monitor."""

from chalicelib.fleet.pings import CountedSeries, Series
from chalicelib.storage.calls import Database
from chalicelib.storage.series import recent
from chalicelib.storage.series.point_cells import columns_of


def series(database: Database, server_id: int, since: int, until: int) -> dict[int, Series]:
    """By monitor ID, ascending; minutes from `since` to `until`."""
    found = columns_of(recent.read(database, server_id, since, until).points, counts=False)
    return {id_: Series(tuple(columns.times), tuple(columns.delays)) for id_, columns in found.items()}


def counted_series(database: Database, server_id: int, since: int, until: int) -> dict[int, CountedSeries]:
    """The same with the counts of probes."""
    found = columns_of(recent.read(database, server_id, since, until).points)
    return {
        id_: CountedSeries(tuple(times), tuple(delays), tuple(up), tuple(down))
        for id_, (times, delays, up, down) in found.items()
    }
