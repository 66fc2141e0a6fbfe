"""POST /api/password: a new password, which ends every session but the one that asked."""

from dataclasses import replace
from typing import Any

import pytest

from benchmarks.watched_store import WatchedStore
from chalicelib.fleet import limits, sign_in
from chalicelib.fleet.errors import InvalidInput
from chalicelib.fleet.store import Changed
from tests.api.people.panel import (
    PASSWORD,
    PASSWORD_TEXT,
    SAME_ORIGIN,
    Panel,
    ask_host,
    cookie_of,
    names_field,
    together,
)
from tests.api.people.panel import sign_in as login
from tests.support.dashboard import Dashboard

NEW = "tr0ub4dor & three"


def change(panel: Panel, current: str = PASSWORD_TEXT, new: str = NEW) -> Any:
    return panel.post("/api/password", {"current": current, "new": new})


def test_new_password_takes_the_old_ones_place(dashboard: Dashboard, panel: Panel) -> None:
    answer = change(panel)
    assert answer.json == {"code": 0, "message": "success", "result": None}
    assert login(dashboard).error == (403, 403)
    assert login(dashboard, NEW).status == 200


def test_change_ends_other_sessions_and_goes_on_with_a_new_one(dashboard: Dashboard, panel: Panel) -> None:
    other = Panel(dashboard, cookie_of(login(dashboard)))
    answer = change(panel)
    goes_on = Panel(dashboard, cookie_of(answer))
    assert goes_on.get("/api/settings").status == 200
    for ended in (other, panel):
        assert ended.get("/api/settings").error == (403, 403)
        assert ended.get("/api/v1/server/list").error == (403, 403)
    assert change(goes_on, NEW, "and another one").status == 200


def test_cookie_of_a_change_is_as_that_of_signing_in(dashboard: Dashboard, panel: Panel) -> None:
    cookie = panel.cookie
    for host, secure in (("127.0.0.1", set()), ("example.com", {"Secure"})):
        dashboard.store.set_password(PASSWORD)
        body = {"current": PASSWORD_TEXT, "new": NEW}
        answer = ask_host(dashboard, host, "POST", "/api/password", {"Cookie": cookie, **SAME_ORIGIN}, body)
        attributes = set(answer.headers["set-cookie"].split("; ")[1:])
        assert attributes == {"Path=/", "Max-Age=2592000", "HttpOnly", "SameSite=Lax", *secure}


def test_change_ends_no_token_and_no_agents_secret(dashboard: Dashboard, panel: Panel) -> None:
    token, (server, secret) = dashboard.token(), dashboard.server()
    assert change(panel).status == 200
    assert dashboard.get("/api/v1/server/list", token).status == 200
    assert dashboard.report({}, credential=secret) == [{"server_id": server.id}]


def test_wrong_current_password_is_refused_by_its_field_and_changes_nothing(dashboard: Dashboard, panel: Panel) -> None:
    for current in ("", "wrong", PASSWORD_TEXT + " ", "x" * (limits.PASSWORD_LENGTH_MOST + 1)):
        answer = change(panel, current)
        assert names_field(answer, "current")
        assert "set-cookie" not in answer.headers
    assert panel.post("/api/password", {"new": NEW}).error == (400, 400)
    assert panel.get("/api/settings").status == 200
    assert login(dashboard).status == 200


def test_new_password_has_its_limits(panel: Panel) -> None:
    for length in (0, limits.PASSWORD_LENGTH_LEAST - 1, limits.PASSWORD_LENGTH_MOST + 1):
        assert names_field(change(panel, new="é" * length), "new")
    assert change(panel, new="é" * limits.PASSWORD_LENGTH_LEAST).status == 200


def test_guesses_at_the_current_password_count_as_attempts_to_sign_in(dashboard: Dashboard, panel: Panel) -> None:
    for _ in range(limits.ATTEMPTS):
        assert names_field(change(panel, "wrong"), "current")
    answer = change(panel)
    assert answer.error == (429, 429)
    assert int(answer.headers["retry-after"]) >= 1
    assert login(dashboard).error == (429, 429)
    dashboard.clock.now += limits.ATTEMPTS_WINDOW_SECONDS
    assert change(panel).status == 200


@pytest.mark.local
def test_of_two_changes_at_once_one_holds(busy_panel: Panel) -> None:
    texts = ("the first one", "the second one")
    answers = together(*(lambda text=text: change(busy_panel, new=text) for text in texts))
    assert sorted(answer.status for answer in answers) in ([200, 400], [200, 403])
    (held,) = [text for text, answer in zip(texts, answers, strict=True) if answer.status == 200]
    assert login(busy_panel.dashboard, held).status == 200


def test_password_that_changed_meanwhile_is_not_replaced(store: WatchedStore) -> None:
    sign_in.set_password(store, PASSWORD_TEXT)
    before = store.password()
    assert before
    sign_in.set_password(store.another(), "set on the command line")
    with pytest.raises(InvalidInput, match="current"):
        sign_in.change_password(store, PASSWORD_TEXT, NEW, "1.1.1.1", 0)
    with pytest.raises(Changed):
        store.change_password(before, PASSWORD)
    assert store.password() not in (before, PASSWORD)


def test_replacement_whose_answer_was_lost_is_known_again(store: WatchedStore) -> None:
    sign_in.set_password(store, PASSWORD_TEXT)
    before = store.password()
    assert before
    store.change_password(before, PASSWORD)
    store.change_password(before, PASSWORD)
    assert store.password() == PASSWORD


def test_password_is_generated_until_somebody_chooses_one(panel: Panel, store: WatchedStore) -> None:
    assert panel.get("/api/password").result == {"generated": False}
    store.set_password(replace(PASSWORD, generated=True))
    assert panel.get("/api/password").result == {"generated": True}
    chosen = Panel(panel.dashboard, cookie_of(change(panel)))
    assert chosen.get("/api/password").result == {"generated": False}
