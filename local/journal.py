"""Makes the embedded DynamoDB durable: keeps what is written to moto in a SQLite file and loads it at the next start.

It sits between HTTP and moto and speaks DynamoDB's protocol to both: after a write, it reads the touched items from
moto and saves them as soon as `Kept` demands for their table.
"""

import io
import json
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any, Literal
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment
from wsgiref.util import setup_testing_defaults

FLUSH_SECONDS = 10
EXPIRE_SECONDS = 3600

Key = Mapping[str, Any]
Touched = tuple[str, str]
"""A table name, and an item's key as canonical JSON."""

Kept = Literal["on disk", "written", "late"]
"""How soon a write is saved. "on disk": before it is answered. "written": also before, but without waiting for the
disk: it survives kill -9, not a power failure. "late": within FLUSH_SECONDS; kill -9 loses it."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS requests (name TEXT, operation TEXT, body TEXT NOT NULL, PRIMARY KEY (name, operation));
CREATE TABLE IF NOT EXISTS items (name TEXT, key TEXT, item TEXT NOT NULL, PRIMARY KEY (name, key));
"""


class JournalError(Exception):
    """Raised if the file cannot be used; the message says why."""


class DatabaseJournal:
    """A WSGI application around moto's. `kept` returns how soon writes to a table are saved."""

    def __init__(self, moto: WSGIApplication, file: Path, kept: Callable[[str], Kept]) -> None:
        self._moto = moto
        self._kept = kept
        self._lock = threading.Lock()  # moto serves one request at a time
        self._keys: dict[str, list[str]] = {}
        self._late: set[Touched] = set()
        self._expired_at = 0.0
        self._file = _open(file)
        self._load()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        operation = environ.get("HTTP_X_AMZ_TARGET", "").rpartition(".")[2]
        body = environ["wsgi.input"].read()
        environ["wsgi.input"] = io.BytesIO(body)
        with self._lock:
            status, headers, answer = _call(self._moto, environ)
            if status.startswith("200"):
                self._note(operation, json.loads(body or b"{}"))
        start_response(status, headers)
        return [answer]

    def flush(self) -> None:
        """Saves late writes; once an hour, removes expired items."""
        with self._lock:
            late, self._late = self._late, set()
            self._keep(late)
            if time.time() - self._expired_at >= EXPIRE_SECONDS:
                self._expired_at = time.time()
                self._expire()

    def flush_for_ever(self) -> None:
        while True:
            time.sleep(FLUSH_SECONDS)
            self.flush()

    def close(self) -> None:
        self.flush()
        self._file.close()

    def _load(self) -> None:
        rows = self._file.execute("SELECT operation, body FROM requests ORDER BY operation, name").fetchall()
        for operation, body in rows:  # CreateTable sorts before UpdateTimeToLive
            self._ask(operation, json.loads(body))
            self._note_table(operation, json.loads(body))
        for name, item in self._file.execute("SELECT name, item FROM items"):
            self._ask("PutItem", {"TableName": name, "Item": json.loads(item)})

    def _note(self, operation: str, request: dict[str, Any]) -> None:
        if operation in ("CreateTable", "UpdateTimeToLive", "DeleteTable"):
            self._note_table(operation, request)
            self._keep_table(operation, request)
            return
        touched = set(self._touched(operation, request))
        late = {(name, key) for name, key in touched if self._kept(name) == "late"}
        self._late |= late
        now = touched - late
        self._keep(now, synchronous="FULL" if any(self._kept(name) == "on disk" for name, _ in now) else "NORMAL")

    def _note_table(self, operation: str, request: dict[str, Any]) -> None:
        if operation == "CreateTable":
            self._keys[request["TableName"]] = [part["AttributeName"] for part in request["KeySchema"]]

    def _keep_table(self, operation: str, request: dict[str, Any]) -> None:
        name = request["TableName"]
        self._file.execute("PRAGMA synchronous = FULL")
        with self._file:
            if operation == "DeleteTable":
                self._file.execute("DELETE FROM requests WHERE name = ?", (name,))
                self._file.execute("DELETE FROM items WHERE name = ?", (name,))
                self._late = {(table, key) for table, key in self._late if table != name}
            else:
                row = (name, operation, json.dumps(request))
                self._file.execute("INSERT OR REPLACE INTO requests VALUES (?, ?, ?)", row)

    def _touched(self, operation: str, request: dict[str, Any]) -> Iterable[Touched]:
        if operation in ("PutItem", "UpdateItem", "DeleteItem"):
            yield self._item_touched(request)
        elif operation == "TransactWriteItems":
            for write in request["TransactItems"]:
                for kind, details in write.items():
                    if kind != "ConditionCheck":
                        yield self._item_touched(details)
        elif operation == "BatchWriteItem":
            for name, writes in request["RequestItems"].items():
                for write in writes:
                    yield self._item_touched({"TableName": name, **next(iter(write.values()))})

    def _item_touched(self, write: dict[str, Any]) -> Touched:
        name = write["TableName"]
        fields = write.get("Key") or write["Item"]
        return name, json.dumps({part: fields[part] for part in self._keys[name]}, sort_keys=True)

    def _keep(self, touched: Iterable[Touched], synchronous: Literal["FULL", "NORMAL"] = "FULL") -> None:
        """Saves all in one SQLite transaction, so that a crash leaves all or nothing."""
        rows = [(name, key, self._ask("GetItem", {"TableName": name, "Key": json.loads(key)})) for name, key in touched]
        if not rows:
            return
        self._file.execute(f"PRAGMA synchronous = {synchronous}")
        with self._file:
            for name, key, answer in rows:
                if "Item" in answer:
                    row = (name, key, json.dumps(answer["Item"]))
                    self._file.execute("INSERT OR REPLACE INTO items VALUES (?, ?, ?)", row)
                else:
                    self._file.execute("DELETE FROM items WHERE name = ? AND key = ?", (name, key))

    def _expire(self) -> None:
        """Removes expired items by TTL, which moto does not do."""
        rows = self._file.execute("SELECT body FROM requests WHERE operation = 'UpdateTimeToLive'").fetchall()
        for (body,) in rows:
            request = json.loads(body)
            name, attribute = request["TableName"], request["TimeToLiveSpecification"]["AttributeName"]
            found = self._file.execute("SELECT key, item FROM items WHERE name = ?", (name,)).fetchall()
            for key, item in found:
                expires = json.loads(item).get(attribute, {}).get("N")
                if expires and int(expires) < time.time():
                    self._ask("DeleteItem", {"TableName": name, "Key": json.loads(key)})
                    self._keep([(name, key)])

    def _ask(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        body = json.dumps(request).encode()
        environ: WSGIEnvironment = {
            "REQUEST_METHOD": "POST",
            "CONTENT_LENGTH": str(len(body)),
            "CONTENT_TYPE": "application/x-amz-json-1.0",
            "HTTP_X_AMZ_TARGET": f"DynamoDB_20120810.{operation}",
            "HTTP_AUTHORIZATION": AUTHORIZATION,
            "wsgi.input": io.BytesIO(body),
        }
        setup_testing_defaults(environ)
        status, _, answer = _call(self._moto, environ)
        if not status.startswith("200"):
            raise JournalError(f"{operation} failed: {answer.decode(errors='replace')[:200]}")
        found: dict[str, Any] = json.loads(answer)
        return found


# moto keeps a database for each region and key; it ignores the rest of a signature.
AUTHORIZATION = (
    "AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0"
)


def _open(file: Path) -> sqlite3.Connection:
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        file.touch(mode=0o600)
        with ExitStack() as opened:
            connection = opened.enter_context(closing(sqlite3.connect(file, timeout=1, check_same_thread=False)))
            # Exclusive, so that two systems never write to the same file.
            for pragma in ("locking_mode = EXCLUSIVE", "journal_mode = WAL"):
                connection.execute(f"PRAGMA {pragma}")
            connection.executescript(_SCHEMA)
            opened.pop_all()
    except sqlite3.OperationalError as error:
        reason = "another system uses it" if "locked" in str(error) else str(error)
        raise JournalError(f"cannot use {file}: {reason}") from None
    except (OSError, sqlite3.DatabaseError) as error:
        raise JournalError(f"cannot use {file}: {error}") from None
    return connection


def _call(application: WSGIApplication, environ: WSGIEnvironment) -> tuple[str, list[tuple[str, str]], bytes]:
    started: list[tuple[str, list[tuple[str, str]]]] = []

    def start_response(status: str, headers: list[tuple[str, str]], _: Any = None) -> Callable[[bytes], object]:
        started.append((status, headers))
        return io.BytesIO().write

    body = b"".join(application(environ, start_response))
    return (*started[0], body)
