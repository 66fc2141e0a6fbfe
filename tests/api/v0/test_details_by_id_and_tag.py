"""GET /api/v1/server/details of some servers"""

from typing import Any

import pytest

from tests.support.dashboard import Dashboard

PATH = "/api/v1/server/details"


@pytest.fixture(scope="module")
def four(shared: Dashboard) -> Dashboard:
    """Servers 1 to 4, of which 2 comes first by its display index and 3 has a tag."""
    for name in ("one", "two", "three", "four"):
        shared.server(name, display_index=int(name == "two"), tag="web" if name == "three" else "")
    return shared


def ids(dashboard: Dashboard, query: str) -> list[Any]:
    return [server["id"] for server in dashboard.get(PATH + query, dashboard.token()).result]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", [2, 1, 3, 4]),
        ("?id=", [2, 1, 3, 4]),
        ("?id=&tag=", [2, 1, 3, 4]),
        ("?id=1", [1]),
        ("?id=4,2,3", [4, 2, 3]),
        ("?id=4%2C2%2c3", [4, 2, 3]),
        ("?id=1,abc,,3", [1, 3]),
        ("?id=0001", [1]),
        ("?id=1,1,01,2,1", [1, 2]),
        ("?id=9,1,10", [1]),
        ("?id=1&id=2", [1]),
        ("?id=&id=2", [2, 1, 3, 4]),
        ("?id=,", []),
        ("?id=abc", []),
        ("?id=0", []),
        ("?id=-1,%2B1,1.0,1e0,0x1,%201,1_0,1%00", []),
        ("?id=%D9%A1,%EF%BC%91,%C2%B9,%FF", []),
        ("?id=18446744073709551617," + "1" * 5000, []),
        ("?tag=web", [3]),
        ("?tag=unknown", []),
        ("?id=4,1&tag=web", [4, 1]),
        ("?tag=web&id=9", []),
        ("?id=&tag=web", [3]),
        ("?id=1&id", [1]),
    ],
    ids=lambda value: value[:30] if isinstance(value, str) else "",
)
def test_details_by_id_and_tag(four: Any, query: str, found: list[Any]) -> None:
    assert ids(four, query) == found


def test_details_by_id_of_more_servers_than_are_fetched_by_key(dashboard: Dashboard) -> None:
    for number in range(50):
        dashboard.server(str(number))
    wanted = list(range(50, 0, -1))
    assert ids(dashboard, "?id=" + ",".join(map(str, wanted))) == wanted
