"""GET /api/v1/monitor/{id}"""

from typing import Any

import pytest

from chalicelib.fleet import monitors
from chalicelib.fleet.monitors import Monitor
from tests.support.dashboard import Dashboard

PATH = "/api/v1/monitor/"
KEYS = {"monitor_id", "server_id", "monitor_name", "server_name", "created_at", "avg_delay"}
EMPTY = b'{"code":0,"message":"success","result":null}'
UINT64 = 18_446_744_073_709_551_615


@pytest.fixture
def agent(dashboard: Dashboard) -> tuple[Any, ...]:
    """A new server's id and secret; its name is "one"."""
    server, secret = dashboard.server()
    return server.id, secret


@pytest.fixture
def minute(dashboard: Dashboard) -> int:
    """The newest whole minute that is over, in Unix seconds."""
    return int(dashboard.clock.now) // 60 * 60 - 60


def monitor(dashboard: Dashboard, name: str = "Ping", **fields: Any) -> Any:
    """The id of a new monitor."""
    return monitors.create(dashboard.store, Monitor(0, name, "icmp", "1.1.1.1", 30, **fields))


def ping(monitor_id: Any, at: Any, delay: float = 1.5, up: int = 2, down: int = 0) -> dict[str, Any]:
    return {"monitor_id": monitor_id, "at": at, "delay": delay, "up": up, "down": down}


def taken(dashboard: Dashboard, secret: Any, *pings: Any) -> bool:
    """Whether these pings were all taken."""
    (outcome,) = dashboard.report({"pings": pings}, credential=secret)
    return bool(outcome.keys() == {"server_id"})


def series(dashboard: Dashboard, server_id: int = 1) -> Any:
    return dashboard.get(f"{PATH}{server_id}").result


def test_monitor_without_points_is_null(dashboard: Dashboard, agent: Any) -> None:
    answer = dashboard.get(PATH + "1")
    assert (answer.status, answer.body) == (200, EMPTY)
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    monitor(dashboard)
    assert dashboard.get(PATH + "1").body == EMPTY


@pytest.mark.parametrize("hidden", [False, True])
@pytest.mark.parametrize(
    "id_",
    [
        *("0", "-1", "+1", "%2B1", "1.0", "1e0", "abc", "0x1", "%201", "1%20", "1,2", "null", "%00", "1_0"),
        *("%D9%A1", "%EF%BC%91", "%FF", str(UINT64 + 1), "1" * 5000),
        pytest.param("1%2F2", marks=pytest.mark.local),  # other gateways see two segments
    ],
    ids=lambda value: value[:20] if isinstance(value, str) else str(value),
)
def test_monitor_of_what_is_no_id_is_400_also_where_everything_is_hidden(
    shared: Dashboard, id_: Any, hidden: bool
) -> None:
    shared.store.edit_settings({"public_page": not hidden})
    assert shared.get(PATH + id_).error == (400, 400)


@pytest.mark.parametrize("public", [True, False])
@pytest.mark.parametrize("id_", ["999", str(UINT64)])
def test_monitor_of_an_unknown_server_is_404_for_who_may_read(dashboard: Dashboard, id_: str, public: bool) -> None:
    dashboard.store.edit_settings({"public_page": public})
    for credential in (dashboard.token(), dashboard.token("read")):
        assert dashboard.get(PATH + id_, credential).error == (404, 404)


@pytest.mark.parametrize("public", [True, False])
def test_monitor_tells_nobody_else_which_ids_exist(dashboard: Dashboard, agent: Any, public: bool) -> None:
    hidden, hidden_secret = dashboard.server(hide_for_guest=True)
    dashboard.store.edit_settings({"public_page": public})
    absent = (hidden.id + 1, UINT64)
    for credential in (None, "", "wrong", agent[1], hidden_secret, dashboard.token("register")):
        answers = [dashboard.get(f"{PATH}{id_}", credential) for id_ in (hidden.id, *absent)]
        assert answers[0].error == (403, 403)
        assert len({(answer.status, answer.body, *sorted(answer.headers.keys())) for answer in answers}) == 1


def test_monitor_of_a_hidden_server_is_403(dashboard: Dashboard) -> None:
    dashboard.server(hide_for_guest=True)
    assert dashboard.get(PATH + "1").error == (403, 403)
    assert dashboard.get(PATH + "1", dashboard.token("read")).body == EMPTY


def test_monitor_of_a_server_just_hidden_is_403(dashboard: Dashboard, agent: Any) -> None:
    assert dashboard.get(PATH + "1").status == 200
    dashboard.store.edit_server(1, {"hide_for_guest": True})
    assert dashboard.get(PATH + "1").error == (403, 403)


def test_monitor_needs_read_while_the_public_page_is_off(dashboard: Dashboard, agent: Any) -> None:
    dashboard.store.edit_settings({"public_page": False})
    statuses = {
        credential: dashboard.get(PATH + "1", credential).status
        for credential in (None, "", "wrong", agent[1], dashboard.token("register"), dashboard.token("read"))
    }
    assert list(statuses.values()) == [403, 403, 403, 403, 403, 200]


def test_monitor_of_a_deleted_server_is_404(dashboard: Dashboard, agent: Any) -> None:
    dashboard.store.delete_server(dashboard.store.view().fleet.by_id[1], int(dashboard.clock.now))
    assert dashboard.get(PATH + "1", dashboard.token()).error == (404, 404)
    assert dashboard.get(PATH + "1").error == (403, 403)


@pytest.mark.parametrize("id_", ["1", "01", "0001", "%31", "1/", "1?x=2"])
def test_monitor_reads_the_id(dashboard: Dashboard, agent: Any, id_: str) -> None:
    assert dashboard.get(PATH + id_).body == EMPTY


def test_monitor_has_an_entry_for_each_monitor_with_points(dashboard: Dashboard, agent: Any, minute: Any) -> None:
    first, silent, third = (monitor(dashboard, name) for name in ("Beijing", "Nobody", '"<50%>"'))
    assert taken(
        *(dashboard, agent[1]),
        *(ping(third, minute, 68.2275), ping(first, minute, 2), ping(first, minute - 120, 0.5)),
    )
    answer = dashboard.get(PATH + "1")
    assert all(entry.keys() == KEYS for entry in answer.result)
    assert answer.result == [
        {
            "monitor_id": first,
            "server_id": 1,
            "monitor_name": "Beijing",
            "server_name": "one",
            "created_at": [(minute - 120) * 1000, minute * 1000],
            "avg_delay": [0.5, 2],
        },
        {
            "monitor_id": third,
            "server_id": 1,
            "monitor_name": '"<50%>"',
            "server_name": "one",
            "created_at": [minute * 1000],
            "avg_delay": [68.2275],
        },
    ]
    assert b'"avg_delay":[0.5,2]' in answer.body
    assert silent not in {entry["monitor_id"] for entry in answer.result}


def test_monitor_shows_whole_minutes_one_a_minute(dashboard: Dashboard, agent: Any, minute: Any) -> None:
    id_ = monitor(dashboard)
    assert taken(dashboard, agent[1], ping(id_, minute + 59, 5), ping(id_, minute - 1, 3), ping(id_, minute + 1, 4))
    (entry,) = series(dashboard)
    assert entry["created_at"] == [(minute - 60) * 1000, minute * 1000]
    assert entry["avg_delay"] == [3, 5]


@pytest.mark.parametrize(
    ("delay", "up", "down", "shown"),
    [
        *((0, 2, 0, 0), (68.2275, 2, 1, 68.2275), (1000, 1, 0, 1000), (1000.5, 1, 0, 1000), (1e300, 1, 0, 1000)),
        *((0, 0, 2, 0), (7, 0, 2, 0), (0.001, 1, 0, 0.001)),
    ],
)
def test_monitor_shows_the_mean_of_what_succeeded_up_to_1000(
    dashboard: Dashboard, agent: Any, minute: Any, delay: Any, up: Any, down: Any, shown: Any
) -> None:
    assert taken(dashboard, agent[1], ping(monitor(dashboard), minute, delay, up, down))
    (entry,) = series(dashboard)
    assert entry["avg_delay"] == [shown]


@pytest.mark.parametrize(
    ("second", "shown"),
    [
        *(((1, 2, 0), 1), ((9, 2, 0), 1), ((9, 1, 1), 1), ((9, 1, 0), 1)),
        *(((9, 3, 0), 9), ((9, 0, 3), 0), ((9, 1, 2), 9)),
    ],
)
def test_monitor_counts_a_minute_once_and_by_its_probes(
    dashboard: Dashboard, agent: Any, minute: Any, second: Any, shown: Any
) -> None:
    id_ = monitor(dashboard)
    assert taken(dashboard, agent[1], ping(id_, minute, 1, 2, 0))
    assert taken(dashboard, agent[1], ping(id_, minute, *second))
    (entry,) = series(dashboard)
    assert (len(entry["created_at"]), entry["avg_delay"]) == (1, [shown])


def test_monitor_refuses_pings_one_by_one(dashboard: Dashboard, agent: Any, minute: Any) -> None:
    now = int(dashboard.clock.now)
    good, other = monitor(dashboard), monitor(dashboard, cover="all", servers=frozenset([1]))
    pings = [
        ping(good, now + 61),
        ping(good, minute),
        ping(good, now - 88_201),
        ping(other, minute),
        ping(good, minute - 60, up=0, down=0),
        ping(good, minute - 60, up=10_000, down=1),
    ]
    (outcome,) = dashboard.report({"pings": pings}, credential=agent[1])
    assert outcome.keys() == {"server_id", "refused"}
    assert all(refused.keys() == {"monitor_id", "at", "error", "message"} for refused in outcome["refused"])
    assert [(refused["monitor_id"], refused["at"], refused["error"]) for refused in outcome["refused"]] == [
        (good, now + 61, "in_the_future"),
        (good, now - 88_201, "too_old"),
        (other, minute, "not_assigned"),
        (good, minute - 60, "bad_counts"),
        (good, minute - 60, "bad_counts"),
    ]
    (entry,) = series(dashboard)
    assert entry["created_at"] == [minute * 1000]


def test_monitor_shows_the_last_24_hours(dashboard: Dashboard, agent: Any) -> None:
    id_, now = monitor(dashboard), int(dashboard.clock.now)
    assert taken(dashboard, agent[1], ping(id_, now - 86_400), ping(id_, now - 80_000), ping(id_, now))
    (entry,) = series(dashboard)
    assert len(entry["created_at"]) == len(entry["avg_delay"]) == 3
    dashboard.clock.now += 7000
    (entry,) = series(dashboard)
    assert len(entry["created_at"]) == len(entry["avg_delay"]) == 1
    dashboard.clock.now += 86_400
    assert dashboard.get(PATH + "1").body == EMPTY


def test_monitor_that_is_deleted_is_left_out(dashboard: Dashboard, agent: Any, minute: Any) -> None:
    first, second = monitor(dashboard), monitor(dashboard)
    assert taken(dashboard, agent[1], ping(first, minute), ping(second, minute))
    dashboard.store.delete_monitor(first)
    assert [entry["monitor_id"] for entry in series(dashboard)] == [second]
    dashboard.store.delete_monitor(second)
    assert dashboard.get(PATH + "1").body == EMPTY


def test_monitor_shows_one_servers_points_only(dashboard: Dashboard, agent: Any, minute: Any) -> None:
    other, other_secret = dashboard.server("other")
    id_ = monitor(dashboard)
    dashboard.report(
        {"secret": agent[1], "pings": [ping(id_, minute, 1)]}, {"secret": other_secret, "pings": [ping(id_, minute, 2)]}
    )
    assert [series(dashboard, number)[0]["avg_delay"] for number in (1, other.id)] == [[1], [2]]
    assert series(dashboard, other.id)[0]["server_name"] == "other"


@pytest.mark.local
def test_report_tells_each_server_its_monitors(dashboard: Dashboard, agent: Any) -> None:
    other, other_secret = dashboard.server("other")
    all_, but_one, only_other = (
        monitor(dashboard, cover=cover, servers=frozenset(servers))
        for cover, servers in (("all", []), ("all", [1]), ("only", [other.id]))
    )

    def told(*secrets: Any) -> dict[Any, Any]:
        body = {"reports": [{"secret": secret} for secret in secrets]}
        monitors = dashboard.post("/api/v1/agent/report", body=body).result["monitors"]
        assert all(
            {**one, "id": 0, "server_ids": 0}
            == {"id": 0, "type": "icmp", "target": "1.1.1.1", "interval": 30, "server_ids": 0}
            for one in monitors
        )
        return {one["id"]: sorted(one["server_ids"]) for one in monitors}

    assert told(agent[1]) == {all_: [1]}
    assert told(agent[1], other_secret) == {all_: [1, other.id], but_one: [other.id], only_other: [other.id]}
    assert told("wrong") == {}
