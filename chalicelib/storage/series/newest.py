"""The newest points of many servers, read by key, for alert rules and the status of monitors."""

from collections.abc import Collection

from chalicelib.fleet.alerts.glance import Pinged
from chalicelib.fleet.pings import MINUTE
from chalicelib.storage.calls import Database
from chalicelib.storage.items import Item, binary, number
from chalicelib.storage.packing import unpack
from chalicelib.storage.series import point_cells
from chalicelib.storage.series.cells import CELL, POINTS, Cell
from chalicelib.storage.series.items import SeriesItem
from chalicelib.storage.series.kinds import SPAN


def pinged(database: Database, server_ids: Collection[int], since: int, until: int) -> dict[int, dict[int, Pinged]]:
    """Latency and loss from the points of a time span, by server ID and monitor ID. since, until: Unix seconds; `until`
    is not included."""
    places = range(since // SPAN, (until - MINUTE) // SPAN + 1)
    keys: list[Item] = [{"s": number(id_), "p": number(place)} for id_ in server_ids for place in places]
    cells: dict[int, list[Cell]] = {}
    for item in database.batch_get(SeriesItem, keys, consistent=False):
        cells.setdefault(int(item["s"]["N"]), []).extend(_cells(item, since, until))
    return {id_: _pinged(sorted(found), since, until) for id_, found in cells.items()}


def _cells(item: Item, since: int, until: int) -> list[Cell]:
    first = int(item["p"]["N"]) * SPAN
    starts = {name: first + place * CELL for place, name in enumerate(POINTS)}
    return [
        Cell(start, unpack(binary(item[name])))
        for name, start in starts.items()
        if name in item and since - CELL < start < until
    ]


def _pinged(cells: list[Cell], since: int, until: int) -> dict[int, Pinged]:
    found = {}
    for id_, columns in point_cells.columns_of(cells).items():
        up = down = 0
        waited = 0.0
        for at, delay, good, bad in zip(*columns, strict=True):
            if since <= at < until:
                up += int(good)
                down += int(bad)
                waited += float(delay) * int(good)
        if up + down:
            found[id_] = Pinged(waited / up if up else None, 100 * down / (up + down))
    return found
