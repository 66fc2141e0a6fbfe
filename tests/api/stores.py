import itertools

from benchmarks.watched_store import MovableClock, WatchedStore

_numbers = itertools.count()


def with_own_tables(store: WatchedStore) -> WatchedStore:
    """A store with tables of its own in the same DynamoDB."""
    own = store.another(prefix=f"api{next(_numbers)}-", clock=MovableClock())
    own.create_tables()
    return own
