"""`python -m local`: the whole system on this machine, on loopback only."""

import argparse
import json
import logging
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from local.system import System


def main(arguments: Sequence[str] | None = None) -> int:
    """0 after Ctrl-C or SIGTERM; 1 with one line on stderr when a part does not start or ends by itself."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(name)s: %(message)s", stream=sys.stderr)
    try:
        from chalicelib.config import ConfigError
        from chalicelib.fleet.errors import FleetError
        from local.credentials import CredentialsError
        from local.system import Options, StartError, System
    except ModuleNotFoundError as error:
        return _failed(f"the package {error.name} is missing; run: make setup")
    system = System(
        Options(options.port, options.dynamodb_port, options.relay_port, options.data, options.report, options.demo)
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
    parser = argparse.ArgumentParser(prog="python -m local", description="The whole system on this machine.")
    parser.add_argument("--port", type=_port, default=8008, help="of the dashboard; 0 takes a free one (%(default)s)")
    parser.add_argument(
        "--dynamodb-port", type=_port, default=8009, help="of the embedded DynamoDB; 0 takes a free one (%(default)s)"
    )
    parser.add_argument(
        "--data",
        type=lambda text: None if text == "memory" else Path(text),
        default=Path(".local"),
        metavar="DIR|memory",
        help="where everything is kept; with memory it is gone afterwards (%(default)s)",
    )
    parser.add_argument(
        "--relay-port", type=_port, default=5555, help="where v0 agents connect; 0 takes a free one (%(default)s)"
    )
    parser.add_argument("--no-relay", dest="relay_port", action="store_const", const=None, help="start no relay")
    parser.add_argument("--no-report", dest="report", action="store_false", help="start empty: register nothing")
    parser.add_argument("--demo", type=_count, default=0, metavar="N", help="make up N believable servers")
    parser.add_argument("--json", action="store_true", help="when ready, one line of JSON on stdout and nothing else")
    return parser


def _count(text: str) -> int:
    if not text.isdigit() or int(text) > 1000:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of servers: 0 to 1000")
    return int(text)


def _port(text: str) -> int:
    if not text.isdigit() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port: 0 to 65535")
    return int(text)


def _show_json(system: "System") -> None:
    shown = {
        "url": system.url,
        "token": system.credentials.token,
        "password": system.credentials.password,
        "dynamodb": system.dynamodb_url,
        **({"relay": system.relay} if system.relay else {}),
    }
    print(json.dumps(shown), flush=True)


def _show(system: "System") -> None:
    token, url = system.credentials.token, system.url
    kept = system.options.data or "memory, and gone afterwards"
    print(
        f"""
Nezha is running: {url}
  sign in    {url}/login
  password   {system.credentials.password}
  token      {token}   (read and register)
  DynamoDB   {system.dynamodb_url}
  relay      {system.relay or "none"}   (v0 agents: nezha-agent -s {system.relay or "HOST:PORT"} -p SECRET)
  data       {kept}

Try:
  curl -H 'Authorization: {token}' {url}/api/v1/server/list
  curl -H 'Authorization: {token}' {url}/api/v1/server/details
  curl {url}/api/v1/monitor/1     # pings; the first points come after a minute or two
  curl -H 'Authorization: {token}' -d '{{"Name": "my-server"}}' '{url}/api/v1/server/register?simple=true'
  curl -c cookies -d '{{"password": "{system.credentials.password}"}}' {url}/api/login
  curl -b cookies {url}/api/server

Ctrl-C stops everything.
""",
        flush=True,
    )


def _failed(message: str) -> int:
    sys.stderr.write(f"local: {message}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
