"""`password` sets the one password that people sign in with; `device` makes a browser known before it signs in."""

import argparse
import getpass
import sys
import time

from chalicelib.fleet import sign_in
from chalicelib.storage import DynamoStore
from ops.deployed_api import forget_ended_credentials
from ops.errors import OpsError
from ops.output import show_one


def add_to(nouns: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    password = nouns.add_parser("password", help="set the sign-in password; ends all sessions")
    password.add_argument("--stdin", action="store_true", help="read it from standard input, for scripts")
    password.set_defaults(run=set_password)
    device = nouns.add_parser(
        "device", help="print a link that lets a new browser sign in even while others flood the sign-in page"
    )
    device.add_argument("--json", action="store_true")
    device.set_defaults(run=new_device)


def set_password(store: DynamoStore, options: argparse.Namespace) -> None:
    sign_in.set_password(store, sys.stdin.readline().rstrip("\r\n") if options.stdin else _asked_twice())
    forget_ended_credentials(options.stage)


def new_device(store: DynamoStore, options: argparse.Namespace) -> None:
    """Prints the path of a link, without the host, which this command does not know. People still need the password."""
    device = sign_in.new_device(store, time.time())
    show_one({"device": device}, as_json=options.json, plain=f"/login#device={device}")
    if not options.json:
        sys.stderr.write("Open this path under the dashboard's address, and sign in with the password.\n")


def _asked_twice() -> str:
    if not sys.stdin.isatty():
        raise OpsError("no terminal to ask for the password; use --stdin")
    first = getpass.getpass("New password: ")
    if getpass.getpass("Repeat it: ") != first:
        raise OpsError("the two passwords differ; nothing was changed")
    return first
