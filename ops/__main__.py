"""`python -m ops`: the operator's commands. Each noun has a module of its own."""

import argparse
import logging
import os
import sys
from collections.abc import Sequence
from functools import cache

from chalicelib.config import ConfigError
from chalicelib.fleet.errors import FleetError
from chalicelib.storage import DynamoStore
from chalicelib.storage.failures import CallRefused, SetupError
from ops import (
    backup,
    channels,
    cost,
    doctor,
    events,
    import_v0,
    monitors,
    password,
    rollup,
    rules,
    servers,
    settings,
    tokens,
)
from ops.errors import OpsError
from ops.failures import explained
from ops.stage import configured_stages, open_store

NOUNS = (
    password,
    tokens,
    servers,
    monitors,
    rules,
    channels,
    events,
    settings,
    backup,
    import_v0,
    rollup,
    cost,
    doctor,
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns 0 for success, 1 with one line on stderr for a failure, 2 for an invalid command line."""
    logging.basicConfig(level=logging.CRITICAL)  # errors are printed in one line below
    options = _parser().parse_args(arguments)
    try:
        options.run(open_store(options.stage), options)
        sys.stdout.flush()
    except (ConfigError, OpsError) as error:
        return _failed(str(error))
    except (FleetError, CallRefused, SetupError) as error:
        return _failed(explained(error))
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the reader of the pipe has stopped
    except KeyboardInterrupt:
        return _failed("interrupted")
    return 0


@cache
def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m ops", description="Administers one stage.")
    parser.add_argument("--stage", required=True, help="name of the deployed stage, or local")
    nouns = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    tables = nouns.add_parser("tables", help="the stage's tables").add_subparsers(required=True, metavar="VERB")
    tables.add_parser("create", help="create missing tables").set_defaults(run=create_tables)
    for noun in NOUNS:
        noun.add_to(nouns)
    return parser


def create_tables(store: DynamoStore, options: argparse.Namespace) -> None:
    stages = configured_stages()
    if options.stage not in stages:
        raise OpsError(
            f"there is no stage {options.stage!r} in .chalice/config.json; it has {', '.join(sorted(stages))}. "
            f"For other stages, run: make deploy STAGE={options.stage}"
        )
    for name in store.create_tables():
        print(f"created {name}")


def _failed(message: str) -> int:
    sys.stderr.write(f"ops: {message}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
