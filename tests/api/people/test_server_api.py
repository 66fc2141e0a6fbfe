"""/api/server: servers, made, edited and deleted by people, and their secrets rotated."""

import re
import threading
from functools import partial
from typing import Any

import pytest

from benchmarks.watched_store import WatchedStore
from chalicelib.fleet import limits
from chalicelib.fleet.tokens import hash_of
from tests.api.people.panel import (
    SAME_ORIGIN,
    Panel,
    every_route,
    names_field,
    serve_another,
    together,
)
from tests.api.people.test_summary import HOST, STATE
from tests.support.dashboard import NOW, Dashboard

INDEX = limits.DISPLAY_INDEX


def test_create_shows_the_secret_once(dashboard: Dashboard, panel: Panel) -> None:
    made = panel.post("/api/server", {"name": "Tokyo"}).result
    assert made.keys() == {"id", "secret"}
    assert re.fullmatch("[0-9A-Za-z]{18}", made["secret"])
    assert dashboard.report({"state": STATE}, credential=made["secret"]) == [{"server_id": made["id"]}]
    listed = panel.get("/api/server").body
    assert made["secret"].encode() not in listed
    assert hash_of(made["secret"]).encode() not in listed


def test_list_tells_everything_there_is_to_know(dashboard: Dashboard, panel: Panel) -> None:
    assert panel.get("/api/server").result == []
    body = {
        "name": "Tokyo 东京 100%s",
        "tag": "分组",
        "note": "left rack",
        "display_index": -7,
        "hide_for_guest": False,
    }
    made = panel.post("/api/server", body).result
    dashboard.clock.now += 5
    dashboard.report({"ip": "192.0.2.1/2001:db8::1", "host": HOST, "state": STATE}, credential=made["secret"])
    assert panel.get("/api/server").result == [
        {
            "id": made["id"],
            **body,
            "created": int(NOW),
            "ipv4": "192.0.2.1",
            "ipv6": "2001:db8::1",
            "muted_until": 0,
            "last_active": int(NOW) + 5,
            "online": True,
            "host": HOST,
            "status": STATE,
            "latency": None,
            "loss": None,
            "plan": None,
        }
    ]


def test_create_hides_a_server_unless_told_otherwise(panel: Panel) -> None:
    listed = panel.one("/api/server", panel.post("/api/server", {"name": "one"}).result["id"])
    fields = ("tag", "note", "display_index", "hide_for_guest", "ipv4", "ipv6", "last_active")
    assert tuple(listed[field] for field in fields) == ("AutoRegister", "", 0, True, "", "", -62135596800)


def test_list_has_the_display_order(panel: Panel) -> None:
    created = [
        panel.post("/api/server", {"name": "one", "display_index": index}).result["id"] for index in (0, 5, -5, 5)
    ]
    assert [server["id"] for server in panel.get("/api/server").result] == [created[index] for index in (1, 3, 0, 2)]
    panel.patch(f"/api/server/{created[2]}", {"display_index": 6})
    assert [server["id"] for server in panel.get("/api/server").result] == [created[index] for index in (2, 1, 3, 0)]


WRONG: dict[str, Any] = {
    "name": (1, True, [], {}, "", "x" * 129),
    "tag": (1, [], "x" * 129),
    "note": (1, [], "x" * 1025),
    "display_index": ("1", 1.5, True, [], INDEX + 1, -INDEX - 1, 10**400),
    "hide_for_guest": ("on", 0, 1, []),
}


def test_create_and_edit_refuse_by_the_fields_name_and_then_change_nothing(panel: Panel) -> None:
    id_ = panel.post("/api/server", {"name": "one"}).result["id"]
    before = panel.get("/api/server").result
    for field, values in WRONG.items():
        for value in values:
            body = {"name": "new", "note": "new", field: value}
            assert names_field(panel.post("/api/server", body), field), (field, value)
            assert names_field(panel.patch(f"/api/server/{id_}", body), field), (field, value)
    assert panel.get("/api/server").result == before


def test_create_and_edit_take_what_is_just_within_the_limits(panel: Panel) -> None:
    for index in (INDEX, -INDEX):
        body = {"name": "é" * 128, "tag": "é" * 128, "note": "é" * 1024, "display_index": index}
        made = panel.post("/api/server", body).result["id"]
        edited = panel.post("/api/server", {"name": "two"}).result["id"]
        panel.patch(f"/api/server/{edited}", body)
        for id_ in (made, edited):
            listed = panel.one("/api/server", id_)
            assert {field: listed[field] for field in body} == body


def test_whole_numbers_may_be_written_as_floats(panel: Panel) -> None:
    """JSON does not tell them apart."""
    id_ = panel.post("/api/server", {"name": "one", "display_index": 7.0}).result["id"]
    assert panel.one("/api/server", id_)["display_index"] == 7
    monitor = panel.monitor(interval=60.0, cover="only", servers=[float(id_)])
    assert panel.one("/api/monitor", monitor)["interval"] == 60
    assert panel.one("/api/monitor", monitor)["servers"] == [id_]


@pytest.mark.parametrize("body", [{}, {"name": None}, {"tag": "web"}])
def test_create_needs_a_name(panel: Panel, body: dict[str, Any]) -> None:
    assert names_field(panel.post("/api/server", body), "name")


def test_create_and_edit_refuse_a_body_that_is_no_object(panel: Panel) -> None:
    id_ = panel.post("/api/server", {"name": "one"}).result["id"]
    for body in (b"", b"{", b"[]", b"null", b"1"):
        assert panel.post("/api/server", body).error == (400, 400)
        assert panel.patch(f"/api/server/{id_}", body).error == (400, 400)


def test_edit_changes_only_what_is_named(dashboard: Dashboard, panel: Panel) -> None:
    made = panel.post("/api/server", {"name": "one", "note": "a note", "display_index": 3}).result
    dashboard.report({"ip": "192.0.2.1", "host": HOST, "state": STATE}, credential=made["secret"])
    expected = panel.one("/api/server", made["id"])
    for change in (
        {"name": "two"},
        {"tag": ""},
        {"note": ""},
        {"note": "another"},
        {"display_index": 0},
        {"hide_for_guest": False},
        {"hide_for_guest": True, "display_index": -1},
    ):
        assert panel.patch(f"/api/server/{made['id']}", change).result is None
        expected |= change
        assert panel.one("/api/server", made["id"]) == expected


def test_edit_counts_null_as_absent_and_leaves_unknown_fields_alone(panel: Panel) -> None:
    id_ = panel.post("/api/server", {"name": "one", "note": "a note"}).result["id"]
    before = panel.get("/api/server").result
    for change in (
        {},
        dict.fromkeys(WRONG),
        {"id": 9, "ip": "192.0.2.1", "secret_hash": "00", "created": 1, "host": "{}"},
    ):
        assert panel.patch(f"/api/server/{id_}", change).result is None
        assert panel.get("/api/server").result == before


def test_edit_is_seen_at_once_by_every_process(dashboard: Dashboard, panel: Panel, store: WatchedStore) -> None:
    id_ = panel.post("/api/server", {"name": "one", "hide_for_guest": False}).result["id"]
    reader = store.another()
    assert reader.view().fleet.by_id[id_].name == "one"
    panel.patch(f"/api/server/{id_}", {"name": "two", "hide_for_guest": True})
    assert dashboard.get("/api/summary").result["servers"] == []
    assert dashboard.get(f"/api/v1/monitor/{id_}").error == (403, 403)
    assert dashboard.details(id_)["name"] == "two"
    seen = reader.view().fleet.by_id[id_]
    assert (seen.name, seen.hide_for_guest) == ("two", True)


@pytest.mark.local
def test_edits_of_different_fields_at_once_all_hold(busy_panel: Panel) -> None:
    id_ = busy_panel.post("/api/server", {"name": "one"}).result["id"]
    for wanted in (
        {"name": "a", "tag": "a", "note": "a", "display_index": 1, "hide_for_guest": False},
        {"name": "b", "tag": "b", "note": "b", "display_index": 2, "hide_for_guest": True},
    ):
        calls = [
            (lambda change={field: value}: busy_panel.patch(f"/api/server/{id_}", change))
            for field, value in wanted.items()
        ]
        assert [answer.status for answer in together(*calls)] == [200] * 5
        listed = busy_panel.one("/api/server", id_)
        assert {field: listed[field] for field in wanted} == wanted


BY_ID = ("PATCH /api/server/{id}", "DELETE /api/server/{id}", "POST /api/server/{id}/secret")


def test_routes_by_id_know_no_other_server_and_no_other_spelling(dashboard: Dashboard, panel: Panel) -> None:
    assert {route for route in every_route(dashboard) if "/api/server/{id}" in route} == set(BY_ID)
    id_ = panel.post("/api/server", {"name": "one"}).result["id"]
    before = panel.get("/api/server").result
    for route in BY_ID:
        method, _, path = route.partition(" ")
        for unknown in (id_ + 1, 64, 2**64 - 1, 10**15):
            assert panel.request(method, path.replace("{id}", str(unknown)), {"name": "x"}).error == (404, 404), route
        for bad in ("0", "-1", "1.5", "one", "1,1", "%20", "%D9%A1", 2**64, "9" * 41):
            assert panel.request(method, path.replace("{id}", str(bad)), {"name": "x"}).error == (400, 400), (
                route,
                bad,
            )
    assert panel.get("/api/server").result == before


@pytest.mark.local  # other gateways see two segments
@pytest.mark.parametrize("route", BY_ID)
def test_routes_by_id_take_an_encoded_slash_for_a_part_of_the_id(panel: Panel, route: str) -> None:
    method, _, path = route.partition(" ")
    panel.post("/api/server", {"name": "one"})
    assert panel.request(method, path.replace("{id}", "1%2F1"), {"name": "x"}).error == (400, 400)


def test_delete_acts_at_once_for_every_process(dashboard: Dashboard, panel: Panel, store: WatchedStore) -> None:
    made, other = (panel.post("/api/server", {"name": "one", "hide_for_guest": False}).result for _ in range(2))
    path = f"/api/server/{made['id']}"
    dashboard.report({"ip": "192.0.2.1", "host": HOST, "state": STATE}, credential=made["secret"])
    reader = store.another()
    assert made["id"] in reader.view().fleet.by_id
    assert panel.delete(path).result is None
    assert made["id"] not in reader.view().fleet.by_id
    assert panel.delete(path).error == (404, 404)
    assert panel.patch(path, {"name": "two"}).error == (404, 404)
    assert panel.post(f"{path}/secret").error == (404, 404)
    assert panel.get(f"/api/v1/monitor/{made['id']}").error == (404, 404)
    assert dashboard.get(f"/api/v1/server/details?id={made['id']}", dashboard.token()).result == []
    everywhere = [panel.get("/api/server"), dashboard.get("/api/v1/server/list", dashboard.token())]
    assert [[server["id"] for server in answer.result] for answer in everywhere] == [[other["id"]]] * 2
    assert is_refused(store.another(), made["secret"])


def test_delete_gives_the_id_to_no_other_server(dashboard: Dashboard, panel: Panel) -> None:
    made = panel.post("/api/server", {"name": "one"}).result
    dashboard.report({"ip": "192.0.2.1", "host": HOST, "state": STATE}, credential=made["secret"])
    panel.delete(f"/api/server/{made['id']}")
    after = panel.post("/api/server", {"name": "two"}).result["id"]
    assert after > made["id"]
    listed = panel.one("/api/server", after)
    assert (listed["last_active"], listed["ipv4"], listed["status"]["CPU"]) == (-62135596800, "", 0)


def is_refused(store: WatchedStore, secret: str) -> bool:
    return not store.server_ids([hash_of(secret)])


def test_deleted_secret_is_refused_after_15_seconds_by_a_process_that_knew_it(
    dashboard: Dashboard, panel: Panel, store: WatchedStore
) -> None:
    server, secret = dashboard.server()
    agents = store.another()
    assert not is_refused(agents, secret)
    panel.delete(f"/api/server/{server.id}")
    assert is_refused(store.another(), secret)
    store.clock.skip(limits.SECRET_CACHE_SECONDS)
    assert is_refused(agents, secret)


def test_rotated_secret_is_new_at_once_and_the_old_one_over_in_15_seconds(
    dashboard: Dashboard, panel: Panel, store: WatchedStore
) -> None:
    server, old = dashboard.server()
    agents = store.another()
    assert not is_refused(agents, old)
    answer = panel.post(f"/api/server/{server.id}/secret")
    assert answer.result.keys() == {"id", "secret"}
    assert answer.result["id"] == server.id
    new = answer.result["secret"]
    assert re.fullmatch("[0-9A-Za-z]{18}", new)
    assert new != old
    fresh = store.another()
    assert is_refused(fresh, old)
    for process in (fresh, agents):
        assert process.server_ids([hash_of(new)]) == {hash_of(new): server.id}
    store.clock.skip(limits.SECRET_CACHE_SECONDS)
    assert is_refused(agents, old)
    assert not is_refused(agents, new)


def test_rotated_secret_reports_for_the_same_server(dashboard: Dashboard, panel: Panel, store: WatchedStore) -> None:
    server, old = dashboard.server("one", note="a note")
    dashboard.report({"ip": "192.0.2.1", "host": HOST, "state": STATE}, credential=old)
    before = panel.one("/api/server", server.id)
    new = panel.post(f"/api/server/{server.id}/secret").result["secret"]
    assert panel.one("/api/server", server.id) == before
    with serve_another(dashboard) as other:
        assert other.report({}, credential=new) == [{"server_id": server.id}]
        (outcome,) = other.report({}, credential=old)
        assert (outcome["error"], outcome["retry"]) == ("unknown_secret", False)


@pytest.mark.local
def test_rotating_many_at_once_leaves_one_secret(busy_panel: Panel) -> None:
    server, old = busy_panel.dashboard.server()
    path = f"/api/server/{server.id}/secret"
    answers = together(*[lambda: busy_panel.post(path)] * 4)
    secrets = [old, *(answer.result["secret"] for answer in answers)]
    fresh = busy_panel.dashboard.store.another()
    assert len(fresh.server_ids([hash_of(secret) for secret in secrets])) == 1
    assert busy_panel.delete(f"/api/server/{server.id}").status == 200


@pytest.mark.local
def test_delete_while_reports_are_in_flight_brings_nothing_back(busy_panel: Panel) -> None:
    dashboard = busy_panel.dashboard
    server, secret = dashboard.server()
    monitor = busy_panel.monitor()
    deleted = threading.Event()

    def report(number: int) -> None:
        late = 0
        while late < 3:
            late += deleted.is_set()
            pings = [{"monitor_id": monitor, "at": int(NOW) - 60 * number, "delay": 1, "up": 1}]
            state = {**STATE, "MemUsed": number}
            (outcome,) = dashboard.report(
                {"ip": f"192.0.2.{number}", "host": {**HOST, "MemTotal": number}, "state": state, "pings": pings},
                credential=secret,
            )
            # The host may change once a minute only.
            taken = {"server_id": server.id}
            assert outcome in (taken, {**taken, "not_kept": ["host"]}) or outcome["error"] == "unknown_secret"
            number += 10

    def delete() -> None:
        try:
            assert busy_panel.delete(f"/api/server/{server.id}").status == 200
        finally:
            deleted.set()

    together(delete, *[lambda number=number: report(number) for number in range(1, 5)])
    nothing_is_left_of(server.id, busy_panel, dashboard)
    with serve_another(dashboard) as fresh:
        nothing_is_left_of(server.id, Panel(fresh, busy_panel.cookie), fresh)
        (outcome,) = fresh.report({"state": STATE}, credential=secret)
        assert outcome["error"] == "unknown_secret"
    assert busy_panel.post("/api/server", {"name": "new"}).result["id"] > server.id


def nothing_is_left_of(server_id: int, panel: Panel, dashboard: Dashboard) -> None:
    assert panel.get("/api/server").result == []
    assert panel.get("/api/v1/server/list").result == []
    assert panel.get(f"/api/v1/server/details?id={server_id}").result == []
    assert dashboard.get("/api/summary").result["servers"] == []
    assert panel.get(f"/api/v1/monitor/{server_id}").error == (404, 404)


@pytest.mark.local
def test_edit_at_the_same_time_as_delete_brings_nothing_back(busy_panel: Panel) -> None:
    for _ in range(5):
        id_ = busy_panel.post("/api/server", {"name": "one"}).result["id"]
        path = f"/api/server/{id_}"
        edited, rotated, deleted = together(
            partial(busy_panel.patch, path, {"note": "new"}),
            partial(busy_panel.post, f"{path}/secret"),
            partial(busy_panel.delete, path),
        )
        assert deleted.status == 200
        assert {edited.status, rotated.status} <= {200, 404}
        assert busy_panel.get("/api/server").result == []
        if rotated.status == 200:
            assert is_refused(busy_panel.dashboard.store.another(), rotated.result["secret"])


@pytest.mark.local
def test_create_is_refused_when_the_dashboard_is_full(
    dashboard: Dashboard, panel: Panel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "SERVERS", 2)
    first = panel.post("/api/server", {"name": "one"}).result["id"]
    assert dashboard.post("/api/v1/server/register", dashboard.token(), {}).status == 200
    assert panel.post("/api/server", {"name": "three"}).error == (400, 400)
    assert (
        dashboard.request("POST", "/api/v1/server/register", {"Cookie": panel.cookie, **SAME_ORIGIN}, b"").status == 400
    )
    panel.delete(f"/api/server/{first}")
    assert panel.post("/api/server", {"name": "three"}).status == 200
    assert panel.post("/api/server", {"name": "four"}).error == (400, 400)


def test_several_are_edited_together(dashboard: Dashboard, panel: Panel) -> None:
    ids = [dashboard.server()[0].id for _ in range(3)]
    changes = [
        {"id": ids[0], "tag": "web", "hide_for_guest": True},
        {"id": ids[2], "display_index": 7, "muted_until": int(NOW) + 60, "tag": None},
    ]
    assert panel.patch("/api/server", {"servers": changes}).result == {"failed": []}
    before = panel.one("/api/server", ids[1])
    same = ("tag", "hide_for_guest", "display_index", "muted_until")
    first, last = panel.one("/api/server", ids[0]), panel.one("/api/server", ids[2])
    assert [first[name] for name in same] == ["web", True, before["display_index"], 0]
    assert [last[name] for name in same] == [before["tag"], before["hide_for_guest"], 7, int(NOW) + 60]
    assert [one["id"] for one in dashboard.get("/api/v1/server/list", dashboard.token("read")).result] == [
        ids[2],
        ids[0],
        ids[1],
    ]


def test_several_are_edited_but_for_those_that_are_gone(dashboard: Dashboard, panel: Panel) -> None:
    ids = [dashboard.server()[0].id for _ in range(3)]
    panel.delete(f"/api/server/{ids[1]}")
    changes = [{"id": id_, "tag": "web"} for id_ in (*ids, 10**18)]
    failed = panel.patch("/api/server", {"servers": changes}).result["failed"]
    assert [(one["id"], one["error"]) for one in failed] == [(ids[1], "server_not_found"), (10**18, "server_not_found")]
    assert [one["tag"] for one in panel.get("/api/server").result] == ["web", "web"]
    gone = panel.patch("/api/server", {"servers": changes[3:]}).result["failed"]
    assert [one["id"] for one in gone] == [10**18]


def test_fifty_are_edited_in_one_transaction(dashboard: Dashboard, panel: Panel, store: WatchedStore) -> None:
    ids = [dashboard.server()[0].id for _ in range(limits.SERVERS_EDITED)]
    changes = [{"id": id_, "display_index": place} for place, id_ in enumerate(ids)]
    assert panel.patch("/api/server", {"servers": changes}).result == {"failed": []}
    assert [one["id"] for one in panel.get("/api/server").result] == ids[::-1]


def test_the_last_of_several_changes_of_one_server_holds(dashboard: Dashboard, panel: Panel) -> None:
    server, _ = dashboard.server()
    changes = [{"id": server.id, "tag": tag} for tag in ("one", "two")]
    assert panel.patch("/api/server", {"servers": changes}).result == {"failed": []}
    assert panel.one("/api/server", server.id)["tag"] == "two"


def test_several_are_refused_by_the_fields_name_and_nothing_changes(dashboard: Dashboard, panel: Panel) -> None:
    one, two = (dashboard.server()[0].id for _ in range(2))
    before = panel.get("/api/server").result
    for field, value in (("tag", "x" * 129), ("display_index", INDEX + 1), ("hide_for_guest", 1), ("id", 0)):
        answer = panel.patch("/api/server", {"servers": [{"id": one, "tag": "new"}, {"id": two, field: value}]})
        assert names_field(answer, f"servers[1].{field}")
    for servers in ([], None, "1", [{"tag": "x"}], [{"id": 10**30}], [{"id": one}] * (limits.SERVERS_EDITED + 1)):
        assert panel.patch("/api/server", {"servers": servers}).error == (400, 400)
    assert panel.get("/api/server").result == before


def test_several_are_deleted_but_for_those_that_are_gone(dashboard: Dashboard, panel: Panel) -> None:
    made = [dashboard.server() for _ in range(3)]
    ids = [server.id for server, _ in made]
    failed = panel.delete(f"/api/server?id={ids[0]},{ids[2]},{10**18},{ids[0]}").result["failed"]
    assert [(one["id"], one["error"]) for one in failed] == [(10**18, "server_not_found")]
    assert [one["id"] for one in panel.get("/api/server").result] == [ids[1]]
    dashboard.store.clock.skip(16)
    accepted = [set(one) == {"server_id"} for _, secret in made for one in dashboard.report({"secret": secret})]
    assert accepted == [False, True, False]


def test_deleting_several_names_at_least_one_and_not_too_many(dashboard: Dashboard, panel: Panel) -> None:
    for query in ("", "?id=", "?id=x", "?id=" + ",".join(map(str, range(1, limits.SERVERS_DELETED + 2)))):
        assert names_field(panel.delete(f"/api/server{query}"), "id")
