import itertools

from chalicelib.config import Config
from chalicelib.storage import DynamoStore

_numbers = itertools.count()


def with_own_tables(store: DynamoStore) -> DynamoStore:
    """A store with tables of its own over another's connection: making a connection takes long."""
    own = DynamoStore(Config(f"api{next(_numbers)}-", "us-east-1"))
    own._database._connection = store._database._connection
    own.create_tables()
    return own
