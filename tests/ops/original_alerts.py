"""An original dashboard with notifications, alert rules and notifying monitors, for tests of its import."""

from contextlib import closing
from pathlib import Path

from chalicelib.storage import DynamoStore
from ops.import_v0 import Import, ImportReport, open_database

ORIGINAL = Path(__file__).parents[1] / "golden" / "alerts.sqlite"
NOW = 1_796_000_000


def run(store: DynamoStore, original: Path = ORIGINAL, *, write: bool = True) -> ImportReport:
    with closing(open_database(original)) as database:
        return Import(store, database, NOW, write=write).run()
