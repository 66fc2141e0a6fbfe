"""The local server rejects requests for foreign host names, as a website with rebound DNS sends them."""

from collections.abc import Iterator, Mapping
from contextlib import closing
from http.client import HTTPConnection

import pytest

from chalicelib.api.host_names import host_name, is_loopback
from tests.local.running import Running, launched, port_of, started
from tests.support.dashboard import HttpAnswer

LOOPBACK = [
    "localhost",
    "LOCALHOST",
    "localhost.",
    "dash.localhost",
    "127.0.0.1",
    "127.1.2.3",
    "[::1]",
]
FOREIGN = [
    "evil.example",
    "127.0.0.1.evil.example",
    "localhost.evil.example",
    "evillocalhost",
    "192.0.2.1",
    "10.0.0.1",
    "0.0.0.0",  # noqa: S104 - a Host header
    "[2001:db8::1]",
    "[::]",
    "127.0.0.1@evil.example",
    "evil.example:80@127.0.0.1",
    "evil.example, 127.0.0.1",
    "127.0.0.1 evil.example",
    "[::1",
    "::1",
    "",
]
PATHS = ["/", "/login", "/api/summary", "/api/v1/server/list", "/api/v1/health", "/nothing"]


@pytest.fixture(scope="module")
def system() -> Iterator[Running]:
    allowed = ("--allow-host", "dash.example", "--allow-host", "Other.Example:443")
    with started("--data", "memory", "--no-report", "--no-relay", *allowed) as running:
        yield running


@pytest.mark.parametrize("name", LOOPBACK)
@pytest.mark.parametrize("port", ["", ":8008", ":"])
def test_loopback_names_mean_this_machine(name: str, port: str) -> None:
    assert is_loopback(host_name(name + port))


@pytest.mark.parametrize("name", FOREIGN)
def test_other_names_do_not(name: str) -> None:
    assert not is_loopback(host_name(name))


@pytest.mark.parametrize("name", [*LOOPBACK, "dash.example", "DASH.example.", "dash.example:8443", "other.example"])
def test_loopback_and_allowed_names_are_answered(system: Running, name: str) -> None:
    assert _ask(system, "GET", "/api/v1/health", {"Host": name}).status == 200


@pytest.mark.parametrize("name", [*FOREIGN, "sub.dash.example", "dash.example.evil.example"])
def test_foreign_names_are_refused(system: Running, name: str) -> None:
    answer = _ask(system, "GET", "/api/v1/health", {"Host": name})
    assert answer.error == (403, 403)
    assert "--allow-host" in answer.json["message"]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS", "HEAD"])
def test_every_path_and_method_refuses_them(system: Running, method: str, path: str) -> None:
    answer = _ask(system, method, path, {"Host": "evil.example", "Authorization": system.token})
    assert answer.status == 403
    assert method == "HEAD" or answer.error == (403, 403)


def test_the_error_names_the_option_and_the_host(system: Running) -> None:
    refused = _ask(system, "GET", "/", {"Host": "evil.example:8008"})
    assert "start the server with --allow-host evil.example." in refused.json["message"]


def test_a_rebound_name_can_neither_sign_in_nor_use_a_cookie(system: Running) -> None:
    session = system.sign_in()
    own = {"Host": "evil.example:8008", "Origin": "http://evil.example:8008", "Sec-Fetch-Site": "same-origin"}
    assert _ask(system, "POST", "/api/login", own, b'{"password": "x"}').error == (403, 403)
    assert _ask(system, "GET", "/api/server", {**own, "Cookie": session["Cookie"]}).error == (403, 403)
    assert _ask(system, "GET", "/api/server", session).status == 200


@pytest.mark.parametrize("name", ["", ":443", "a b", "http://dash.example"])
def test_a_name_that_is_none_is_a_wrong_command_line(name: str) -> None:
    with launched("--allow-host", name) as process:
        _, err = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "is not a host name" in err


def _ask(system: Running, method: str, path: str, headers: Mapping[str, str], body: bytes | None = None) -> HttpAnswer:
    """Sends a request whose answer need not match the API's description: on AWS, foreign names never reach our code."""
    with closing(HTTPConnection("127.0.0.1", port_of(system.said["url"]), timeout=60)) as connection:
        connection.putrequest(method, path, skip_host=True)
        for name, value in {**headers, "Content-Length": str(len(body or b""))}.items():
            connection.putheader(name, value)
        connection.endheaders(body)
        answer = connection.getresponse()
        return HttpAnswer(answer.status, dict(answer.getheaders()), answer.read())
