"""The configuration, read from environment variables. No other module reads them."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field


class ConfigError(Exception):
    """Raised when a variable is missing or invalid; the message names it."""


@dataclass(frozen=True)
class Config:
    """The settings of this process.

    table_prefix: the beginning of every table's name, for example `nezha-prod-`.
    region: the AWS region of the tables.
    dynamodb_url: the endpoint of a DynamoDB other than the region's; None for the region's.
    report_interval: seconds that agents are told to wait between two reports.
    flush: seconds that agents are told to wait between two flushes of minutes and ping points.
    compress: whether the dashboard compresses large answers itself. API Gateway must then decode base64.
    local: whether this runs under `make run`, where channels may reach loopback and private addresses.
    hosts: names that requests may use in their Host header under `make run`, in addition to loopback names.
    evaluate_every: seconds between two evaluations of the alert rules.
    deliverer: the name of the function that tests channels for the API; "" where the API does it itself.
    report_url: where agents are told to send reports; "" for the dashboard's own URL.
    metered: the billed parts of this stage, as `metering.Parts` parses them; "" where nothing is billed.
    state_units: write units a second that the states of the fleet may consume; 0 for no limit.
    ceiling: dollars a month, past which the dashboard slows down; 0 for no ceiling.
    edge_secret: the secret that requests from CloudFront carry; "" without CloudFront.
    """

    table_prefix: str
    region: str
    dynamodb_url: str | None = None
    report_interval: int = 60
    flush: int = 300
    compress: bool = False
    local: bool = False
    hosts: tuple[str, ...] = ()
    evaluate_every: int = 60
    deliverer: str = ""
    report_url: str = ""
    metered: str = ""
    state_units: int = 0
    ceiling: float = 0
    edge_secret: str = field(default="", repr=False)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Config":
        """Reads the NEZHA_ variables, and AWS's own for region and endpoint. Raises ConfigError."""
        prefix = environment.get("NEZHA_TABLE_PREFIX", "")
        if not prefix:
            raise ConfigError("NEZHA_TABLE_PREFIX is not set; set it to the tables' prefix, for example nezha-dev-")
        region = environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION") or ""
        if not region:
            raise ConfigError("AWS_REGION is not set; set it to the region of the tables, for example us-east-1")
        return cls(
            table_prefix=prefix,
            region=region,
            dynamodb_url=_url(environment, "AWS_ENDPOINT_URL_DYNAMODB") or _url(environment, "AWS_ENDPOINT_URL"),
            report_interval=_seconds("NEZHA_REPORT_INTERVAL", environment.get("NEZHA_REPORT_INTERVAL", "60")),
            flush=_seconds("NEZHA_FLUSH", environment.get("NEZHA_FLUSH", "300")),
            compress=_switch("NEZHA_COMPRESS", environment.get("NEZHA_COMPRESS", "0")),
            local=_switch("NEZHA_LOCAL", environment.get("NEZHA_LOCAL", "0")),
            hosts=tuple(environment.get("NEZHA_ALLOW_HOSTS", "").split()),
            evaluate_every=_seconds("NEZHA_EVALUATE_EVERY", environment.get("NEZHA_EVALUATE_EVERY", "60")),
            deliverer=environment.get("NEZHA_DELIVERER", ""),
            report_url=_url(environment, "NEZHA_REPORT_URL") or "",
            metered=metered_in(environment),
            state_units=_units("NEZHA_STATE_UNITS", environment.get("NEZHA_STATE_UNITS", "0")),
            ceiling=_dollars("NEZHA_CEILING", environment.get("NEZHA_CEILING", "0")),
            edge_secret=environment.get("NEZHA_EDGE_SECRET", ""),
        )


def metered_in(environment: Mapping[str, str]) -> str:
    """The billed parts of the stage, the function that runs this included; "" if it does not update the costs."""
    text, name = environment.get("NEZHA_METERED", ""), environment.get("AWS_LAMBDA_FUNCTION_NAME", "")
    return f"{text} function={name}:{environment.get('AWS_LAMBDA_FUNCTION_MEMORY_SIZE')}" if text and name else text


def _url(environment: Mapping[str, str], name: str) -> str | None:
    url = environment.get(name)
    if url and not url.startswith(("http://", "https://")):
        raise ConfigError(f"{name} is {url!r}; it must begin with http:// or https://")
    return url or None


def _seconds(name: str, text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 3600:
        raise ConfigError(f"{name} is {text!r}; it must be a whole number of seconds from 1 to 3600")
    return int(text)


def _units(name: str, text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 6:
        raise ConfigError(f"{name} is {text!r}; it must be a whole number of write units a second, 0 for any number")
    return int(text)


def _dollars(name: str, text: str) -> float:
    if not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,2})?", text):
        raise ConfigError(f"{name} is {text!r}; it must be an amount of US dollars, for example 5 or 7.50")
    return float(text)


def _switch(name: str, text: str) -> bool:
    if text not in ("0", "1"):
        raise ConfigError(f"{name} is {text!r}; it must be 0 or 1")
    return text == "1"
