"""Sends this host's figures to a dashboard: `python -m agent.reporter --url URL --secret-file FILE`.

Exit statuses: 0 when stopped by SIGTERM or SIGINT, 2 when the options make no sense or another reporter has the same
spool. Nothing else ends it.
"""

import argparse
import logging
import os
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import NoReturn

from urllib3.exceptions import LocationParseError
from urllib3.util import Url, parse_url

from agent.address import is_loopback
from agent.api import Dashboard
from agent.clock import Clock
from agent.loop import Description, Reporter
from agent.prober import Prober
from agent.spool import Spool
from agent.spool_file import SpoolInUse
from agent.state import Meter

log = logging.getLogger("agent.reporter")

SETTLING_SECONDS = 1.0
"""Before the first report, so that its CPU share and speeds are of a whole second and not of a few ticks."""


def main(arguments: Sequence[str], environment: Mapping[str, str]) -> NoReturn:
    """Reports until a signal comes."""
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, _stop)
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(message)s")
    options = parse_options(arguments, environment)
    log.info("reporting to %s", options.url)
    if options.url.scheme == "http" and not is_loopback(options.host):
        log.warning("the secret travels unencrypted: use https unless the network is your own")
    clock = Clock(time.time, time.monotonic)
    with closing(_spool(options, clock)) as spool, closing(Dashboard(options.url, options.secret)) as dashboard:
        meter = Meter(clock.monotonic)
        prober = Prober(spool, clock)
        prober.start()
        look = partial(Description.of_this_host, options.host, options.port)
        reporter = Reporter(dashboard, look, meter.state, clock, spool, prober.take)
        time.sleep(SETTLING_SECONDS)
        while True:
            time.sleep(reporter.report())


def _spool(options: "Options", clock: Clock) -> Spool:
    try:
        return Spool(options.spool, options.secret, clock)
    except SpoolInUse as error:
        log.error("%s", error)
        sys.exit(2)


def _stop(_signal: int, _frame: object) -> NoReturn:
    sys.exit(0)


@dataclass(frozen=True)
class Options:
    """What the command line and the environment ask for."""

    url: Url
    secret: str = field(repr=False)
    spool: Path

    @property
    def host(self) -> str:
        """The dashboard's name or address, without the brackets of an IPv6 address."""
        return (self.url.host or "").strip("[]")

    @property
    def port(self) -> int:
        """The dashboard's port."""
        return self.url.port or (443 if self.url.scheme == "https" else 80)


def parse_options(arguments: Sequence[str], environment: Mapping[str, str]) -> Options:
    """Options win over NEZHA_URL, NEZHA_SECRET, NEZHA_SECRET_FILE and NEZHA_SPOOL, secrets in this order.

    Ends the process with status 2 and one line on stderr, without a secret, when they make no sense.
    """
    parser = _Parser(
        prog="python -m agent.reporter", description="Sends this host's figures to a dashboard.", allow_abbrev=False
    )
    parser.add_argument("--url", help="the dashboard, for example https://nezha.example.com (NEZHA_URL)")
    secrets = parser.add_mutually_exclusive_group()
    secrets.add_argument("--secret", help="this server's secret (NEZHA_SECRET); here, whoever may run ps can read it")
    secrets.add_argument("--secret-file", help="a file that holds nothing but the secret (NEZHA_SECRET_FILE)")
    parser.add_argument("--spool", help="a directory of its own, for points that wait to be sent (NEZHA_SPOOL)")
    given, unknown = parser.parse_known_args(arguments)
    if unknown:
        # Not repeated, as a mistyped --secret would show what follows it.
        parser.error("there are arguments that it does not know; --help lists those that it does")
    try:
        return Options(
            url=_url(given.url or environment.get("NEZHA_URL", "")),
            secret=_secret(given.secret, given.secret_file, environment),
            spool=_directory(given.spool, environment),
        )
    except _OptionError as error:
        parser.error(str(error))


class _OptionError(Exception):
    """Raised when an option is missing or makes no sense; the message says what to do."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}\n")


def _url(text: str) -> Url:
    if not text:
        raise _OptionError("no dashboard: set --url or NEZHA_URL, for example https://nezha.example.com")
    try:
        url = parse_url(text)
    except LocationParseError:
        raise _OptionError("the url cannot be read: it should look like https://nezha.example.com") from None
    if url.scheme not in ("http", "https") or not url.host:
        raise _OptionError("the url must begin with https:// or http:// and name a host")
    if url.auth is not None or url.query is not None or url.fragment is not None:
        raise _OptionError("the url must not hold a user, a query or a fragment")
    return url


def _secret(secret: str | None, file: str | None, environment: Mapping[str, str]) -> str:
    if not secret and not file:
        secret, file = environment.get("NEZHA_SECRET"), environment.get("NEZHA_SECRET_FILE")
    if not secret and not file:
        raise _OptionError("no secret: set NEZHA_SECRET, NEZHA_SECRET_FILE, --secret-file or --secret")
    text = (secret or _content(Path(file or ""))).strip()
    # It becomes a header, in which other characters are no longer one value.
    if not text or not all("!" <= character <= "~" for character in text):
        raise _OptionError("the secret is empty or holds characters that no secret has: copy it again")
    return text


def _directory(spool: str | None, environment: Mapping[str, str]) -> Path:
    if named := spool or environment.get("NEZHA_SPOOL"):
        return Path(named)
    # systemd gives several when several are asked for.
    if given := environment.get("STATE_DIRECTORY", "").partition(":")[0]:
        return Path(given)
    # A relative path is to be ignored, as its specification says.
    if Path(state := environment.get("XDG_STATE_HOME", "")).is_absolute():
        return Path(state, "nezha-reporter")
    try:
        home = Path(environment.get("HOME") or Path.home())
    except RuntimeError:
        raise _OptionError("no home for the spool: set --spool or NEZHA_SPOOL to a directory") from None
    return home / ".local/state/nezha-reporter"


def _content(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise _OptionError(f"the secret file {file} cannot be read: {error.strerror}") from None
    except ValueError:
        raise _OptionError(f"the secret file {file} is not text") from None


if __name__ == "__main__":
    main(sys.argv[1:], os.environ)
