"""Which transport a process gets, and which endpoint it calls."""

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from botocore.session import get_session

from chalicelib.config import Config, ConfigError
from chalicelib.storage import connect
from chalicelib.storage.botocore_transport import BotocoreTransport
from chalicelib.storage.failures import NoAnswer, SetupError
from chalicelib.storage.transport import FastTransport
from tests.support.dynamodb import PROJECT
from tests.support.scripted_dynamodb import DONE, ScriptedDynamoDB, scripted_dynamodb

REGIONS = [
    region
    for partition in get_session().get_component("data_loader").load_data("partitions")["partitions"]
    for region in partition["regions"]
    if not region.endswith("-global")
]

VARIABLES = (
    *("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "AWS_PROFILE", "AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT"),
)


@pytest.fixture(autouse=True)
def settings(aws_credentials: None, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """What a test sets in the environment; nothing else there chooses a transport."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    return monkeypatch


def config(url: str | None = None, region: str = "us-east-1") -> Config:
    return Config("t-", region, url)


@contextmanager
def refusing_proxy() -> Iterator[tuple[str, list[str]]]:
    """The URL of a proxy that connects nobody, and the hosts that it was asked for."""
    asked: list[str] = []

    def serve() -> None:
        while True:
            try:
                accepted, _ = listener.accept()
            except OSError:
                return
            with accepted, accepted.makefile("rb") as file:
                asked.append(file.readline().split()[1].decode())
                accepted.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", asked
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(60)


@pytest.fixture(scope="module")
def botocore_session() -> Any:
    return get_session()


@pytest.mark.parametrize("region", REGIONS)
def test_a_region_has_the_endpoint_that_botocore_knows(botocore_session: Any, region: Any) -> None:
    # Without an account: it would be part of the host.
    client = botocore_session.create_client("dynamodb", region_name=region)
    assert connect.url_of_region(botocore_session, region) == client.meta.endpoint_url
    client.close()


def test_a_region_that_botocore_does_not_list_has_the_domain_of_its_partition(botocore_session: Any) -> None:
    assert connect.url_of_region(botocore_session, "eu-new-7") == "https://dynamodb.eu-new-7.amazonaws.com"
    assert connect.url_of_region(botocore_session, "cn-new-7") == "https://dynamodb.cn-new-7.amazonaws.com.cn"


@pytest.mark.parametrize("region", ["mars-east-1", "useast1", "local", "us-east-1.evil.test/"])
def test_a_region_of_no_partition_is_refused_by_name(region: str) -> None:
    with pytest.raises(ConfigError, match=f"AWS_REGION is '{region}', which is not a region"):
        connect.for_requests(config(region=region))


def test_requests_use_the_fast_transport() -> None:
    assert isinstance(connect.for_requests(config()), FastTransport)
    assert isinstance(connect.for_requests(config("http://127.0.0.1:1", region="local")), FastTransport)


def test_operators_use_botocore() -> None:
    assert isinstance(connect.for_operators(config(), get_session()), BotocoreTransport)


@pytest.mark.parametrize(
    ("variable", "host"),
    [
        ("AWS_USE_FIPS_ENDPOINT", "dynamodb-fips.us-east-1.amazonaws.com:443"),
        ("AWS_USE_DUALSTACK_ENDPOINT", "dynamodb.us-east-1.api.aws:443"),
        ("NO_PROXY", "dynamodb.us-east-1.amazonaws.com:443"),
    ],
)
def test_requests_use_botocore_where_only_it_reaches_dynamodb(
    settings: pytest.MonkeyPatch, variable: str, host: str
) -> None:
    settings.setenv(variable, "true")
    with refusing_proxy() as (url, asked):
        settings.setenv("HTTPS_PROXY", url)
        transport = connect.for_requests(config())
        with pytest.raises(NoAnswer, match="Failed to connect to proxy"):
            transport.call("GetItem", {"TableName": "t-servers", "Key": {"g": {"N": "-1"}}})
        transport.close()
    assert isinstance(transport, BotocoreTransport)
    assert asked == [host]


@pytest.mark.parametrize(
    ("url", "variables"),
    [
        (None, {"HTTPS_PROXY": "http://127.0.0.1:1", "NO_PROXY": ".amazonaws.com"}),
        (None, {"HTTP_PROXY": "http://127.0.0.1:1"}),
        ("http://127.0.0.1:8000", {"HTTP_PROXY": "http://127.0.0.1:1"}),
        ("http://localhost:8000", {"HTTP_PROXY": "http://127.0.0.1:1"}),
        ("http://[::1]:8000", {"HTTP_PROXY": "http://127.0.0.1:1"}),
        ("https://dynamodb.example.test", {"AWS_USE_FIPS_ENDPOINT": "true"}),
    ],
)
def test_settings_that_do_not_concern_the_endpoint_leave_the_fast_transport(
    settings: pytest.MonkeyPatch, url: str | None, variables: dict[str, Any]
) -> None:
    for name, value in variables.items():
        settings.setenv(name, value)
    assert isinstance(connect.for_requests(config(url)), FastTransport)


def test_a_profile_that_does_not_exist_is_named(settings: pytest.MonkeyPatch) -> None:
    settings.setenv("AWS_PROFILE", "none-such")
    with pytest.raises(SetupError, match="none-such"):
        connect.for_requests(config())
    with pytest.raises(SetupError, match="none-such"):
        connect.for_operators(config(), get_session())


@pytest.fixture(scope="module")
def scripted() -> Iterator[ScriptedDynamoDB]:
    with scripted_dynamodb() as started:
        yield started


def test_lambda_makes_no_client_of_botocore(scripted: ScriptedDynamoDB) -> None:
    """A client costs a cold start tens of milliseconds."""
    scripted.will_answer([DONE])
    program = """
import sys
from botocore.session import Session
def refuse(*_, **__): raise AssertionError("a client was made")
Session.create_client = refuse
import app
app.store.check()
assert "chalicelib.storage.botocore_transport" not in sys.modules
"""
    environment = {
        **os.environ,
        "NEZHA_TABLE_PREFIX": "t-",
        "AWS_REGION": "us-east-1",
        "AWS_ENDPOINT_URL_DYNAMODB": scripted.url,
    }
    subprocess.run([sys.executable, "-c", program], cwd=PROJECT, env=environment, check=True)
    assert scripted.operations == ["GetItem"]
