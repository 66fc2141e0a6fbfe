"""`import-v0 dashboard.sqlite`: brings an original v0 dashboard's data over.

Servers keep their ids, secrets, names, tags, notes, order and hiding; API tokens stay valid; ICMP and TCP monitors come
with their servers, and the last 24 hours of ping history. What is here already is left as it is, so that a second run
takes nothing twice.
"""

import argparse
import json
import sqlite3
import sys
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, cast

from chalicelib.fleet import limits
from chalicelib.fleet.errors import InvalidInput
from chalicelib.fleet.monitors import Cover, Monitor, Type, check
from chalicelib.fleet.pings import MINUTE, Point, point
from chalicelib.fleet.servers import Server
from chalicelib.fleet.tokens import ALL_SCOPES, hash_of, new_token
from chalicelib.storage import DynamoStore
from ops.errors import OpsError
from ops.output import show_one

TYPES: Mapping[int, Type] = {2: "icmp", 3: "tcp"}
COVERS: Mapping[int, Cover] = {0: "all", 1: "only"}
USUAL_INTERVAL = 30

TEXT_LENGTH = 16_384
"""The original limits no text; what is longer than this is cut."""

LEFT_BEHIND = {
    "users": "users (sign in with the password of this dashboard)",
    "alert_rules": "alert rules",
    "notifications": "notifications",
    "crons": "scheduled tasks (there is no remote command channel here)",
    "ddns": "DDNS profiles",
    "nats": "NAT profiles",
    "transfers": "monthly traffic rows",
}


def add_to(nouns: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = nouns.add_parser("import-v0", help="bring an original v0 dashboard's data over")
    parser.add_argument("file", type=Path, help="its dashboard.sqlite; stop it first, or copy the file")
    parser.add_argument("--write", action="store_true", help="really do it; without this it only says what it would do")
    parser.add_argument("--json", action="store_true")
    parser.set_defaults(run=import_v0)


def import_v0(store: DynamoStore, options: argparse.Namespace) -> None:
    with closing(open_database(options.file)) as database:
        report = Import(store, database, time.time(), write=options.write).run()
    show_one(report.as_dict(), as_json=options.json, plain="\n".join(report.lines()))
    if not options.write and not options.json:
        sys.stderr.write("This was a dry run, nothing was written. Do it with: --write\n")


@dataclass
class Report:
    """taken, already: how many of each kind came over or were here before. not_taken: a line for each, with why."""

    taken: dict[str, int] = field(default_factory=dict)
    already: dict[str, int] = field(default_factory=dict)
    not_taken: list[str] = field(default_factory=list)

    def count(self, what: str, *, new: bool, number: int = 1) -> None:
        counts = self.taken if new else self.already
        counts[what] = counts.get(what, 0) + number

    def as_dict(self) -> dict[str, object]:
        return {"taken": self.taken, "already": self.already, "not_taken": self.not_taken}

    def lines(self) -> Iterator[str]:
        for what in sorted({*self.taken, *self.already}):
            here = f", {self.already[what]} were here already" if what in self.already else ""
            yield f"{what}: {self.taken.get(what, 0)} taken{here}"
        for line in self.not_taken:
            yield f"not taken: {line}"


class Import:
    """One run. Without `write` everything is checked and counted, and nothing changes."""

    def __init__(self, store: DynamoStore, database: sqlite3.Connection, now: float, *, write: bool) -> None:
        self._store = store
        self._database = database
        self._now = now
        self._write = write
        self._report = Report()

    def run(self) -> Report:
        """Raises OpsError when the file is no v0 database."""
        try:
            if self._write:
                self._store.keep_ids(servers=self._highest_id("servers"), monitors=self._highest_id("monitors"))
            servers = self._servers()
            self._tokens()
            monitors = self._monitors(servers)
            self._history(servers, monitors)
            self._note_left_behind()
        except sqlite3.DatabaseError as error:
            raise OpsError(f"this is no database of a v0 dashboard: {error}") from None
        return self._report

    def _servers(self) -> set[int]:
        """The ids of the servers that are here after this."""
        here = self._store.view().fleet.by_id
        ids: set[int] = set()
        for row in self._live_rows("servers"):
            if not row["secret"]:
                self._report.not_taken.append(f"server {row['id']}: it has no secret")
                continue
            hash_ = hash_of(row["secret"])
            known = here.get(row["id"])
            if known is None and self._store.token(hash_) is None:
                self._add_server(row, hash_)
                ids.add(row["id"])
            elif known is not None and known.secret_hash == hash_:
                self._report.count("servers", new=False)
                ids.add(row["id"])
            else:
                self._report.not_taken.append(f"server {row['id']}: its id or secret belongs to another server here")
        return ids

    def _add_server(self, row: Mapping[str, Any], hash_: str) -> None:
        server = Server(
            id=row["id"],
            name=self._text(row, "server", "name"),
            tag=self._text(row, "server", "tag"),
            note=self._text(row, "server", "note"),
            display_index=row["display_index"] or 0,
            hide_for_guest=bool(row["hide_for_guest"]),
            secret_hash=hash_,
            created=_seconds(row["created_at"]) or int(self._now),
        )
        if row["public_note"]:
            self._report.not_taken.append(f"server {row['id']}: its public note, which has no place here")
        if self._write:
            self._store.create_server(server, new_token(row["secret"], "agent", self._now, subject=server.id))
        self._report.count("servers", new=True)

    def _tokens(self) -> None:
        for row in self._live_rows("api_tokens"):
            if not row["token"]:
                self._report.not_taken.append(f"token {row['id']}: it is empty")
                continue
            new = self._store.token(hash_of(row["token"])) is None
            if new and self._write:
                note = self._text(row, "token", "note")
                token = new_token(row["token"], "api", self._now, scopes=ALL_SCOPES, note=note)
                self._store.create_token(replace(token, created=_seconds(row["created_at"]) or int(self._now)))
            self._report.count("tokens", new=new)

    def _monitors(self, servers: Collection[int]) -> dict[int, Monitor]:
        """The monitors that are here after this."""
        here = self._store.view().monitors
        found: dict[int, Monitor] = {}
        for row in self._live_rows("monitors"):
            monitor = self._monitor(row, servers)
            if monitor is None:
                continue
            known = here.get(monitor.id)
            if known is not None and (known.type, known.target) != (monitor.type, monitor.target):
                self._report.not_taken.append(f"monitor {monitor.id}: its id belongs to another monitor here")
                continue
            if known is None and self._write:
                self._store.create_monitor(monitor)
            self._report.count("monitors", new=known is None)
            found[monitor.id] = monitor
        return found

    def _monitor(self, row: Mapping[str, Any], servers: Collection[int]) -> Monitor | None:
        """None, with a line in the report, for a monitor that has no place here."""
        if row["type"] not in TYPES:
            self._report.not_taken.append(f"monitor {row['id']}: only ICMP and TCP pings exist here")
            return None
        interval = row["duration"] or USUAL_INTERVAL
        kept = min(max(interval, limits.MONITOR_INTERVAL_LEAST), limits.MONITOR_INTERVAL_MOST)
        if kept != interval:
            self._report.not_taken.append(f"monitor {row['id']}: its interval of {interval} s; it is {kept} s now")
        monitor = Monitor(
            id=row["id"],
            name=self._text(row, "monitor", "name")[: limits.NAME_LENGTH] or f"Monitor {row['id']}",
            type=TYPES[row["type"]],
            target=row["target"] or "",
            interval=kept,
            cover=COVERS.get(row["cover"] or 0, "all"),
            servers=self._skipped(row).intersection(servers),
        )
        try:
            check(monitor, servers)
        except InvalidInput as error:
            self._report.not_taken.append(f"monitor {row['id']}: {error}")
            return None
        return monitor

    def _skipped(self, row: Mapping[str, Any]) -> frozenset[int]:
        """The servers that a monitor names, as the original keeps them: a JSON list in a text."""
        try:
            ids = json.loads(row["skip_servers_raw"] or "[]") or []
            return frozenset(int(id_) for id_ in ids)
        except (TypeError, ValueError):
            self._report.not_taken.append(f"monitor {row['id']}: its list of servers, which cannot be read")
            return frozenset()

    def _history(self, servers: Collection[int], monitors: Mapping[int, Monitor]) -> None:
        for server_id in sorted(servers):
            here = self._store.series(server_id, self._since(), int(self._now))
            known = {(monitor_id, at) for monitor_id, series in here.items() for at in series.minutes}
            points = [made for made in self._points(server_id) if made.monitor_id in monitors]
            new = [made for made in points if (made.monitor_id, made.at) not in known]
            if new and self._write:
                for error in self._store.write_points({server_id: new}).values():
                    raise error
            self._report.count("ping points", new=True, number=len(new))
            self._report.count("ping points", new=False, number=len(points) - len(new))

    def _points(self, server_id: int) -> list[Point]:
        """The original's rows of the last 24 hours, those of one minute made into one point.

        A row is the mean of some results in which a failed one counts as 0 ms. It is taken as one probe: one that
        failed when its mean is 0.
        """
        minutes: dict[tuple[int, int], list[float]] = {}
        rows = self._database.execute(
            "SELECT monitor_id, created_at, avg_delay FROM monitor_histories "
            "WHERE server_id = ? AND deleted_at IS NULL ORDER BY id",
            (server_id,),
        )
        for row in rows:
            at = _seconds(row["created_at"])
            if at is not None and self._since() <= at <= self._now:
                key = (row["monitor_id"], at - at % MINUTE)
                minutes.setdefault(key, []).append(max(row["avg_delay"] or 0.0, 0.0))
        return [_point(monitor_id, at, delays) for (monitor_id, at), delays in minutes.items()]

    def _since(self) -> int:
        """24 hours ago, with the whole minute of it."""
        since = int(self._now) - limits.PING_KEPT_SECONDS
        return since - since % MINUTE

    def _note_left_behind(self) -> None:
        for table, words in LEFT_BEHIND.items():
            (count,) = self._database.execute(f"SELECT count(*) FROM {table}").fetchone()  # noqa: S608 - from above
            if count:
                self._report.not_taken.append(f"{count} {words}")

    def _live_rows(self, table: str) -> list[dict[str, Any]]:
        query = f"SELECT * FROM {table} WHERE deleted_at IS NULL ORDER BY id"  # noqa: S608 - names from this file
        return [dict(row) for row in self._database.execute(query)]

    def _highest_id(self, table: str) -> int:
        (highest,) = self._database.execute(f"SELECT max(id) FROM {table}").fetchone()  # noqa: S608
        return highest or 0

    def _text(self, row: Mapping[str, Any], what: str, name: str) -> str:
        text = row[name] or ""
        if len(text) > TEXT_LENGTH:
            self._report.not_taken.append(f"{what} {row['id']}: what its {name} has beyond {TEXT_LENGTH} characters")
        return cast(str, text[:TEXT_LENGTH])


def _point(monitor_id: int, at: int, delays: list[float]) -> Point:
    succeeded = [min(delay, limits.DELAY_MOST) for delay in delays if delay > 0]
    mean = sum(succeeded) / len(succeeded) if succeeded else 0.0
    return point(monitor_id, at, mean, len(succeeded), len(delays) - len(succeeded))


def _seconds(text: str | None) -> int | None:
    """Unix seconds of a time as the original writes it, in whatever zone; None for what is no time."""
    try:
        time_ = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return int(time_.timestamp()) if time_.tzinfo else None


def open_database(path: Path) -> sqlite3.Connection:
    """For reading only; raises OpsError."""
    if not path.is_file():
        raise OpsError(f"{path} is no file")
    database = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
    database.row_factory = sqlite3.Row
    return database
