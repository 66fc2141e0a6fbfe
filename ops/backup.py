"""`backup FILE` and `restore FILE`: every table as lines of DynamoDB's JSON.

The first line identifies the format, and the last one has the number of items, so that a truncated file is not
restored.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, TextIO

from chalicelib.storage import DynamoStore
from chalicelib.storage.dump import checked
from ops.errors import OpsError
from ops.progress import ProgressBar
from ops.stage import configured_stages

FORMAT = "nezha-serverless backup"
VERSION = 1


def add_to(nouns: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    backup = nouns.add_parser("backup", help="write all tables to a file that only you can read")
    backup.add_argument("file", type=Path)
    backup.set_defaults(run=write_backup)
    restore = nouns.add_parser("restore", help="restore a backup into an empty stage")
    restore.add_argument("file", type=Path)
    restore.add_argument("--over", action="store_true", help="restore into a stage that has data, and overwrite it")
    restore.set_defaults(run=read_backup)


def write_backup(store: DynamoStore, options: argparse.Namespace) -> None:
    """Writes to a temporary file next to the file, which replaces the file when it is complete."""
    draft = options.file.with_name(options.file.name + ".part")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            os.fchmod(file.fileno(), 0o600)  # an interrupted backup may have left a draft with other permissions
            count = _write(store, file)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(options.file)
    except OSError as error:
        raise OpsError(f"{options.file} cannot be written: {error.strerror}") from None
    finally:
        with suppress(OSError):
            draft.unlink()
    sys.stderr.write(f"{count} items in {options.file}\n")


def _write(store: DynamoStore, file: TextIO) -> int:
    progress = ProgressBar("backup", sum(store.dump.sizes().values()))
    _write_line(file, {"format": FORMAT, "version": VERSION, "at": int(time.time())})
    count = 0
    for table, item in store.dump.items():
        _write_line(file, {"table": table, "item": item})
        count += 1
        progress.show(count)
    _write_line(file, {"items": count})
    progress.end()
    return count


def _write_line(file: TextIO, value: dict[str, Any]) -> None:
    file.write(json.dumps(value, ensure_ascii=False) + "\n")


def read_backup(store: DynamoStore, options: argparse.Namespace) -> None:
    total = sum(1 for _ in _items(options.file))  # the whole file is checked before anything is written
    if options.stage in configured_stages():  # the tables of other stages belong to their stack
        store.create_tables()
    if not options.over and not store.dump.is_empty():
        raise OpsError("this stage holds data already; restore into an empty stage, or overwrite it with --over")
    progress = ProgressBar("restore", total)
    for written in store.dump.load(_items(options.file)):
        progress.show(written)
    progress.end()
    sys.stderr.write(f"{total} items from {options.file}\n")


def _items(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Raises OpsError if the file is not a complete backup."""
    try:
        with path.open(encoding="utf-8") as file:
            head = _line(path, file.readline())
            if head.get("format") != FORMAT or head.get("version") != VERSION:
                raise OpsError(
                    f"{path} is not a backup of version {VERSION}; restore it with the program that wrote it"
                )
            for count, text in enumerate(file):
                line = _line(path, text)
                if line.get("items") == count:
                    return
                yield line["table"], checked(line["table"], line["item"])
    except OSError as error:
        raise OpsError(f"{path} cannot be read: {error.strerror}") from None
    except (KeyError, ValueError):
        raise OpsError(f"{path} is damaged; use another backup") from None
    raise OpsError(f"{path} is incomplete; use another backup")


def _line(path: Path, text: str) -> dict[str, Any]:
    try:
        value: dict[str, Any] = json.loads(text)
    except ValueError:
        raise OpsError(f"{path} is damaged or incomplete; use another backup") from None
    if not isinstance(value, dict):
        raise OpsError(f"{path} is damaged; use another backup")
    return value
