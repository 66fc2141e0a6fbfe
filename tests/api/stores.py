"""Stores for route tests, each with tables of its own."""

import itertools

from benchmarks.watched_store import MovableClock, WatchedStore
from tests.support.moto_transport import MotoTransport, create_tables

_numbers = itertools.count()


def with_own_tables(store: WatchedStore) -> WatchedStore:
    """A store with tables of its own in the same DynamoDB."""
    own = store.another(prefix=f"api{next(_numbers)}-", clock=MovableClock())
    if isinstance(store.transport, MotoTransport):
        create_tables(own)
    else:
        own.create_tables()
    return own
