"""`make benchmark`: measures every budget on this machine, and prints whether it is held."""

import argparse

from benchmarks import (
    alerts,
    capacity,
    cost,
    curves,
    fleet,
    free_capacity,
    full_fleet,
    handler,
    history,
    package,
    pages,
    rollup,
    writers,
)
from benchmarks.relay import budgets as relay
from benchmarks.table import Section, print_sections

SECTIONS: dict[str, Section] = {
    "capacity": ("Capacity units, counted", capacity.rows),
    "fleet": ("Sparklines and availability of a fleet", fleet.rows),
    "handler": ("CPU of the Lambda handler", handler.rows),
    "alerts": ("Evaluating alert rules", alerts.rows),
    "history": ("History", history.rows),
    "rollup": ("Rolling up, and ranges of a week, a month and a year", rollup.rows),
    "free": ("Within the always-free tier: relays, simulated in time", free_capacity.rows),
    "writers": ("Writers at once", writers.rows),
    "package": ("The Lambda package and its cold start", package.rows),
    "curves": ("Growing fleets: the handler in a process of its own for each", curves.rows),
    "month": ("What a fleet costs in 30 days, by list prices", cost.rows),
    "relay": ("The relay, on loopback", relay.rows),
    "pages": (f"The status page with {pages.SERVERS} servers, in Chromium", pages.rows),
}

LONG_SECTIONS: dict[str, Section] = {
    "full": ("The scheduled functions with as many servers as a dashboard holds", full_fleet.rows),
}
"""Measured only when named on the command line: each takes half an hour."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    known = SECTIONS | LONG_SECTIONS
    parser.add_argument("sections", nargs="*", help=f"measure only these sections: {', '.join(known)}")
    parser.add_argument("--markdown", action="store_true", help="print Markdown tables, for docs")
    options = parser.parse_args()
    if unknown := [name for name in options.sections if name not in known]:
        parser.error(f"unknown section: {', '.join(unknown)}")
    print_sections([known[name] for name in options.sections or SECTIONS], markdown=options.markdown)


if __name__ == "__main__":
    main()
