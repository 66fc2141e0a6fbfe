"""The verbs `mute` and `unmute` for rules and servers."""

import argparse
import re
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from chalicelib.fleet.wall_clock import minute_text, offset_text
from chalicelib.storage import DynamoStore
from ops.errors import OpsError
from ops.times import moment_in

EditAll = Callable[[DynamoStore, list[int], dict[str, Any]], None]
"""Makes the same changes to all rules or servers with these IDs."""

_SPAN = re.compile(r"(\d{1,6})([smhdw])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 7 * 86_400}


def add_verbs(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]", things: str, edit_all: EditAll) -> None:
    """Adds `mute` and `unmute` to a noun's verbs. things: the noun in the plural, for the help."""

    def mute_all(store: DynamoStore, options: argparse.Namespace) -> None:
        at = _until(store, options)
        edit_all(store, options.id, {"muted_until": at})
        sys.stderr.write(f"muted until {_shown(at, store)}\n")

    def unmute_all(store: DynamoStore, options: argparse.Namespace) -> None:
        edit_all(store, options.id, {"muted_until": 0})

    mute = verbs.add_parser(
        "mute", help=f"pause messages about {things} until a given time; events that are open then are reported"
    )
    mute.add_argument("id", type=int, nargs="+")
    _add_until(mute)
    mute.set_defaults(run=mute_all)
    unmute = verbs.add_parser("unmute", help=f"end the muting of {things}")
    unmute.add_argument("id", type=int, nargs="+")
    unmute.set_defaults(run=unmute_all)


def _add_until(parser: argparse.ArgumentParser) -> None:
    until = parser.add_mutually_exclusive_group(required=True)
    until.add_argument("--for", dest="span", type=_span, metavar="TIME", help="duration, such as 30m, 8h, 2d or 1w")
    until.add_argument(
        "--until",
        metavar="WHEN",
        help="a time, such as 2026-12-24T08:00 in the site's time zone or 2026-12-24T08:00+01:00",
    )


def _span(text: str) -> int:
    found = _SPAN.fullmatch(text)
    if not found:
        raise argparse.ArgumentTypeError(f"{text!r} must be a number with s, m, h, d or w, such as 8h")
    return int(found[1]) * _SECONDS[found[2]]


def _until(store: DynamoStore, options: argparse.Namespace) -> int:
    """When muting ends, Unix seconds. Raises OpsError for an invalid time, or one in the past."""
    now = int(time.time())
    if options.span is not None:
        return now + int(options.span)
    at = moment_in(options.until, store.view().settings.time_zone)
    if at <= now:
        raise OpsError(f"{options.until} is in the past; use a future time")
    return at


def _shown(at: int, store: DynamoStore) -> str:
    """`2026-12-24 08:00 UTC+1`, in the site's time zone."""
    zone = store.view().settings.time_zone
    return f"{minute_text(at, zone)} {offset_text(at, zone)}"


def in_lists(at: int) -> str | None:
    """A muting time as lists show it; None for 0, or a time in the past."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%MZ") if at > time.time() else None
