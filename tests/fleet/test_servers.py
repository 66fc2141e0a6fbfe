from ipaddress import IPv6Address

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from chalicelib.fleet.errors import InvalidInput
from chalicelib.fleet.servers import Fleet, Server, parse_id, parse_ids, parse_ip

ipv4 = st.ip_addresses(v=4).map(str)
ipv6 = st.ip_addresses(v=6).map(str) | st.ip_addresses(v=6).map(lambda address: IPv6Address(address).exploded)


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("", []),
        ("1", [1]),
        ("1,abc,,0003", [1, 3]),
        ("3,1,3", [3, 1, 3]),
        ("-1,+1,1.0,0x1, 1,1 ,1e3", []),
        ("١,２,²", []),
        ("0", [0]),
        ("18446744073709551616", [18446744073709551616]),
        ("9" * 5000 + ",7", [7]),
    ],
)
def test_parse_ids(text, ids):
    assert parse_ids(text) == ids


@given(st.lists(st.integers(0, 2**64)))
def test_ids_joined_by_commas_come_back(ids):
    assert parse_ids(",".join(map(str, ids))) == ids


@settings(max_examples=50)
@given(st.text())
@example("9" * 5000)
def test_any_text_has_ids_or_none(text):
    assert all(id_ >= 0 for id_ in parse_ids(text))


@given(st.integers(1, 2**64 - 1), st.integers(0, 20))
def test_an_id_in_a_path_may_have_leading_zeros(id_, zeros):
    assert parse_id("0" * zeros + str(id_)) == id_


@pytest.mark.parametrize(
    "text", ["", "0", "000", "-1", "+1", "1.0", "1,2", " 1", "1\n", "x", "²", "١", str(2**64), "9" * 5000]
)
def test_anything_else_is_no_id_in_a_path(text):
    with pytest.raises(InvalidInput, match="positive whole number"):
        parse_id(text)


@given(ipv4 | ipv6 | st.just(""))
def test_one_address_is_kept_as_it_was_sent(address):
    assert parse_ip(address) == address


@given(ipv4, ipv6)
def test_both_addresses_are_kept_as_they_were_sent(four, six):
    text = parse_ip(f"{four}/{six}")
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
def test_what_is_no_address_is_refused(text):
    with pytest.raises(InvalidInput, match='"ip" must be'):
        parse_ip(text)


@pytest.mark.parametrize("text", ["::1/1.1.1.1", "1.1.1.1/2.2.2.2", "::1/::2"])
def test_what_is_not_an_ipv4_then_an_ipv6_address_is_refused(text):
    with pytest.raises(InvalidInput, match='"ip" must be'):
        parse_ip(text)


@pytest.mark.parametrize(
    ("ip", "addresses"),
    [
        ("", ("", "")),
        ("192.0.2.1", ("192.0.2.1", "")),
        ("2001:db8::1", ("", "2001:db8::1")),
        ("192.0.2.1/2001:db8::1", ("192.0.2.1", "2001:db8::1")),
    ],
)
def test_addresses(ip, addresses):
    assert Server(1, "", "", ip=ip).addresses == addresses


def fleet(*servers):
    return Fleet({server.id: server for server in servers})


def ids(servers):
    return [server.id for server in servers]


FLEET = fleet(Server(1, "", "a"), Server(2, "", "b", display_index=5), Server(3, "", "a", display_index=-1))


def test_servers_are_ordered_by_display_index_downwards_and_then_by_id():
    assert ids(FLEET.ordered) == [2, 1, 3]
    same = [Server(id_, "", "", display_index=7) for id_ in (9, 4, 6)]
    assert ids(fleet(*same).ordered) == [4, 6, 9]


@pytest.mark.parametrize(
    ("wanted", "tag", "found"),
    [
        ("", "", [2, 1, 3]),
        ("3,x,99,1,3", "", [3, 1]),
        ("", "a", [1, 3]),
        ("", "A", []),
        ("2", "a", [2]),
        ("99", "a", []),
        ("x", "", []),
    ],
)
def test_select(wanted, tag, found):
    assert ids(FLEET.select(wanted, tag)) == found


@given(st.lists(st.text("aA b/,é", max_size=3), max_size=6), st.text("aA b/,é", min_size=1, max_size=3))
def test_a_tag_selects_exactly_the_servers_that_have_it(tags, wanted):
    fleet = Fleet({id_: Server(id_, "one", tag) for id_, tag in enumerate(tags, 1)})
    assert [server.id for server in fleet.select("", wanted)] == [
        id_ for id_, tag in enumerate(tags, 1) if tag == wanted
    ]


@given(st.sets(st.integers(1, 20)), st.lists(st.integers(0, 30), min_size=1))
def test_ids_select_known_servers_once_in_the_order_asked(known, asked):
    fleet = Fleet({id_: Server(id_, "one", "") for id_ in known})
    found = [server.id for server in fleet.select(",".join(map(str, asked)), "any")]
    assert found == [id_ for place, id_ in enumerate(asked) if id_ in known and id_ not in asked[:place]]
