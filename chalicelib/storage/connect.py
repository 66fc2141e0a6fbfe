"""Which transport a process uses, and where DynamoDB is."""

import ipaddress
import re
from typing import Any
from urllib.parse import urlsplit

from botocore.exceptions import BotoCoreError
from botocore.session import Session, get_session
from botocore.utils import get_environ_proxies

from chalicelib.config import Config, ConfigError
from chalicelib.storage.calls import Transport
from chalicelib.storage.failures import SetupError
from chalicelib.storage.transport import FastTransport

CONNECT_SECONDS = 0.7
READ_SECONDS = 1.2
"""An attempt takes at most the sum of both, and none begins after REQUEST_SECONDS: under 5 s in all."""

OPERATOR_CONNECT_SECONDS = 5.0
OPERATOR_READ_SECONDS = 20.0
"""Operators may sit behind a slow VPN, and would rather wait."""


def for_requests(config: Config) -> Transport:
    """The fast transport, or botocore's if the AWS settings need it: for a FIPS or dual-stack endpoint, or a proxy.

    Few people need these, and for them a slower dashboard is better than none. Raises ConfigError for an unknown
    region, and SetupError.
    """
    session = get_session()
    try:
        given = _given_url(session, config)
        url = given or url_of_region(session, config.region)
        if not _needs_botocore(session, url, is_given=given is not None):
            return FastTransport(
                session, url, config.region, connect_seconds=CONNECT_SECONDS, read_seconds=READ_SECONDS
            )
    except BotoCoreError as error:
        raise SetupError(str(error)) from error
    return _botocore_transport(session, given, config.region, CONNECT_SECONDS, READ_SECONDS)


def for_operators(config: Config, session: Session) -> Transport:
    """botocore's transport, which supports every source of credentials and every endpoint. Raises SetupError."""
    try:
        given = _given_url(session, config)
    except BotoCoreError as error:
        raise SetupError(str(error)) from error
    return _botocore_transport(session, given, config.region, OPERATOR_CONNECT_SECONDS, OPERATOR_READ_SECONDS)


def _given_url(session: Session, config: Config) -> str | None:
    """The endpoint that is configured: in the environment, or else in AWS's configuration file. None for neither."""
    found: str | None = config.dynamodb_url or session.get_scoped_config().get("endpoint_url")
    return found


def _botocore_transport(
    session: Session, url: str | None, region: str, connect_seconds: float, read_seconds: float
) -> Transport:
    # Imported here, as few processes need it, and every cold start would have to wait for it.
    from chalicelib.storage.botocore_transport import BotocoreTransport

    return BotocoreTransport(
        session,
        url,
        region,
        connect_seconds=connect_seconds,
        read_seconds=read_seconds,
        proxies=not (url and _is_loopback(url)),
    )


def url_of_region(session: Session, region: str) -> str:
    """DynamoDB's URL, from botocore's data about AWS's partitions. Raises ConfigError for a region that is in none."""
    partitions: list[dict[str, Any]] = session.get_component("data_loader").load_data("partitions")["partitions"]
    for partition in partitions:
        if region in partition["regions"] or re.fullmatch(partition["regionRegex"], region):
            return f"https://dynamodb.{region}.{partition['outputs']['dnsSuffix']}"
    raise ConfigError(
        f"AWS_REGION is {region!r}, which is not a region that this version knows; "
        "correct it, or set AWS_ENDPOINT_URL_DYNAMODB to the URL of its DynamoDB"
    )


def _needs_botocore(session: Session, url: str, *, is_given: bool) -> bool:
    if not is_given and any(
        session.get_config_variable(name) for name in ("use_fips_endpoint", "use_dualstack_endpoint")
    ):
        return True
    return not _is_loopback(url) and urlsplit(url).scheme in get_environ_proxies(url)


def _is_loopback(url: str) -> bool:
    """Whether a URL names this machine, which is never reached through a proxy."""
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
