"""/api/session: who is signed in, and ending one session or all."""

from tests.api.people.panel import PASSWORD, PASSWORD_TEXT, Panel, cookie_of, sign_in
from tests.support.dashboard import Dashboard

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
DAY = 24 * 3600


def another(dashboard: Dashboard, browser: str = FIREFOX) -> Panel:
    return Panel(dashboard, cookie_of(sign_in(dashboard, headers={"User-Agent": browser})))


def test_list_tells_of_every_session_and_which_is_the_callers(dashboard: Dashboard, panel: Panel) -> None:
    dashboard.clock.now += 1
    other = another(dashboard)
    dashboard.clock.now += DAY
    now = int(dashboard.clock.now)
    mine, theirs = panel.get("/api/session").result
    assert mine == {
        "id": mine["id"],
        "browser": mine["browser"],
        "created": now - DAY - 1,
        "expires": now + 30 * DAY,
        "last_used": "2026-11-24",
        "current": True,
    }
    assert theirs == {**mine, "id": theirs["id"], "browser": FIREFOX, "created": now - DAY, "current": False} | {
        "expires": now + 29 * DAY,
        "last_used": None,
    }
    assert [one["current"] for one in other.get("/api/session").result] == [False, True]


def test_list_leaves_out_what_has_ended(dashboard: Dashboard, panel: Panel) -> None:
    another(dashboard).post("/api/logout", {})
    dashboard.clock.now += 29 * DAY
    panel.get("/api/settings")
    another(dashboard)
    dashboard.clock.now += 29 * DAY
    assert [one["current"] for one in panel.get("/api/session").result] == [True, False]
    dashboard.clock.now += 2 * DAY
    assert [one["current"] for one in panel.get("/api/session").result] == [True]


def test_what_a_browser_calls_itself_is_cut(dashboard: Dashboard, panel: Panel) -> None:
    dashboard.clock.now += 1
    another(dashboard, "x" * 5000)
    assert panel.get("/api/session").result[1]["browser"] == "x" * 256


def test_one_session_is_ended(dashboard: Dashboard, panel: Panel) -> None:
    dashboard.clock.now += 1
    other = another(dashboard)
    _, theirs = panel.get("/api/session").result
    assert panel.delete(f"/api/session/{theirs['id']}").result is None
    assert other.get("/api/settings").error == (403, 403)
    assert panel.get("/api/settings").status == 200
    answer = panel.delete(f"/api/session/{theirs['id']}")
    assert (answer.error, answer.json["error"]) == ((404, 404), "session_not_found")


def test_sessions_cannot_end_anything_else(dashboard: Dashboard, panel: Panel) -> None:
    token = panel.post("/api/token", {}).result
    assert panel.delete(f"/api/session/{token['id']}").error == (404, 404)
    assert dashboard.get("/api/v1/server/list", token["token"]).status == 200


def test_all_sessions_are_ended_and_nothing_else(dashboard: Dashboard, panel: Panel) -> None:
    dashboard.clock.now += 1
    other = another(dashboard)
    token = dashboard.token("read")
    device = panel.get("/api/device").result["device"]
    answer = panel.delete("/api/session")
    assert answer.result is None
    assert "Max-Age=0" in answer.headers["set-cookie"]
    for ended in (panel, other):
        assert ended.get("/api/settings").error == (403, 403)
        assert ended.get("/api/v1/server/list").error == (403, 403)
        assert ended.delete("/api/session").error == (403, 403)
    assert dashboard.get("/api/v1/server/list", token).status == 200
    body = {"password": PASSWORD_TEXT, "device": device}
    again = dashboard.post("/api/login/device", body=body)
    assert Panel(dashboard, cookie_of(again)).get("/api/settings").status == 200
    assert dashboard.store.password() != PASSWORD
    dashboard.clock.now += 1
    assert [one["current"] for one in another(dashboard).get("/api/session").result] == [False, True]
