"""Counts the availability of monitors on a day that is not over yet, from points that are stored already."""

from collections.abc import Collection
from functools import partial

from chalicelib.fleet.rollup import DAY
from chalicelib.storage.calls import Database
from chalicelib.storage.parallel import in_parallel
from chalicelib.storage.series import finished_days, recent
from chalicelib.storage.series.cells import POINTS
from chalicelib.storage.series.measures import DELAYS


def count(database: Database, server_ids: Collection[int], since: int, until: int) -> None:
    """Implements Store.count_probed. since, until: Unix seconds of the same UTC day."""
    found = in_parallel([partial(recent.read, database, id_, since, until, cells=POINTS) for id_ in server_ids])
    finished_days.add_points(database, since // DAY, [DELAYS.minutes(one) for one in found])
