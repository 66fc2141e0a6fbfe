"""`import-v0 dashboard.sqlite`: imports the data of an original v0 dashboard.

Servers keep their IDs, secrets, names, tags, notes, order and visibility. API tokens stay valid. Monitors keep their
servers, and all ping history is imported and rolled up. Traffic cycles continue with what the original counted.
Notifications become channels, and alert rules are imported with notes on what each means here. Existing data is never
changed, so a second run imports nothing twice.
"""

import argparse
import sqlite3
import sys
import time
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from chalicelib.fleet import limits
from chalicelib.storage import DynamoStore
from ops.import_v0.channels import import_channels
from ops.import_v0.history import import_history
from ops.import_v0.monitor_rules import import_monitor_rules
from ops.import_v0.monitors import import_monitors
from ops.import_v0.report import ImportReport
from ops.import_v0.rules import import_rules
from ops.import_v0.run import Run
from ops.import_v0.servers import import_servers
from ops.import_v0.source import Source, open_database
from ops.import_v0.tokens import import_tokens
from ops.import_v0.transfers import import_transfers
from ops.output import show_one

__all__ = ["Import", "ImportReport", "add_to", "open_database"]

LEFT_BEHIND: Mapping[str, str] = {
    "users": "users (sign in with this dashboard's password)",
    "crons": "scheduled tasks (this dashboard cannot run commands)",
    "ddns": "DDNS profiles",
    "nats": "NAT profiles",
}


def add_to(nouns: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = nouns.add_parser("import-v0", help="import data from an original v0 dashboard")
    parser.add_argument(
        "file", type=Path, help="the original's dashboard.sqlite; stop that dashboard first, or use a copy"
    )
    parser.add_argument(
        "--write", action="store_true", help="import the data (default: only print what would be imported)"
    )
    parser.add_argument("--json", action="store_true")
    parser.set_defaults(run=import_v0)


def import_v0(store: DynamoStore, options: argparse.Namespace) -> None:
    with closing(open_database(options.file)) as database:
        done = Import(store, database, time.time(), write=options.write)
        report = done.run()
    result = report.as_dict() if options.write else report.as_dict() | {"afterwards": done.afterwards()}
    lines = [*report.lines(), *(f"{what} afterwards: {text}" for what, text in done.afterwards().items())]
    show_one(result, as_json=options.json, plain="\n".join(lines))
    if not options.write and not options.json:
        sys.stderr.write("This was a dry run, nothing was written. To import, add: --write\n")


class Import:
    """One run. Without `write`, everything is checked and counted in the same way, and nothing changes."""

    def __init__(self, store: DynamoStore, database: sqlite3.Connection, now: float, *, write: bool) -> None:
        """Raises OpsError if this is not a v0 dashboard's database or cannot be read."""
        self._run = Run(store, Source(database), now, write)

    def run(self) -> ImportReport:
        """Imports everything, or checks and counts it. Raises OpsError if the database cannot be read."""
        run = self._run
        if run.write:
            highest = {table: run.source.highest_id(table) for table in ("servers", "monitors")}
            run.store.keep_ids(servers=highest["servers"], monitors=highest["monitors"])
            run.store.alerts.keep_ids(
                rules=run.source.highest_id("alert_rules"), channels=run.source.highest_id("notifications")
            )
        import_servers(run)
        import_tokens(run)
        import_monitors(run)
        import_transfers(run)
        import_history(run)
        import_channels(run)
        import_rules(run)
        import_monitor_rules(run)
        for table, words in LEFT_BEHIND.items():
            if count := run.source.count(table):
                run.report.not_taken.append(f"{count:,} {words}")
        return run.report

    def afterwards(self) -> dict[str, str]:
        """How full the dashboard is after the import, for what is limited."""
        counts = {
            "servers": (self._run.server_count, limits.SERVERS),
            "monitors": (self._run.monitor_count, limits.MONITORS),
        }
        return {what: f"{count:,} of the limit of {most:,}" for what, (count, most) in counts.items()}
