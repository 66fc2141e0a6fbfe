"""What people and programs may do with servers, monitors, tokens and settings, whoever calls: API, ops or an import."""

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.fleet import limits, monitors, servers, settings, tokens
from chalicelib.fleet.errors import InvalidInput, NotFound
from chalicelib.fleet.monitors import Monitor
from chalicelib.fleet.servers import Server
from chalicelib.fleet.tokens import hash_of
from tests.fleet.memory_store import MemoryStore

NOW = 1_700_000_000
ICMP = Monitor(0, "Loopback", "icmp", "127.0.0.1")

WRONG_SERVERS = [
    ({"name": ""}, "required", "name", None),
    ({"name": "x" * 129}, "too_long", "name", 128),
    ({"tag": "x" * 129}, "too_long", "tag", 128),
    ({"note": "x" * 1025}, "too_long", "note", 1024),
    ({"display_index": 10**9 + 1}, "too_large", "display_index", 10**9),
    ({"display_index": -(10**9) - 1}, "too_small", "display_index", -(10**9)),
]

WRONG_MONITORS = [
    ({"name": ""}, "required", "name", None),
    ({"name": "x" * 129}, "too_long", "name", 128),
    ({"type": ""}, "required", "type", None),
    ({"type": "smtp"}, "not_a_choice", "type", None),
    ({"target": ""}, "required", "target", None),
    ({"target": "x" * 254}, "too_long", "target", 253),
    ({"target": "127.0.0.1 "}, "surrounding_whitespace", "target", None),
    ({"target": "a:80"}, "not_a_host", "target", None),
    ({"target": "300.1.1.1"}, "not_a_host", "target", None),
    ({"type": "tcp"}, "not_a_host_and_port", "target", None),
    ({"interval": 9}, "too_small", "interval", 10),
    ({"interval": 3601}, "too_large", "interval", 3600),
    ({"cover": "some"}, "not_a_choice", "cover", None),
    ({"servers": frozenset((7,))}, "unknown_server", "servers", None),
]


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


def refusal(do: Any, *arguments: Any, **more: Any) -> tuple[Any, ...]:
    with pytest.raises(InvalidInput) as caught:
        do(*arguments, **more)
    return caught.value.error, caught.value.field, caught.value.limit


@pytest.mark.parametrize(("wrong", "error", "field", "limit"), WRONG_SERVERS)
def test_servers_are_checked_whoever_creates_adopts_or_edits_them(
    store: MemoryStore, wrong: dict[str, Any], error: str, field: str, limit: int | None
) -> None:
    kept, _ = servers.create(store, Server(0, "one"), NOW)
    bad = replace(Server(9, "two"), **wrong)
    expected = (error, field, limit)
    assert refusal(servers.create, store, bad, NOW) == expected
    if wrong != {"name": ""}:
        assert refusal(servers.adopt, store, bad, "secret", NOW) == expected
    assert refusal(servers.edit, store, kept.id, wrong) == expected
    assert store.fleet.by_id == {kept.id: kept}
    assert store.all_tokens.keys() == {kept.secret_hash}


def test_a_new_server_has_what_was_wanted_and_nothing_else(store: MemoryStore) -> None:
    wanted = Server(7, "one", note="n", display_index=-3, hide_for_guest=False, ip="192.0.2.1", host="[]", created=1)
    server, secret = servers.create(store, wanted, NOW)
    assert server == replace(wanted, id=1, ip="", host="", secret_hash=hash_of(secret), created=NOW)
    assert store.server_ids([hash_of(secret)]) == {hash_of(secret): 1}


@pytest.mark.parametrize("name", ["old", ""])
def test_an_adopted_server_keeps_its_id_secret_and_date_and_may_have_no_name(store: MemoryStore, name: str) -> None:
    server = servers.adopt(store, Server(40, name, "", created=5), "its own secret", NOW)
    assert store.fleet.by_id == {40: server}
    assert (server.created, server.secret_hash) == (5, hash_of("its own secret"))


def test_what_does_not_exist_is_not_found(store: MemoryStore) -> None:
    for act in (
        lambda: servers.edit(store, 1, {}),
        lambda: servers.edit(store, 1, {"name": "x"}),
        lambda: servers.delete(store, 1, NOW),
        lambda: servers.rotate_secret(store, 1, NOW),
        lambda: monitors.edit(store, 1, {}),
        lambda: monitors.delete(store, 1),
        lambda: tokens.delete(store, "0123456789abcdef"),
    ):
        with pytest.raises(NotFound):
            act()


def test_a_secret_rotated_meanwhile_does_not_stop_a_deletion(
    store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, _ = servers.create(store, Server(0, "one"), NOW)
    find = servers.find
    found = []

    def find_then_rotate(*arguments: Any) -> Any:
        found.append(find(*arguments))
        if len(found) == 1:
            store.rotate_secret(server, tokens.new_token("another", "agent", NOW, subject=server.id))
        return found[-1]

    monkeypatch.setattr(servers, "find", find_then_rotate)
    servers.delete(store, server.id, NOW)
    assert (store.all_servers, store.all_tokens) == ({}, {})


@pytest.mark.parametrize(("wrong", "error", "field", "limit"), WRONG_MONITORS)
def test_monitors_are_checked_whoever_creates_adopts_or_edits_them(
    store: MemoryStore, wrong: dict[str, Any], error: str, field: str, limit: int | None
) -> None:
    id_ = monitors.create(store, ICMP)
    bad, expected = replace(ICMP, **wrong), (error, field, limit)
    assert refusal(monitors.create, store, bad) == expected
    assert refusal(monitors.adopt, store, replace(bad, id=9)) == expected
    assert refusal(monitors.edit, store, id_, wrong) == expected
    assert store.monitors == {id_: replace(ICMP, id=id_)}


def test_a_monitor_keeps_a_server_that_was_deleted_but_takes_no_other(store: MemoryStore) -> None:
    server, _ = servers.create(store, Server(0, "one"), NOW)
    id_ = monitors.create(store, replace(ICMP, servers=frozenset((server.id,))))
    servers.delete(store, server.id, NOW)
    monitors.edit(store, id_, {"name": "still"})
    assert store.monitors[id_].servers == {server.id}
    assert refusal(monitors.edit, store, id_, {"servers": frozenset((server.id, 9))})[0] == "unknown_server"


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        ({"note": "x" * 1025}, ("too_long", "note", 1024)),
        ({"scopes": []}, ("required", "scopes", None)),
        ({"scopes": ["read", "write"]}, ("not_a_choice", "scopes", None)),
        ({"expires": NOW}, ("in_the_past", "expires", None)),
        ({"expires": -1}, ("in_the_past", "expires", None)),
        ({"expires": limits.EXPIRES_LAST + 1}, ("too_large", "expires", limits.EXPIRES_LAST)),
    ],
)
def test_tokens_are_checked_whoever_creates_or_adopts_them(
    store: MemoryStore, wrong: dict[str, Any], expected: tuple[Any, ...]
) -> None:
    assert refusal(tokens.create, store, NOW, **wrong) == expected
    assert refusal(tokens.adopt, store, "mine", NOW, **wrong) == expected
    assert store.all_tokens == {}


def test_a_new_token_opens_what_was_asked(store: MemoryStore) -> None:
    token, credential = tokens.create(store, NOW, note="n", scopes=["read"], expires=NOW + 1)
    assert store.token(hash_of(credential)) == token
    assert (set(token.scopes), token.note, token.expires) == ({"read"}, "n", NOW + 1)
    tokens.delete(store, token.id)
    assert store.all_tokens == {}


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        ({"site_name": ""}, ("required", "site_name", None)),
        ({"site_name": "x" * 129}, ("too_long", "site_name", 128)),
        ({"language": "xx"}, ("not_a_choice", "language", None)),
    ],
)
def test_settings_are_checked(store: MemoryStore, wrong: dict[str, Any], expected: tuple[Any, ...]) -> None:
    before = store.settings
    assert refusal(settings.edit, store, {"public_page": False, **wrong}) == expected
    assert store.settings == before
    settings.edit(store, {"public_page": False})
    assert store.settings == replace(before, public_page=False)
