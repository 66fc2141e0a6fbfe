"""The command line: options in, one call into the fleet, a line or a table out."""

import argparse
import json
import sys
import time
from collections.abc import Sequence

from chalicelib.config import ConfigError
from chalicelib.fleet import api_tokens
from chalicelib.fleet.errors import FleetError
from chalicelib.fleet.tokens import ALL_SCOPES
from chalicelib.storage import DynamoStore
from ops.stage import open_store


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when done; 1 with one line on stderr when it could not be done; 2 for a wrong command line."""
    options = _parser().parse_args(arguments)
    try:
        options.run(open_store(options.stage), options)
    except (ConfigError, FleetError) as error:
        return _failed(str(error))
    except KeyboardInterrupt:
        return _failed("interrupted")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m ops", description="The operator's commands of one stage.")
    parser.add_argument("--stage", required=True, help="a stage of .chalice/config.json: dev, prod, local")
    nouns = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    tables = nouns.add_parser("tables", help="the stage's tables").add_subparsers(required=True, metavar="VERB")
    create = tables.add_parser("create", help="create the tables that are missing")
    create.set_defaults(run=create_tables)

    tokens = nouns.add_parser("token", help="API tokens").add_subparsers(required=True, metavar="VERB")
    create = tokens.add_parser("create", help="make a token and print it, once")
    create.add_argument("--note", default="", help="what it is for")
    create.add_argument("--scope", action="append", choices=sorted(ALL_SCOPES), help="only this scope; may be repeated")
    create.add_argument("--days", type=_days, help="expire after this many days; never by default")
    create.add_argument("--json", action="store_true", help="print JSON: id, token, scopes, expires")
    create.set_defaults(run=create_token)
    return parser


def create_tables(store: DynamoStore, _: argparse.Namespace) -> None:
    for name in store.create_tables():
        print(f"created {name}")


def create_token(store: DynamoStore, options: argparse.Namespace) -> None:
    now = time.time()
    token, credential = api_tokens.create(
        store,
        now,
        note=options.note,
        scopes=api_tokens.checked_scopes(options.scope or ALL_SCOPES),
        expires=int(now) + options.days * 24 * 3600 if options.days else 0,
    )
    if options.json:
        shown = {"id": token.id, "token": credential, "scopes": sorted(token.scopes), "expires": token.expires}
        print(json.dumps(shown))
    else:
        print(credential)


def _days(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 36500:
        raise argparse.ArgumentTypeError("must be whole days, 1 to 36500")
    return int(text)


def _failed(message: str) -> int:
    sys.stderr.write(f"ops: {message}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
