"""Removes a deleted server's history. IDs are never used again, so nobody can see it before it is removed."""

from itertools import islice

from chalicelib.storage.calls import BATCH_WRITE_ITEMS, Database
from chalicelib.storage.series.items import SeriesItem

ITEMS_A_RUN = 2500
"""With a run every ten minutes, that is about four items a second, which leaves enough of a small capacity to reports.
"""


def remove(database: Database, server_id: int, most: int) -> int:
    """Removes up to `most` items and returns how many there were: fewer than `most` if none is left."""
    items = islice(database.query(SeriesItem, SeriesItem.series == server_id, consistent=False), most)
    removed = 0
    while batch := list(islice(items, BATCH_WRITE_ITEMS)):
        database.batch_delete(SeriesItem, [{"s": item["s"], "p": item["p"]} for item in batch])
        removed += len(batch)
    return removed
