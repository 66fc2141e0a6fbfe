"""What the command line and the environment ask of the relay."""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path
from typing import NoReturn

from urllib3.exceptions import LocationParseError
from urllib3.util import Url, parse_url

from agent.address import is_loopback
from agent.relay.peers import Network
from agent.relay.spool import MOST_POINTS

LONGEST_DRAIN = 10
"""After so many seconds the agents that were sent away first come again."""


@dataclass(frozen=True)
class Endpoint:
    """port: 0 takes a free one."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True)
class Options:
    """api: the dashboard. tls: certificate and key, None for plaintext. geoip: an MMDB file.

    interval: the least seconds between two states of a server; flush: about so many between two times that points are
    sent; drain: those over which streams end at a stop.
    """

    api: Url
    listen: Endpoint = Endpoint("0.0.0.0", 5555)  # noqa: S104
    metrics: Endpoint | None = Endpoint("127.0.0.1", 9555)
    tls: tuple[Path, Path] | None = None
    spool: Path = Path("nezha-relay")
    spool_points: int = MOST_POINTS
    geoip: Path | None = None
    interval: float = 0.0
    flush: float = 180.0
    drain: float = 5.0
    trusted: tuple[Network, ...] = ()
    header: str = "x-forwarded-for"
    connections: int = 20_000

    @property
    def warnings(self) -> list[str]:
        """What is allowed and seldom meant."""
        said = []
        if self.api.scheme == "http" and not is_loopback((self.api.host or "").strip("[]")):
            said.append("secrets travel to the dashboard unencrypted: use https unless the network is your own")
        if self.tls is None and not is_loopback(self.listen.host):
            said.append("agents send their secrets unencrypted: use --tls-cert, or a proxy on this host that ends TLS")
        return said


OPTIONS: Mapping[str, tuple[str, str]] = {
    "api": ("URL", "the dashboard, for example https://nezha.example.com"),
    "listen": ("HOST:PORT", "where agents connect; 0.0.0.0:5555 when not given, port 0 takes a free one"),
    "tls-cert": ("FILE", "the certificate with its chain; without it agents connect without --tls"),
    "tls-key": ("FILE", "its key"),
    "spool": ("DIR", "a directory of its own, for points that wait to be sent"),
    "spool-points": ("N", f"how many may wait; {MOST_POINTS} when not given"),
    "geoip": ("FILE", "an MMDB file with countries"),
    "interval": ("S", "at least so many seconds between two states of a server, if the dashboard asks for less"),
    "flush": ("S", "about so many seconds between two times that points are sent; 180 when not given"),
    "drain": ("S", "at a stop, the seconds over which agents are sent away; 5 when not given"),
    "metrics": ("HOST:PORT", "where /metrics and /healthz are, on loopback; 127.0.0.1:9555 when not given, or off"),
    "trusted-proxy": ("NETWORKS", "proxies, separated by commas, whose header tells an agent's address"),
    "proxy-header": ("NAME", "that header; x-forwarded-for when not given"),
    "connections": ("N", "how many connections are accepted at once; 20000 when not given"),
}


def parse_options(arguments: Sequence[str], environment: Mapping[str, str]) -> Options:
    """An option wins over its variable: --tls-cert over NEZHA_RELAY_TLS_CERT.

    Ends the process with status 2 and one line on stderr when they make no sense.
    """
    parser = _Parser(
        prog="python -m agent.relay", description="Lets v0 agents report to a dashboard.", allow_abbrev=False
    )
    for name, (metavar, about) in OPTIONS.items():
        parser.add_argument(f"--{name}", metavar=metavar, help=f"{about} ({_variable(name)})")
    given = vars(parser.parse_args(arguments))
    texts = {name: given[name.replace("-", "_")] or environment.get(_variable(name), "") for name in OPTIONS}
    try:
        return _options(texts, environment)
    except _OptionError as error:
        parser.error(str(error))


class _OptionError(Exception):
    """Raised when an option is missing or makes no sense; the message says what to do."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}\n")


def _variable(name: str) -> str:
    return "NEZHA_RELAY_" + name.replace("-", "_").upper()


def _options(texts: Mapping[str, str], environment: Mapping[str, str]) -> Options:
    usual = Options(parse_url(""))
    return Options(
        api=_url(texts["api"]),
        listen=_endpoint("listen", texts["listen"]) if texts["listen"] else usual.listen,
        metrics=_metrics(texts["metrics"]) if texts["metrics"] else usual.metrics,
        tls=_tls(texts["tls-cert"], texts["tls-key"]),
        spool=_directory(texts["spool"], environment),
        spool_points=int(_number("spool-points", texts["spool-points"], usual.spool_points, 1000, 10**9)),
        geoip=Path(texts["geoip"]) if texts["geoip"] else None,
        interval=_number("interval", texts["interval"], usual.interval, 0, 3600),
        flush=_number("flush", texts["flush"], usual.flush, 1, 3600),
        drain=_number("drain", texts["drain"], usual.drain, 0, LONGEST_DRAIN),
        trusted=_networks(texts["trusted-proxy"]),
        header=_header(texts["proxy-header"] or usual.header),
        connections=int(_number("connections", texts["connections"], usual.connections, 1, 10**6)),
    )


def _url(text: str) -> Url:
    if not text:
        raise _OptionError("no dashboard: set --api or NEZHA_RELAY_API, for example https://nezha.example.com")
    try:
        url = parse_url(text)
    except LocationParseError:
        raise _OptionError("--api cannot be read: it should look like https://nezha.example.com") from None
    if url.scheme not in ("http", "https") or not url.host:
        raise _OptionError("--api must begin with https:// or http:// and name a host")
    if url.auth is not None or url.query is not None or url.fragment is not None:
        raise _OptionError("--api must not hold a user, a query or a fragment")
    return url


def _endpoint(name: str, text: str) -> Endpoint:
    host, _, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not host or not (port.isascii() and port.isdigit() and len(port) <= 5 and int(port) < 65536):
        raise _OptionError(f"--{name} must be HOST:PORT, for example 0.0.0.0:5555 or [::]:5555")
    return Endpoint(host, int(port))


def _metrics(text: str) -> Endpoint | None:
    if text == "off":
        return None
    endpoint = _endpoint("metrics", text)
    if not is_loopback(endpoint.host):
        raise _OptionError("--metrics must be on loopback, as anybody who reaches it may read it")
    return endpoint


def _tls(certificate: str, key: str) -> tuple[Path, Path] | None:
    if bool(certificate) != bool(key):
        raise _OptionError("--tls-cert and --tls-key go together")
    return (Path(certificate), Path(key)) if certificate else None


def _directory(given: str, environment: Mapping[str, str]) -> Path:
    if given:
        return Path(given)
    # systemd gives several when several are asked for.
    if named := environment.get("STATE_DIRECTORY", "").partition(":")[0]:
        return Path(named)
    # A relative path is to be ignored, as its specification says.
    if Path(state := environment.get("XDG_STATE_HOME", "")).is_absolute():
        return Path(state, "nezha-relay")
    try:
        return Path(environment.get("HOME") or Path.home(), ".local/state/nezha-relay")
    except RuntimeError:
        raise _OptionError("no home for the spool: set --spool to a directory") from None


def _number(name: str, text: str, usual: float, least: float, most: float) -> float:
    try:
        number = float(text) if text else usual
    except ValueError:
        number = float("nan")
    if not (least <= number <= most or number == usual):
        raise _OptionError(f"--{name} must be a number from {least} to {most}")
    return number


def _networks(text: str) -> tuple[Network, ...]:
    try:
        return tuple(ip_network(part.strip()) for part in text.split(",") if part.strip())
    except ValueError as error:
        raise _OptionError(f"--trusted-proxy: {error}") from None


def _header(text: str) -> str:
    if not text.isascii() or not text.replace("-", "").isalnum():
        raise _OptionError("--proxy-header is no name of a header")
    return text.lower()
