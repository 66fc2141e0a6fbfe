"""The dashboard's URL, and addresses."""

from __future__ import annotations

from typing import Any

import pytest

from agent.core.urls import BadUrl, is_address, is_loopback, parse_url


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("https://nezha.example.com", ("https", "nezha.example.com", 443, "")),
        ("http://nezha.example.com/prod/", ("http", "nezha.example.com", 80, "/prod")),
        ("https://[2001:db8::1]:8443/a/b", ("https", "2001:db8::1", 8443, "/a/b")),
        ("HTTPS://Nezha.Example.com:1", ("https", "nezha.example.com", 1, "")),
    ],
)
def test_parts_of_a_url(text: str, parts: tuple[Any, ...]) -> None:
    url = parse_url(text)
    assert (url.scheme, url.host, url.port, url.prefix) == parts
    assert str(url) == text


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("nezha.example.com", "must start with"),
        ("ftp://a", "must start with"),
        ("https://", "name a host"),
        ("https:///path", "name a host"),
        ("https://me@a", "must not contain a user name"),
        ("https://me:secret@a", "must not contain a user name"),
        ("https://a/?x=1", "a query"),
        ("https://a/#x", "a fragment"),
        ("https://a:99999", "not a valid URL"),
        ("https://a:b", "not a valid URL"),
        ("https://[::1", "not a valid URL"),
        ("https://a b", "not a valid URL"),
        ("https://a/b c", "not a valid URL"),
        ("https://a/密", "not a valid URL"),
    ],
)
def test_what_cannot_be_a_dashboards_url(text: str, why: str) -> None:
    with pytest.raises(BadUrl, match=why) as raised:
        parse_url(text)
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize(
    ("host", "expected"),
    [("localhost", True), ("127.0.0.1", True), ("::1", True), ("10.0.0.1", False), ("nezha.example.com", False)],
)
def test_loopback_is_known_without_a_name_server(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected
    assert parse_url(f"http://[{host}]" if ":" in host else f"http://{host}").is_unencrypted is not expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("127.0.0.1", True), ("2001:db8::1", True), ("fe80::1%eth0", False), ("a.example", False), ("", False)],
)
def test_addresses(text: str, expected: bool) -> None:
    assert is_address(text) is expected
