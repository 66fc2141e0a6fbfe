"""`doctor URL`: checks what can be seen only on AWS, and prints a line for each check."""

import argparse
import json
from collections.abc import Callable, Iterator
from functools import partial

from chalicelib.storage import DynamoStore
from ops.doctor.checks import BY_BOTH_WAYS, ONCE, Skipped, Wrong
from ops.doctor.examined import Examined, examined
from ops.errors import OpsError

Line = tuple[str, str, str]
"""(ok, FAIL or skip; what was checked; what was seen)."""


def add_to(nouns: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    doctor = nouns.add_parser("doctor", help="check a deployed stage from the outside; takes about a minute")
    doctor.add_argument("url", metavar="URL", help="the dashboard's URL, as printed by make deploy")
    doctor.add_argument("--json", action="store_true", help="print a JSON object for each line")
    doctor.set_defaults(run=examine)


def examine(store: DynamoStore, options: argparse.Namespace) -> None:
    """Prints a line for each check. Raises OpsError at the end if any failed."""
    failed = 0
    with examined(store, options.stage, options.url) as this:
        for verdict, name, seen in _lines(this):
            failed += verdict == "FAIL"
            line = json.dumps({"verdict": verdict, "check": name, "seen": seen})
            print(line if options.json else f"{verdict:<4}  {name}: {seen}", flush=True)
    if failed:
        raise OpsError(f"{failed} checks failed; docs/first-deploy.md explains each of them")


def _lines(this: Examined) -> Iterator[Line]:
    ways = [("through the edge" if this.has_edge else "without an edge", this.dashboard)]
    if this.has_edge and this.api:
        ways.append(("past the edge", this.api))
    for name, check in BY_BOTH_WAYS:
        for way, site in ways:
            yield _line(f"{name}, {way}", partial(check, site, this))
    for name, once in ONCE:
        yield _line(name, partial(once, this))


def _line(name: str, check: Callable[[], str]) -> Line:
    try:
        return "ok", name, check()
    except Skipped as reason:
        return "skip", name, str(reason)
    except (Wrong, OpsError) as seen:
        return "FAIL", name, str(seen)
