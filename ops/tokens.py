"""`token create|list|delete`."""

import argparse
import time

from chalicelib.fleet import tokens
from chalicelib.fleet.tokens import ALL_SCOPES, SECONDS_A_DAY, Token
from chalicelib.storage import DynamoStore
from ops.deployed_api import forget_ended_credentials
from ops.output import show, show_one
from ops.times import utc_day


def add_to(nouns: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    verbs = nouns.add_parser("token", help="API tokens").add_subparsers(required=True, metavar="VERB")
    create = verbs.add_parser("create", help="create a token and print it; it is shown only once")
    create.add_argument("--note", default="", help="what the token is for")
    create.add_argument(
        "--scope", action="append", choices=sorted(ALL_SCOPES), help="grant only this scope; repeatable (default: both)"
    )
    create.add_argument("--days", type=_days, help="expire after this many days (default: never)")
    create.add_argument("--json", action="store_true")
    create.set_defaults(run=create_token)
    listing = verbs.add_parser("list", help="list all API tokens; the tokens themselves are not shown")
    listing.add_argument("--json", action="store_true")
    listing.set_defaults(run=list_tokens)
    delete = verbs.add_parser("delete", help="delete a token")
    delete.add_argument("id")
    delete.set_defaults(run=delete_token)


def create_token(store: DynamoStore, options: argparse.Namespace) -> None:
    now = time.time()
    token, credential = tokens.create(
        store,
        now,
        note=options.note,
        scopes=options.scope or ALL_SCOPES,
        expires=int(now) + options.days * SECONDS_A_DAY if options.days else 0,
    )
    show_one({**_row(token), "token": credential}, as_json=options.json, plain=credential)


def list_tokens(store: DynamoStore, options: argparse.Namespace) -> None:
    show([_row(token) for token in store.api_tokens()], as_json=options.json)


def delete_token(store: DynamoStore, options: argparse.Namespace) -> None:
    tokens.delete(store, options.id)
    forget_ended_credentials(options.stage)


def _row(token: Token) -> dict[str, object]:
    return {
        "id": token.id,
        "head": token.head,
        "scopes": sorted(token.scopes),
        "created": _day(token.created),
        "expires": _day(token.expires),
        "last_used": _day(token.last_used * SECONDS_A_DAY),
        "note": token.note,
    }


def _day(seconds: int) -> str | None:
    return utc_day(seconds) if seconds else None


def _days(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 36500:
        raise argparse.ArgumentTypeError("must be whole days, 1 to 36500")
    return int(text)
