"""Addresses of agents, and the countries that they are in."""

import struct
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from agent.relay import nezha_pb2 as pb
from agent.relay.geoip import GeoIP, GeoIPError
from agent.relay.peers import Peers, address_of, reportable
from tests.agent.relay.running_relay import relay, run, until
from tests.agent.relay.scripted_api import ScriptedApi
from tests.agent.relay.simulated_agent import SimulatedAgent

PROXY = (ip_network("10.0.0.0/8"), ip_network("::1/128"))


@pytest.mark.parametrize(
    ("peer", "address"),
    [
        ("ipv4:192.0.2.1:40000", "192.0.2.1"),
        ("ipv6:%5B2001:db8::1%5D:40000", "2001:db8::1"),
        ("ipv6:[::ffff:192.0.2.1]:40000", "192.0.2.1"),
        ("unix:/run/relay", ""),
        ("nonsense", ""),
    ],
)
def test_address_of_a_peer(peer: str, address: str) -> None:
    assert address_of(peer) == address


@pytest.mark.parametrize(
    ("peer", "header", "address"),
    [
        ("ipv4:192.0.2.1:4", "203.0.113.7", "192.0.2.1"),
        ("ipv4:10.0.0.1:4", "203.0.113.7", "203.0.113.7"),
        ("ipv4:10.0.0.1:4", "6.6.6.6, 203.0.113.7", "203.0.113.7"),
        ("ipv4:10.0.0.1:4", "203.0.113.7, 10.0.0.2", "203.0.113.7"),
        ("ipv6:%5B::1%5D:4", "2001:db8::7", "2001:db8::7"),
        ("ipv4:10.0.0.1:4", "nonsense", "10.0.0.1"),
        ("ipv4:10.0.0.1:4", "", "10.0.0.1"),
        ("ipv4:10.0.0.1:4", "1.1.1.1," * 1000, "10.0.0.1"),
    ],
)
def test_a_header_is_believed_from_trusted_proxies_alone(peer: str, header: str, address: str) -> None:
    assert Peers(PROXY).address(peer, [("x-forwarded-for", header)]) == address
    assert Peers().address(peer, [("x-forwarded-for", header)]) == address_of(peer)


@pytest.mark.parametrize(
    ("address", "told"),
    [("192.0.2.1", "192.0.2.1"), ("10.0.0.1", "10.0.0.1"), ("127.0.0.1", ""), ("::1", ""), ("", "")],
)
def test_loopback_is_not_reported(address: str, told: str) -> None:
    assert reportable(address) == told


def mmdb(countries: dict[int, dict[str, Any]]) -> bytes:
    """An MMDB file of IPv4 in which the first bits of an address, as many as needed, choose a country."""
    bits = 2
    data, offsets = b"", {}
    for first, record in countries.items():
        offsets[first] = len(data)
        data += encoded(record)
    nodes = 2**bits - 1
    tree = b""
    for node in range(nodes):
        for side in (0, 1):
            child = 2 * node + 1 + side
            leaf = child - nodes
            value = child if leaf < 0 else nodes + 16 + offsets[leaf] if leaf in offsets else nodes
            tree += struct.pack(">I", value)[1:]
    metadata = {
        "binary_format_major_version": 2,
        "binary_format_minor_version": 0,
        "build_epoch": 1,
        "database_type": "Test",
        "description": {"en": "test"},
        "ip_version": 4,
        "languages": ["en"],
        "node_count": nodes,
        "record_size": 24,
    }
    return tree + bytes(16) + data + b"\xab\xcd\xefMaxMind.com" + encoded(metadata)


def encoded(value: Any) -> bytes:
    """A value in MMDB's form; only what these tests need."""
    match value:
        case dict():
            return bytes([0xE0 | len(value)]) + b"".join(encoded(one) for pair in value.items() for one in pair)
        case list():
            return bytes([len(value), 4]) + b"".join(map(encoded, value))
        case int():
            return bytes([0xC0 | 4]) + struct.pack(">I", value)
        case _:
            text = value.encode()
            assert len(text) < 29 + 256
            head = bytes([0x40 | len(text)]) if len(text) < 29 else bytes([0x40 | 29, len(text) - 29])
            return bytes(head + text)


@pytest.fixture
def countries(tmp_path: Path) -> Path:
    """Addresses from 192 on are in Japan, those from 128 on somewhere in Europe."""
    file = tmp_path / "countries.mmdb"
    file.write_bytes(mmdb({3: {"country": {"iso_code": "JP"}}, 2: {"continent": {"code": "EU"}}}))
    return file


def test_country_of_an_address(countries: Path) -> None:
    geoip = GeoIP(countries)
    found = [geoip.country(ip) for ip in ("203.0.113.7/2001:db8::1", "150.0.0.1", "1.1.1.1", "2001:db8::1", "", "x")]
    assert found == ["jp", "eu", "", "", "", ""]


def test_a_file_that_was_replaced_is_taken_anew(countries: Path) -> None:
    geoip = GeoIP(countries)
    assert not geoip.reload()
    countries.write_bytes(b"nonsense")
    with pytest.raises(GeoIPError):
        geoip.reload()
    assert geoip.country("203.0.113.7") == "jp"
    countries.write_bytes(mmdb({3: {"country": {"iso_code": "KR"}}}))
    assert geoip.reload()
    assert geoip.country("203.0.113.7") == "kr"


def test_country_is_the_operators_and_never_the_agents(api: ScriptedApi, tmp_path: Path, countries: Path) -> None:
    async def test() -> None:
        async with (
            relay(api.url, tmp_path / "spool", geoip=countries) as running,
            SimulatedAgent(str(running.listening), "s1").session() as agent,
        ):
            await agent.call("ReportSystemInfo", pb.Host(ip="203.0.113.7", country_code="zz").SerializeToString())
            await agent.state()
            await until(lambda: api.reports_of(1, "host"))
            assert api.reports_of(1, "host")[0]["host"]["CountryCode"] == "jp"
            answer = await agent.call("LookupGeoIP", pb.GeoIP(ip="203.0.113.7").SerializeToString())
            assert pb.GeoIP.FromString(answer) == pb.GeoIP(ip="203.0.113.7", country_code="jp")

    run(test)
