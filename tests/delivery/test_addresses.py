"""Which addresses a channel may reach."""

import socket
from typing import Any

import pytest

from chalicelib.delivery.addresses import ForbiddenAddress, allowed, resolved

PUBLIC = ["203.0.114.7", "8.8.8.8", "2606:4700::1111", "64:ff9b::808:808", "2002:808:808::1"]
LOCAL = ["127.0.0.1", "127.8.8.8", "10.0.0.1", "172.31.255.255", "192.168.1.1", "::1", "fd12::1", "::ffff:127.0.0.1",
         "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::",
         "::7f00:1", "::ffff:0:a00:1"]  # fmt: skip
NEVER = ["169.254.169.254", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::", "fe80::1",
         "::a9fe:a9fe", "::ffff:0:a9fe:a9fe",
         "fe80::1%eth0", "fd00:ec2::254", "0.0.0.0", "::", "224.0.0.1", "ff02::1",  # noqa: S104
         "255.255.255.255", "240.0.0.1", "100.100.100.200",
         "192.0.0.192", "fec0::1", "64:ff9b:1::1", "198.18.0.1", "", "localhost", "2130706433",
         "0x7f000001"]  # fmt: skip


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_allowed(address: str) -> None:
    assert allowed(address, local=False)
    assert allowed(address, local=True)


@pytest.mark.parametrize("address", LOCAL)
def test_local_addresses_are_allowed_on_one_machine_only(address: str) -> None:
    assert not allowed(address, local=False)
    assert allowed(address, local=True)


@pytest.mark.parametrize("address", NEVER)
def test_other_addresses_never_are(address: str) -> None:
    assert not allowed(address, local=False)
    assert not allowed(address, local=True)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "2130706433", "0x7f000001", "127.1", "::1", "::ffff:127.0.0.1"]
)
def test_loopback_is_refused_however_it_is_written(host: str) -> None:
    with pytest.raises(OSError, match=r"not allowed|not known|failure"):
        resolved(host, 80, local=False)


def test_only_usable_addresses_of_a_name_are_used(monkeypatch: pytest.MonkeyPatch) -> None:
    def answers(host: Any, port: Any, **_: Any) -> list[Any]:
        return [(2, 1, 6, "", (address, port)) for address in ("169.254.169.254", "8.8.8.8", "8.8.8.8", "10.0.0.1")]

    monkeypatch.setattr(socket, "getaddrinfo", answers)
    assert resolved("rebinding.example", 80, local=False) == ["8.8.8.8"]
    assert resolved("rebinding.example", 80, local=True) == ["8.8.8.8", "10.0.0.1"]


def test_a_name_without_usable_addresses_is_refused() -> None:
    with pytest.raises(ForbiddenAddress):
        resolved("127.0.0.1", 80, local=False)


@pytest.mark.parametrize("host", ["", "a" * 300, "a..b", "\ud800"])
def test_names_that_are_none(host: str) -> None:
    with pytest.raises(OSError):  # noqa: PT011
        resolved(host or "..", 80, local=True)
