"""The demo's servers, which report to the dashboard of a test."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from moto.dynamodb.models.dynamo_type import DynamoType

from benchmarks.watched_store import WatchedStore
from chalicelib.storage.series.kinds import FLEET
from local.demo import feed
from tests.support.dashboard import Dashboard
from tests.support.moto_transport import Items

WAIT_SECONDS = 60


@contextmanager
def feeding(store: WatchedStore, count: int) -> Iterator[None]:
    """The demo's servers report within this block; the first one has a past when it ends."""
    stop = threading.Event()
    thread = threading.Thread(target=feed, args=(store, count, stop, 1))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()  # otherwise it could write to the tables during the next test


def history_of(items: Items) -> Items:
    """The part of what was stored that belongs to single servers."""
    series = items["series"].copy()
    del series[DynamoType({"N": str(FLEET)})]
    return {"series": series}


def wait_for_reports(dashboard: Dashboard) -> None:
    end = time.monotonic() + WAIT_SECONDS
    while not any(one["online"] for one in dashboard.get("/api/summary").result["servers"]):
        assert time.monotonic() < end
        time.sleep(0.1)
