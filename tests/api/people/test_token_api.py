"""/api/token: API tokens, made, listed and deleted by people."""

import re
from datetime import UTC, datetime

import pytest

from benchmarks.watched_store import WatchedStore
from chalicelib.fleet.tokens import hash_of
from tests.api.people.panel import Panel, names_field
from tests.support.dashboard import NOW, Dashboard

DAY = 24 * 3600


def test_create_shows_the_token_once(dashboard: Dashboard, panel: Panel) -> None:
    answer = panel.post("/api/token", {})
    assert answer.result.keys() == {"id", "token"}
    token = answer.result["token"]
    assert re.fullmatch("[0-9A-Za-z]{32}", token)
    assert answer.result["id"] == hash_of(token)[:16]
    assert token.encode() not in panel.get("/api/token").body
    assert dashboard.get("/api/v1/server/list", token).status == 200
    assert dashboard.post("/api/v1/server/register", token, {}).status == 200


def test_list_tells_everything_but_the_token(dashboard: Dashboard, panel: Panel) -> None:
    assert panel.get("/api/token").result == []
    body = {"note": "Werkstatt 密码 🔑", "scopes": ["register"], "expires": int(NOW) + 60}
    made = panel.post("/api/token", body).result
    (listed,) = panel.get("/api/token").result
    assert listed == {
        "id": made["id"],
        "head": made["token"][:4],
        "note": "Werkstatt 密码 🔑",
        "scopes": ["register"],
        "created": int(NOW),
        "expires": int(NOW) + 60,
        "last_used": None,
    }


def test_list_has_the_defaults_of_a_token_and_the_day_of_its_last_use(dashboard: Dashboard, panel: Panel) -> None:
    made = panel.post("/api/token", {}).result
    dashboard.clock.now += DAY
    dashboard.get("/api/v1/server/list", made["token"])
    listed = panel.one("/api/token", made["id"])
    today = datetime.fromtimestamp(dashboard.clock.now, UTC).date().isoformat()
    assert (listed["note"], listed["scopes"], listed["expires"]) == ("", ["read", "register"], None)
    assert listed["last_used"] == today


def test_list_has_the_newest_last_and_api_tokens_only(dashboard: Dashboard, panel: Panel) -> None:
    ids = []
    for _ in range(4):
        ids.append(panel.post("/api/token", {}).result["id"])
        dashboard.clock.now += 1
    dashboard.server()
    assert [token["id"] for token in panel.get("/api/token").result] == ids


@pytest.mark.parametrize(
    ("scopes", "may_read", "may_register"),
    [(["read"], 200, 403), (["register"], 403, 200), (["register", "read"], 200, 200)],
)
def test_token_can_do_what_its_scopes_say(
    dashboard: Dashboard, panel: Panel, scopes: list[str], may_read: int, may_register: int
) -> None:
    token = panel.post("/api/token", {"scopes": scopes}).result["token"]
    assert dashboard.get("/api/v1/server/list", token).status == may_read
    assert dashboard.get("/api/v1/server/details", token).status == may_read
    assert dashboard.post("/api/v1/server/register", token, {}).status == may_register


@pytest.mark.local
def test_token_works_until_it_expires(dashboard: Dashboard, panel: Panel) -> None:
    token = panel.post("/api/token", {"expires": int(NOW) + 100}).result["token"]
    dashboard.clock.now = NOW + 99.9
    assert dashboard.get("/api/v1/server/list", token).status == 200
    dashboard.clock.now = NOW + 100
    assert dashboard.get("/api/v1/server/list", token).error == (403, 403)


def test_use_prolongs_no_token(dashboard: Dashboard, panel: Panel) -> None:
    made = panel.post("/api/token", {"expires": int(NOW) + 100}).result
    dashboard.get("/api/v1/server/list", made["token"])
    assert panel.one("/api/token", made["id"])["expires"] == int(NOW) + 100


def test_create_refuses_by_the_fields_name(panel: Panel) -> None:
    for field, values in {
        "note": (1, [], {}, True, "x" * 1025),
        "scopes": ("read", [], {"read": 1}, [1], [None], ["manage"], ["read", "admin"], ["READ"], ["read"] * 3, None),
        "expires": ("soon", 1.5, [], True, int(NOW), int(NOW) - 1, -1, 1),
    }.items():
        for value in values:
            assert names_field(panel.post("/api/token", {field: value}), field), (field, value)
    assert panel.get("/api/token").result == []


def test_create_refuses_a_time_that_cannot_be_kept(panel: Panel) -> None:
    assert names_field(panel.post("/api/token", {"expires": 10**40 + 1}), "expires")


def test_create_takes_what_is_just_within_the_limits(panel: Panel) -> None:
    made = panel.post("/api/token", {"note": "é" * 1024, "scopes": ["read", "read"], "expires": int(NOW) + 1}).result
    assert panel.one("/api/token", made["id"])["note"] == "é" * 1024


def test_create_counts_null_as_absent_and_leaves_unknown_fields_alone(panel: Panel) -> None:
    made = panel.post("/api/token", {"note": None, "expires": None, "id": "mine", "kind": "session"}).result
    listed = panel.one("/api/token", made["id"])
    assert (listed["note"], listed["scopes"], listed["expires"]) == ("", ["read", "register"], None)


def test_create_refuses_a_body_that_is_no_object(panel: Panel) -> None:
    for body in (b"", b"{", b"[]", b"null", b"1", b'"text"'):
        assert panel.post("/api/token", body).error == (400, 400), body


def test_delete_ends_the_token_at_once_for_every_process(
    dashboard: Dashboard, panel: Panel, store: WatchedStore
) -> None:
    one, other = (panel.post("/api/token", {}).result for _ in range(2))
    assert dashboard.get("/api/v1/server/list", one["token"]).status == 200
    assert panel.delete(f"/api/token/{one['id']}").result is None
    assert dashboard.get("/api/v1/server/list", one["token"]).error == (403, 403)
    assert store.another().token(hash_of(one["token"])) is None
    assert dashboard.get("/api/v1/server/list", other["token"]).status == 200
    assert [token["id"] for token in panel.get("/api/token").result] == [other["id"]]


def test_delete_knows_only_ids_of_api_tokens(dashboard: Dashboard, panel: Panel) -> None:
    _, secret = dashboard.server()
    made = panel.post("/api/token", {}).result
    session = panel.cookie.partition("=")[2]
    hash_ = hash_of(made["token"])
    for id_ in (
        hash_of(secret)[:16],
        hash_of(session)[:16],
        hash_,
        hash_[:15],
        made["id"].upper(),
        "0" * 16,
        "1",
        "%00",
    ):
        assert panel.delete(f"/api/token/{id_}").error == (404, 404), id_
    assert panel.delete(f"/api/token/{made['id']}").status == 200
    assert panel.delete(f"/api/token/{made['id']}").error == (404, 404)
