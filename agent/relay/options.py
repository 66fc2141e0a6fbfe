"""The relay's options, from the command line and the environment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path

from agent.core.limits import SPOOL_MB
from agent.core.options import OptionError, Parser, dashboard_url, number, spool_directory
from agent.core.urls import Url, is_loopback
from agent.relay.peers import Network

LONGEST_DRAIN = 6
"""Seconds. Leaves time to send what was measured, as a stop may take at most 10 seconds."""


@dataclass(frozen=True)
class Endpoint:
    """An address to listen on. port: 0 for a free one."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True)
class Options:
    """The relay's options; times are in seconds. api: the dashboard. tls: certificate and key, None for plaintext.
    geoip: an MMDB file of countries.

    interval: the minimum between two states of a server. flush: between two sends of minutes and points, None to do
    what the dashboard asks. drain: the time over which agents are disconnected when the relay stops. trusted: proxies
    whose header names an agent's address.
    """

    api: Url
    listen: Endpoint = Endpoint("0.0.0.0", 5555)  # noqa: S104
    metrics: Endpoint | None = Endpoint("127.0.0.1", 9555)
    tls: tuple[Path, Path] | None = None
    spool: Path = Path("nezha-relay")
    spool_mb: float = SPOOL_MB
    geoip: Path | None = None
    interval: float = 0.0
    flush: float | None = None
    drain: float = 5.0
    trusted: tuple[Network, ...] = ()
    header: str = "x-forwarded-for"
    connections: int = 20_000

    @property
    def warnings(self) -> list[str]:
        """Warnings about settings that are allowed but rarely intended."""
        found = []
        if self.api.is_unencrypted:
            found.append("secrets are sent to the dashboard unencrypted: use https unless you trust the whole network")
        if self.tls is None and not is_loopback(self.listen.host):
            found.append(
                "agents send their secrets unencrypted, and whoever controls the network can send them commands: use "
                "--tls-cert, and start agents with --disable-command-execute --disable-nat"
            )
        return found


PLAINTEXT = "plaintext"
"""The option that takes no value."""

OPTIONS: Mapping[str, tuple[str, str]] = {
    "api": ("URL", "the dashboard, for example https://nezha.example.com"),
    "listen": ("HOST:PORT", "where agents connect, 0.0.0.0:5555 by default; port 0 takes a free one"),
    "tls-cert": ("FILE", "the certificate with its chain; without it, agents connect without TLS"),
    "tls-key": ("FILE", "its key"),
    "spool": ("DIR", "directory for unsent data"),
    "spool-mb": ("N", f"maximum size of unsent data in megabytes, {SPOOL_MB} by default"),
    "geoip": ("FILE", "an MMDB file with countries"),
    "interval": ("S", "minimum seconds between two states of a server, if the dashboard asks for fewer"),
    "flush": (
        "S",
        "send minutes and points every S seconds (60, 300 or 600), instead of the interval that the dashboard asks for",
    ),
    "drain": ("S", "when stopping, disconnect agents over S seconds, 5 by default"),
    "metrics": ("HOST:PORT", "where to serve /metrics and /healthz, on loopback; 127.0.0.1:9555 by default, or off"),
    "trusted-proxy": ("NETWORKS", "proxies, separated by commas, whose header names an agent's address"),
    "proxy-header": ("NAME", "that header, x-forwarded-for by default"),
    "connections": ("N", "maximum number of connections, 20000 by default"),
}


def parse_options(arguments: Sequence[str], environment: Mapping[str, str]) -> Options:
    """An option takes precedence over its variable: --tls-cert over NEZHA_RELAY_TLS_CERT.

    Ends the process with status 2 and one line on stderr when the options are invalid.
    """
    parser = Parser("python -m agent.relay", "Lets v0 agents report to a dashboard.")
    for name, (metavar, about) in OPTIONS.items():
        parser.add_argument(f"--{name}", metavar=metavar, help=f"{about} ({_variable(name)})")
    about = f"accept agents from other hosts without TLS, for networks that you trust ({_variable(PLAINTEXT)}=1)"
    parser.add_argument(f"--{PLAINTEXT}", action="store_const", const="1", help=about)
    given = vars(parser.parse_args(arguments))
    names = (*OPTIONS, PLAINTEXT)
    texts = {name: given[name.replace("-", "_")] or environment.get(_variable(name), "") for name in names}
    try:
        options = _options(texts, environment)
        _check_plaintext(options, texts[PLAINTEXT])
        return options
    except OptionError as error:
        parser.error(str(error))


def _check_plaintext(options: Options, plaintext: str) -> None:
    if plaintext not in ("", "0", "1"):
        raise OptionError(f"{_variable(PLAINTEXT)} must be 0 or 1")
    if options.tls is None and not is_loopback(options.listen.host) and plaintext != "1":
        raise OptionError(
            f"agents would send their secrets unencrypted to {options.listen}: set --tls-cert and --tls-key, or listen "
            "on 127.0.0.1 behind a TLS proxy, or accept the risk with --plaintext"
        )


def _variable(name: str) -> str:
    return "NEZHA_RELAY_" + name.replace("-", "_").upper()


def _options(texts: Mapping[str, str], environment: Mapping[str, str]) -> Options:
    api = dashboard_url(texts["api"], "--api", _variable("api"))
    usual = Options(api)
    return Options(
        api=api,
        listen=_endpoint("listen", texts["listen"]) if texts["listen"] else usual.listen,
        metrics=_metrics(texts["metrics"]) if texts["metrics"] else usual.metrics,
        tls=_tls(texts["tls-cert"], texts["tls-key"]),
        spool=spool_directory(texts["spool"], environment, "nezha-relay"),
        spool_mb=number("--spool-mb", texts["spool-mb"], usual.spool_mb, 1, 1_000_000),
        geoip=Path(texts["geoip"]) if texts["geoip"] else None,
        interval=number("--interval", texts["interval"], usual.interval, 0, 3600),
        flush=number("--flush", texts["flush"], 0, 1, 3600) if texts["flush"] else None,
        drain=number("--drain", texts["drain"], usual.drain, 0, LONGEST_DRAIN),
        trusted=_networks(texts["trusted-proxy"]),
        header=_header(texts["proxy-header"] or usual.header),
        connections=int(number("--connections", texts["connections"], usual.connections, 1, 10**6)),
    )


def _endpoint(name: str, text: str) -> Endpoint:
    host, _, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not host or not (port.isascii() and port.isdigit() and len(port) <= 5 and int(port) < 65536):
        raise OptionError(f"--{name} must be HOST:PORT, for example 0.0.0.0:5555 or [::]:5555")
    return Endpoint(host, int(port))


def _metrics(text: str) -> Endpoint | None:
    if text == "off":
        return None
    endpoint = _endpoint("metrics", text)
    if not is_loopback(endpoint.host):
        raise OptionError("--metrics must be on loopback, as it has no access control")
    return endpoint


def _tls(certificate: str, key: str) -> tuple[Path, Path] | None:
    if bool(certificate) != bool(key):
        raise OptionError("--tls-cert and --tls-key must be given together")
    return (Path(certificate), Path(key)) if certificate else None


def _networks(text: str) -> tuple[Network, ...]:
    try:
        return tuple(ip_network(part.strip()) for part in text.split(",") if part.strip())
    except ValueError as error:
        raise OptionError(f"--trusted-proxy: {error}") from None


def _header(text: str) -> str:
    if not text.isascii() or not text.replace("-", "").isalnum():
        raise OptionError("--proxy-header is not the name of a header")
    return text.lower()
