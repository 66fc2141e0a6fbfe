"""`python -m local`: runs the whole system on this machine, on loopback only."""

import argparse
import atexit
import gc
import json
import logging
import re
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from chalicelib.api.host_names import host_name

if TYPE_CHECKING:
    from local.system import System


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns 0 after Ctrl-C or SIGTERM, or 1 with one line on stderr if a part fails to start or stops by itself."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(name)s: %(message)s", stream=sys.stderr)
    try:
        from chalicelib.config import ConfigError
        from chalicelib.fleet.errors import FleetError
        from local.credentials import CredentialsError
        from local.system import Options, StartError, System
    except ModuleNotFoundError as error:
        return _failed(f"the Python package {error.name} is missing; install it with: make setup")
    any_port = 0 if options.port == 0 else None
    system = System(
        Options(
            port=options.port,
            dynamodb_port=any_port if options.dynamodb_port is None else options.dynamodb_port,
            relay_port=any_port if options.relay_port is None else options.relay_port,
            relay=options.relay,
            allow_hosts=tuple(options.allow_host),
            data=options.data,
            report=options.report,
            demo=options.demo,
            evaluate_every=options.evaluate_every,
        )
    )
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: system.request_stop())
    try:
        system.start()
        _show_json(system) if options.json else _show(system)
        system.wait()
    except (StartError, CredentialsError, ConfigError, FleetError) as error:
        return _failed(str(error))
    finally:
        system.stop()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m local", description="Runs the whole system on this machine.")
    parser.add_argument(
        "--port",
        type=_port,
        default=8008,
        metavar="N",
        help="port of the dashboard; 0 picks free ports for dashboard, DynamoDB and relay (default: %(default)s)",
    )
    parser.add_argument(
        "--dynamodb-port",
        type=_port,
        metavar="N",
        help="port of the embedded DynamoDB; 0 picks a free one (default: 8009, or a free one if it is in use)",
    )
    parser.add_argument(
        "--relay-port",
        type=_port,
        metavar="N",
        help="port that v0 agents connect to; 0 picks a free one (default: 5555, or a free one if it is in use)",
    )
    parser.add_argument(
        "--allow-host",
        type=_host,
        action="append",
        default=[],
        metavar="NAME",
        help="also answer requests for this host name, for a reverse proxy on this machine; can be repeated",
    )
    parser.add_argument(
        "--data",
        type=lambda text: None if text == "memory" else Path(text),
        default=Path(".local"),
        metavar="DIR|memory",
        help="folder for all data; with memory, nothing is kept (default: %(default)s)",
    )
    parser.add_argument("--no-relay", dest="relay", action="store_false", help="do not start a relay for v0 agents")
    parser.add_argument(
        "--no-report", dest="report", action="store_false", help="do not register this machine as a server"
    )
    parser.add_argument("--demo", type=_count, default=0, metavar="N", help="add N simulated servers")
    parser.add_argument(
        "--evaluate-every",
        type=_seconds,
        default=60,
        metavar="SECONDS",
        help="seconds between two evaluations of the alert rules (default: %(default)s)",
    )
    parser.add_argument("--json", action="store_true", help="print one line of JSON when ready, and nothing else")
    return parser


def _host(text: str) -> str:
    name = host_name(text)
    if not re.fullmatch(r"[a-z0-9._:-]+", name):
        raise argparse.ArgumentTypeError(f"{text!r} is not a host name; use a name such as dash.example.com")
    return name


def _count(text: str) -> int:
    if not text.isdigit() or int(text) > 1000:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of servers; use 0 to 1000")
    return int(text)


def _seconds(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 3600:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds; use 1 to 3600")
    return int(text)


def _port(text: str) -> int:
    if not text.isdigit() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port; use 0 to 65535")
    return int(text)


def _show_json(system: "System") -> None:
    shown = {
        "url": system.url,
        "token": system.credentials.token,
        "password": system.password or None,
        "dynamodb": system.dynamodb_url,
        **({"dynamodb_key": system.dynamodb_key} if system.dynamodb_key else {}),
        **({"relay": system.relay} if system.relay else {}),
    }
    print(json.dumps(shown), flush=True)


def _show(system: "System") -> None:
    token, url = system.credentials.token, system.url
    kept = system.options.data or "in memory only; deleted when this stops"
    print(
        f"""
Nezha is running: {url}
  sign in    {url}/login
  password   {system.password or "the one that you chose"}
  token      {token}   (read and register)
  DynamoDB   {system.dynamodb_url}
  relay      {system.relay or "none"}   (v0 agents: nezha-agent -s {system.relay or "HOST:PORT"} -p SECRET
             --disable-command-execute --disable-nat)
  data       {kept}

Try:
  curl -H 'Authorization: {token}' {url}/api/v1/server/list
  curl -H 'Authorization: {token}' {url}/api/v1/server/details
  curl {url}/api/v1/monitor/1     # ping series; the first points appear after a minute or two
  curl -H 'Authorization: {token}' -d '{{"Name": "my-server"}}' '{url}/api/v1/server/register?simple=true'
  curl -c cookies -d '{{"password": "{system.password or "PASSWORD"}"}}' {url}/api/login
  curl -b cookies {url}/api/server

Press Ctrl-C to stop.
""",
        flush=True,
    )


def _failed(message: str) -> int:
    sys.stderr.write(f"local: {message}\n")
    return 1


if __name__ == "__main__":
    atexit.register(gc.freeze)  # skips a garbage collection of everything at exit
    sys.exit(main())
