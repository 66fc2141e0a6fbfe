"""`monitor create|list|edit|delete`."""

import argparse
import time
from typing import Any

from chalicelib.fleet import monitors
from chalicelib.fleet.certificates import Certificate, current, showing
from chalicelib.fleet.monitors import DEFAULT_INTERVAL, TYPES, Monitor
from chalicelib.fleet.pings import MINUTE
from chalicelib.storage import DynamoStore
from ops.output import show, show_one
from ops.times import utc_day


def add_to(nouns: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    verbs = nouns.add_parser("monitor", help="monitors: targets that servers probe").add_subparsers(
        required=True, metavar="VERB"
    )
    create = verbs.add_parser("create", help="create a monitor and print its ID")
    create.add_argument("name")
    create.add_argument("type", choices=TYPES)
    create.add_argument("target", help="a host for icmp, host:port for tcp, a URL for http")
    _add_fields(create, interval=DEFAULT_INTERVAL)
    create.add_argument("--json", action="store_true")
    create.set_defaults(run=create_monitor)
    listing = verbs.add_parser("list", help="list all monitors, with expiry and issuer of certificates")
    listing.add_argument("--json", action="store_true")
    listing.set_defaults(run=list_monitors)
    edit = verbs.add_parser("edit", help="change the given fields")
    edit.add_argument("id", type=int)
    edit.add_argument("--name")
    edit.add_argument("--type", choices=TYPES)
    edit.add_argument("--target")
    _add_fields(edit, interval=None)
    edit.set_defaults(run=edit_monitor)
    delete = verbs.add_parser("delete", help="delete a monitor; its points are no longer shown")
    delete.add_argument("id", type=int)
    delete.set_defaults(run=delete_monitor)


def _add_fields(parser: argparse.ArgumentParser, interval: int | None) -> None:
    parser.add_argument("--interval", type=int, default=interval, help="seconds between two probes (new monitors: 30)")
    cover = parser.add_mutually_exclusive_group()
    cover.add_argument(
        "--all-but", type=ids_in, metavar="IDS", help="all servers except these IDs probe it, such as 1,2"
    )
    cover.add_argument("--only", type=ids_in, metavar="IDS", help="only servers with these IDs probe it, such as 1,2")


def create_monitor(store: DynamoStore, options: argparse.Namespace) -> None:
    id_ = monitors.create(store, Monitor(id=0, **_fields(options)))
    show_one({"id": id_}, as_json=options.json, plain=str(id_))


def list_monitors(store: DynamoStore, options: argparse.Namespace) -> None:
    monitors = store.view().monitors
    known = current(monitors, store.certificates.recent(int(time.time()) // MINUTE)) if showing(monitors) else {}
    show([_row(monitor, known.get(monitor.id)) for monitor in monitors.values()], as_json=options.json)


def edit_monitor(store: DynamoStore, options: argparse.Namespace) -> None:
    monitors.edit(store, options.id, _fields(options))


def delete_monitor(store: DynamoStore, options: argparse.Namespace) -> None:
    monitors.delete(store, options.id)


def _fields(options: argparse.Namespace) -> dict[str, Any]:
    named = {name: getattr(options, name) for name in ("name", "type", "target", "interval")}
    given: dict[str, Any] = {name: value for name, value in named.items() if value is not None}
    if options.only is not None:
        given |= {"cover": "only", "servers": options.only}
    if options.all_but is not None:
        given |= {"cover": "all", "servers": options.all_but}
    return given


def _row(monitor: Monitor, certificate: Certificate | None) -> dict[str, object]:
    return {
        "id": monitor.id,
        "type": monitor.type,
        "target": monitor.target,
        "interval": monitor.interval,
        "cover": monitor.cover,
        "servers": sorted(monitor.servers),
        "certificate": certificate and f"{utc_day(certificate.not_after)} {certificate.issuer}".strip(),
        "name": monitor.name,
    }


def ids_in(text: str) -> frozenset[int]:
    """Parses IDs separated by commas. Raises ArgumentTypeError, which argparse prints."""
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if not all(part.isascii() and part.isdigit() for part in parts):
        raise argparse.ArgumentTypeError("must be IDs separated by commas, such as 1,2")
    return frozenset(map(int, parts))
