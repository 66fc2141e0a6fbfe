"""Monitors: valid combinations of fields, which servers probe, and concurrent changes."""

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.fleet import limits, monitors
from chalicelib.fleet.errors import InvalidInput, NotFound
from chalicelib.fleet.monitors import Cover, Monitor, assigned
from chalicelib.fleet.servers import Server
from tests.fleet.memory_store import MemoryStore

ICMP = Monitor(0, "DNS", "icmp", "192.0.2.1", 30)
TCP = replace(ICMP, type="tcp", target="example.com:443")
LONGEST_NAME = ".".join(["a" * 63] * 3 + ["b" * 61])


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore(all_servers={id_: Server(id_, "one") for id_ in (1, 2, 3)})


def refused(monitor: Monitor) -> tuple[str, str]:
    with pytest.raises(InvalidInput) as caught:
        monitors.check(monitor, {1, 2, 3})
    assert f'"{caught.value.field}"' in caught.value.message
    return caught.value.field, caught.value.error


@pytest.mark.parametrize(
    "target",
    ["192.0.2.1", "2001:db8::1", "example.com", "example.com.", "a", "xn--bcher-kva.example", "_sip.x", LONGEST_NAME],
)
def test_an_icmp_target_is_a_host(target: str) -> None:
    monitors.check(replace(ICMP, target=target), ())


@pytest.mark.parametrize(
    ("target", "error"),
    [
        ("", "required"),
        ("192.0.2.256", "not_a_host"),
        ("1.2.3", "not_a_host"),
        ("12345", "not_a_host"),
        ("example.com:80", "not_a_host"),
        ("[2001:db8::1]", "not_a_host"),
        ("fe80::1%eth0", "not_a_host"),
        ("-a.example", "not_a_host"),
        ("a-.example", "not_a_host"),
        ("a..example", "not_a_host"),
        ("bücher.example", "not_a_host"),
        ("http://example.com", "not_a_host"),
        ("a b", "not_a_host"),
        (" example.com", "surrounding_whitespace"),
        ("example.com\n", "surrounding_whitespace"),
        ("a" * 64, "not_a_host"),
        (LONGEST_NAME + "x", "too_long"),
    ],
)
def test_another_icmp_target_is_refused(target: str, error: str) -> None:
    assert refused(replace(ICMP, target=target)) == ("target", error)


@pytest.mark.parametrize("target", ["192.0.2.1:1", "[2001:db8::1]:65535", "example.com:443", "example.com.:00443"])
def test_a_tcp_target_is_a_host_and_a_port(target: str) -> None:
    monitors.check(replace(TCP, target=target), ())


@pytest.mark.parametrize(
    "target",
    [
        "example.com",
        "example.com:",
        ":443",
        "example.com:0",
        "example.com:65536",
        "example.com:https",
        "example.com:+80",
        "example.com:٣",
        "2001:db8::1:443",
        "[192.0.2.1]:443",
        "[example.com]:443",
        "[]:443",
        "192.0.2.256:80",
        "example.com:000443",
    ],
)
def test_another_tcp_target_is_refused(target: str) -> None:
    assert refused(replace(TCP, target=target)) == ("target", "not_a_host_and_port")


@pytest.mark.parametrize(
    ("changes", "field", "error"),
    [
        ({"name": ""}, "name", "required"),
        ({"name": "x" * (limits.NAME_LENGTH + 1)}, "name", "too_long"),
        ({"type": "udp"}, "type", "not_a_choice"),
        ({"type": ""}, "type", "required"),
        ({"interval": limits.MONITOR_INTERVAL_LEAST - 1}, "interval", "too_small"),
        ({"interval": limits.MONITOR_INTERVAL_MOST + 1}, "interval", "too_large"),
        ({"cover": "none"}, "cover", "not_a_choice"),
        ({"servers": frozenset((1, 4))}, "servers", "unknown_server"),
    ],
)
def test_other_fields_that_are_wrong_are_named(changes: dict[str, Any], field: str, error: str) -> None:
    assert refused(replace(ICMP, **changes)) == (field, error)


@pytest.mark.parametrize("interval", [limits.MONITOR_INTERVAL_LEAST, limits.MONITOR_INTERVAL_MOST])
def test_the_limits_themselves_are_allowed(interval: int) -> None:
    monitors.check(replace(ICMP, interval=interval, name="x" * limits.NAME_LENGTH), ())


@pytest.mark.parametrize(("cover", "covered"), [("all", [1, 3]), ("only", [2])])
def test_who_probes(cover: Cover, covered: list[int]) -> None:
    monitor = replace(ICMP, id=5, cover=cover, servers=frozenset((2,)))
    assert [id_ for id_ in (1, 2, 3) if monitor.covers(id_)] == covered
    assert assigned({5: monitor}, [1, 2, 3]) == [(monitor, covered)]


def test_a_monitor_that_covers_none_of_the_servers_is_assigned_to_none() -> None:
    assert assigned({5: replace(ICMP, cover="only")}, [1, 2]) == []


def test_a_new_monitor_gets_an_id_of_its_own(store: MemoryStore) -> None:
    first = monitors.create(store, ICMP)
    second = monitors.create(store, replace(TCP, id=first))
    assert first != second
    assert store.all_monitors == {first: replace(ICMP, id=first), second: replace(TCP, id=second)}


def test_a_deleted_monitor_s_id_is_never_used_again(store: MemoryStore) -> None:
    first = monitors.create(store, ICMP)
    monitors.delete(store, first)
    assert monitors.create(store, ICMP) != first


def test_no_more_monitors_than_the_limit(store: MemoryStore) -> None:
    store.all_monitors = {id_: replace(ICMP, id=id_) for id_ in range(1, limits.MONITORS + 1)}
    with pytest.raises(InvalidInput) as caught:
        monitors.create(store, ICMP)
    assert caught.value.error == "too_many_monitors"


def test_a_monitor_that_makes_no_sense_uses_up_no_id(store: MemoryStore) -> None:
    with pytest.raises(InvalidInput):
        monitors.create(store, replace(ICMP, target=""))
    assert store.last_ids["monitor"] == 0


def test_an_edit_changes_what_it_names(store: MemoryStore) -> None:
    id_ = monitors.create(store, ICMP)
    monitors.edit(store, id_, {"interval": 60})
    assert store.all_monitors[id_] == replace(ICMP, id=id_, interval=60)


def test_an_edit_is_checked_against_the_fields_that_stay(store: MemoryStore) -> None:
    id_ = monitors.create(store, TCP)
    with pytest.raises(InvalidInput) as caught:
        monitors.edit(store, id_, {"type": "icmp"})
    assert caught.value.error == "not_a_host"
    assert store.all_monitors[id_].type == "tcp"


def test_a_server_that_was_deleted_since_may_stay_in_the_list(store: MemoryStore) -> None:
    id_ = monitors.create(store, replace(ICMP, servers=frozenset((1, 2))))
    del store.all_servers[2]
    monitors.edit(store, id_, {"servers": frozenset((1, 2, 3))})
    assert store.all_monitors[id_].servers == {1, 2, 3}
    with pytest.raises(InvalidInput):
        monitors.edit(store, id_, {"servers": frozenset((1, 4))})


def test_an_edit_that_meets_another_keeps_both(store: MemoryStore) -> None:
    id_ = monitors.create(store, ICMP)
    write = store.edit_monitor

    def after_another(old: Monitor, new: Monitor) -> None:
        store.edit_monitor = write  # type: ignore[method-assign]
        store.all_monitors[id_] = replace(store.all_monitors[id_], name="renamed by another")
        write(old, new)

    store.edit_monitor = after_another  # type: ignore[method-assign]
    monitors.edit(store, id_, {"interval": 60})
    assert store.all_monitors[id_] == replace(ICMP, id=id_, name="renamed by another", interval=60)


@pytest.mark.parametrize("act", [monitors.find, monitors.delete, lambda store, id_: monitors.edit(store, id_, {})])
def test_an_unknown_monitor_is_not_found(store: MemoryStore, act: Any) -> None:
    with pytest.raises(NotFound) as caught:
        act(store, 9)
    assert caught.value.error == "monitor_not_found"
