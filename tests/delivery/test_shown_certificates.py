"""Certificates that real TLS servers show. tests/agent/core/test_certificates.py tests the parser."""

import socket
import time
from pathlib import Path

import pytest

from agent.core.certificates import LONGEST_ISSUER
from chalicelib.delivery import shown_certificates
from chalicelib.delivery.shown_certificates import read, read_all
from chalicelib.fleet import limits
from chalicelib.fleet.certificates import Certificate
from tests.agent.tls import DAY, OK, certificate, server_side, serving


@pytest.fixture(autouse=True)
def enough_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine."""
    monkeypatch.setattr(shown_certificates, "SECONDS", 20.0)


def test_valid_or_not_it_is_read_and_nothing_is_said(tmp_path: Path) -> None:
    for days in (5, -3):
        ends = int(time.time()) + days * DAY
        made = certificate(tmp_path, ends=ends, names=(("ORGANIZATION_NAME", "Trust"), ("COMMON_NAME", "R3")))
        with serving(OK, server_side(made)) as (port, requests):
            assert read(f"https://127.0.0.1:{port}/path?query", local=True) == Certificate("Trust", ends)
            assert not any(requests)


def test_one_that_is_renewed_is_read_anew(tmp_path: Path) -> None:
    first, second = int(time.time()) + DAY, int(time.time()) + 90 * DAY
    context = server_side(certificate(tmp_path, ends=first))
    with serving(OK, context) as (port, _):
        assert read(f"https://127.0.0.1:{port}/", local=True) == Certificate("127.0.0.1", first)
        context.load_cert_chain(certificate(tmp_path, ends=second))
        assert read(f"https://127.0.0.1:{port}/", local=True) == Certificate("127.0.0.1", second)


def test_targets_that_show_none_have_none(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port_of_nobody = closed.getsockname()[1]
    with serving(OK) as (plain, _), serving(OK, server_side(certificate(tmp_path))) as (secure, _):
        targets = [
            f"https://127.0.0.1:{plain}/",
            f"https://127.0.0.1:{port_of_nobody}/",
            "https://no-such-host.invalid/",
            f"https://127.0.0.1:{secure}/",
        ]
        assert [one is not None for one in read_all(targets, local=True)] == [False, False, False, True]


def test_a_server_that_is_silent_is_left_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shown_certificates, "SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0), backlog=20) as silent:
        target = f"https://127.0.0.1:{silent.getsockname()[1]}/"
        began = time.monotonic()
        assert read_all([target] * 8, local=True) == [None] * 8
        assert time.monotonic() - began < 10


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "[::1]", "[fd00:ec2::254]"])
def test_on_lambda_private_addresses_are_not_reached(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def reached(*_: object) -> None:
        pytest.fail("a forbidden address was reached")

    monkeypatch.setattr(socket, "create_connection", reached)
    assert read(f"https://{address}/", local=False) is None


def test_metadata_is_not_reached_on_a_machine_of_ours_either(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "create_connection", lambda *_: pytest.fail("reached"))
    assert read("https://169.254.169.254/", local=True) is None


def test_issuers_that_the_parser_returns_can_be_stored() -> None:
    assert LONGEST_ISSUER == limits.ISSUER_LENGTH
