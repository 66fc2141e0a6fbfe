"""Servers: their order, their addresses, and what people may set."""

from ipaddress import IPv6Address
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.fleet.errors import InvalidInput
from chalicelib.fleet.servers import Fleet, Server, check_ip

ipv4 = st.ip_addresses(v=4).map(str)
ipv6 = st.ip_addresses(v=6).map(str) | st.ip_addresses(v=6).map(lambda address: IPv6Address(address).exploded)


@given(ipv4 | ipv6 | st.just(""))
def test_one_address_is_kept_as_it_was_sent(address: Any) -> None:
    assert check_ip(address) == address


@given(ipv4, ipv6)
def test_both_addresses_are_kept_as_they_were_sent(four: Any, six: Any) -> None:
    text = check_ip(f"{four}/{six}")
    assert text == f"{four}/{six}"
    assert Server(1, "", "", ip=text).addresses == (four, six)


@pytest.mark.parametrize(
    "text",
    [
        "x",
        "1.1.1",
        "1.1.1.256",
        "01.1.1.1",
        "1.1.1.1/x",
        "1.1.1.1/::1/::2",
        "fe80::1%eth0",
        "1.1.1.1/24",
        "1.1.1.1 ",
        "٣.1.1.1",
    ],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match='"ip" must be'):
        check_ip(text)


@pytest.mark.parametrize("text", ["::1/1.1.1.1", "1.1.1.1/2.2.2.2", "::1/::2"])
def test_what_is_not_an_ipv4_then_an_ipv6_address_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match='"ip" must be'):
        check_ip(text)


@pytest.mark.parametrize(
    ("ip", "addresses"),
    [
        ("", ("", "")),
        ("192.0.2.1", ("192.0.2.1", "")),
        ("2001:db8::1", ("", "2001:db8::1")),
        ("192.0.2.1/2001:db8::1", ("192.0.2.1", "2001:db8::1")),
    ],
)
def test_addresses(ip: str, addresses: tuple[Any, ...]) -> None:
    assert Server(1, "", "", ip=ip).addresses == addresses


def fleet(*servers: Any) -> Fleet:
    return Fleet({server.id: server for server in servers})


def ids(servers: Any) -> list[Any]:
    return [server.id for server in servers]


FLEET = fleet(Server(1, "", "a"), Server(2, "", "b", display_index=5), Server(3, "", "a", display_index=-1))


def test_servers_are_ordered_by_display_index_downwards_and_then_by_id() -> None:
    assert ids(FLEET.ordered) == [2, 1, 3]
    same = [Server(id_, "", "", display_index=7) for id_ in (9, 4, 6)]
    assert ids(fleet(*same).ordered) == [4, 6, 9]


@given(st.lists(st.text("aA b/,é", max_size=3), max_size=6), st.text("aA b/,é", min_size=1, max_size=3))
def test_a_tag_selects_exactly_the_servers_that_have_it(tags: Any, wanted: Any) -> None:
    fleet = Fleet({id_: Server(id_, "one", tag) for id_, tag in enumerate(tags, 1)})
    assert ids(fleet.with_tag(wanted)) == [id_ for id_, tag in enumerate(tags, 1) if tag == wanted]


@given(st.sets(st.integers(1, 20)), st.lists(st.integers(0, 30), min_size=1))
def test_ids_select_known_servers_once_in_the_order_asked(known: Any, asked: Any) -> None:
    fleet = Fleet({id_: Server(id_, "one", "") for id_ in known})
    found = ids(fleet.with_ids(asked))
    assert found == [id_ for place, id_ in enumerate(asked) if id_ in known and id_ not in asked[:place]]
