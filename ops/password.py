"""`password`: sets the one password that people sign in with. Every session made with the old one is over."""

import argparse
import getpass
import sys

from chalicelib.fleet import sign_in
from chalicelib.storage import DynamoStore
from ops.deployed_api import forget_ended_credentials
from ops.errors import OpsError


def add_to(nouns: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = nouns.add_parser("password", help="set the password that people sign in with")
    parser.add_argument("--stdin", action="store_true", help="read it from standard input, for scripts")
    parser.set_defaults(run=set_password)


def set_password(store: DynamoStore, options: argparse.Namespace) -> None:
    sign_in.set_password(store, sys.stdin.readline().rstrip("\r\n") if options.stdin else _asked_twice())
    forget_ended_credentials(options.stage)


def _asked_twice() -> str:
    if not sys.stdin.isatty():
        raise OpsError("there is no terminal to ask for the password on; use --stdin")
    first = getpass.getpass("New password: ")
    if getpass.getpass("Once more: ") != first:
        raise OpsError("the two passwords differ; nothing was changed")
    return first
