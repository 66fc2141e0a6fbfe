"""GET /api/v1/server/list"""

from typing import Any

import pytest

from tests.support.dashboard import Dashboard

PATH = "/api/v1/server/list"
KEYS = {"id", "name", "tag", "last_active", "ipv4", "ipv6", "valid_ip"}


def names(dashboard: Dashboard, query: str = "") -> list[Any]:
    return [server["name"] for server in dashboard.get(PATH + query, dashboard.token()).result]


@pytest.fixture(scope="module")
def tagged(shared: Dashboard) -> Dashboard:
    """Servers a to d with tags that are easily taken for each other."""
    for name, tag in (("a", "web"), ("b", "Web"), ("c", "名 签"), ("d", "50%+")):
        shared.server(name, tag=tag)
    return shared


def test_list_of_no_servers_is_empty(dashboard: Dashboard) -> None:
    answer = dashboard.get(PATH, dashboard.token())
    assert answer.body == b'{"code":0,"message":"success","result":[]}'
    assert answer.headers["content-type"] == "application/json; charset=utf-8"


def test_list_of_a_server_that_never_reported(dashboard: Dashboard) -> None:
    dashboard.server("one", tag="web", note="private", display_index=3)
    assert dashboard.get(PATH, dashboard.token()).body == (
        b'{"code":0,"message":"success","result":[{"id":1,"name":"one","tag":"web","last_active":-62135596800,'
        b'"ipv4":"","ipv6":"","valid_ip":""}]}'
    )


def test_list_of_a_server_that_reported_has_the_seven_keys(dashboard: Dashboard) -> None:
    _, secret = dashboard.server("one", hide_for_guest=True)
    dashboard.report({"ip": "1.1.1.1/2606:4700::1111", "host": {"Arch": "arm64"}, "state": {}}, credential=secret)
    (server,) = dashboard.get(PATH, dashboard.token()).result
    assert server.keys() == KEYS
    assert server == {
        "id": 1,
        "name": "one",
        "tag": "AutoRegister",
        "last_active": int(dashboard.clock.now),
        "ipv4": "1.1.1.1",
        "ipv6": "2606:4700::1111",
        "valid_ip": "1.1.1.1",
    }


def test_list_is_ordered_by_display_index_then_id(dashboard: Dashboard) -> None:
    for name, index in (("a", 0), ("b", 5), ("c", -5), ("d", 5), ("e", 0)):
        dashboard.server(name, display_index=index)
    assert names(dashboard) == ["b", "d", "a", "e", "c"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?tag=web", ["a"]),
        ("?tag=Web", ["b"]),
        ("?tag=we", []),
        ("?tag=web%20", []),
        ("?tag=%E5%90%8D+%E7%AD%BE", ["c"]),
        pytest.param("?tag=名%20签", ["c"], marks=pytest.mark.local),  # not HTTP, strictly
        ("?tag=50%25%2B", ["d"]),
        ("?tag=", ["a", "b", "c", "d"]),
        ("?tag", ["a", "b", "c", "d"]),
        ("?tag=Web&tag=web", ["b"]),
        ("?tag=&tag=web", ["a", "b", "c", "d"]),
        ("?TAG=web", ["a", "b", "c", "d"]),
        ("?id=1", ["a", "b", "c", "d"]),
        ("?tag=unknown", []),
        ("?tag=%00", []),
        ("?tag=%FF", []),
        ("?tag=" + "x" * 5000, []),
    ],
    ids=lambda value: value[:30] if isinstance(value, str) else "",
)
def test_list_by_tag(tagged: Any, query: str, found: list[Any]) -> None:
    assert names(tagged, query) == found


def test_list_ignores_a_trailing_slash(dashboard: Dashboard) -> None:
    dashboard.server("one")
    assert names(dashboard, "/") == ["one"]


def test_list_has_a_server_from_the_moment_it_is_registered_until_it_is_deleted(dashboard: Dashboard) -> None:
    first, _ = dashboard.server("first")
    assert names(dashboard) == ["first"]
    dashboard.server("second")
    assert names(dashboard) == ["first", "second"]
    dashboard.store.delete_server(first, int(dashboard.clock.now))
    assert names(dashboard) == ["second"]


def test_list_of_more_servers_than_are_fetched_by_key_has_all_their_states(dashboard: Dashboard) -> None:
    secrets = [dashboard.server(str(number))[1] for number in range(50)]
    dashboard.report(*({"secret": secret, "state": {}} for secret in secrets[1:]))
    listed = dashboard.get(PATH, dashboard.token()).result
    assert [server["id"] for server in listed] == list(range(1, 51))
    assert [server["last_active"] for server in listed] == [-62135596800] + [int(dashboard.clock.now)] * 49
