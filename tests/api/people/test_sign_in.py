"""POST /api/login and /api/logout, and how long a session lives."""

import json
import re
from typing import Any

import pytest

from benchmarks.watched_store import WatchedStore
from chalicelib.fleet import limits, passwords, sign_in
from chalicelib.fleet.errors import Forbidden, InvalidInput, Throttled
from chalicelib.fleet.tokens import hash_of
from tests.api.people.panel import PASSWORD, PASSWORD_TEXT, SAME_ORIGIN, Panel, ask_host, cookie_of, signed_in
from tests.api.people.panel import sign_in as login
from tests.support.dashboard import NOW, Dashboard, HttpAnswer

DAY = 24 * 3600
TOO_LONG = "x" * (limits.PASSWORD_LENGTH_MOST + 1)


@pytest.fixture
def dashboard(dashboard: Any) -> Any:
    dashboard.store.set_password(PASSWORD)
    return dashboard


def is_signed_in(panel: Panel) -> bool:
    answer = panel.get("/api/settings")
    assert answer.status in (200, 403)
    return answer.status == 200


def session_of(panel: Panel) -> Any:
    return panel.dashboard.store.token(hash_of(panel.cookie.partition("=")[2]))


def test_login_answers_with_a_session(dashboard: Any) -> None:
    answer = login(dashboard)
    assert answer.json == {"code": 0, "message": "success", "result": None}
    assert re.fullmatch(r"nezha-dashboard=[0-9A-Za-z]{32}", cookie_of(answer))
    assert is_signed_in(Panel(dashboard, cookie_of(answer)))


def test_login_makes_another_session_each_time(dashboard: Any) -> None:
    first, second = Panel(dashboard, cookie_of(login(dashboard))), Panel(dashboard, cookie_of(login(dashboard)))
    assert first.cookie != second.cookie
    assert first.post("/api/logout").status == 200
    assert (is_signed_in(first), is_signed_in(second)) == (False, True)


def test_login_refuses_a_wrong_password(dashboard: Any) -> None:
    right = PASSWORD_TEXT
    for password in ("", "wrong", right + " ", right.upper(), right[:-1], TOO_LONG, "\0", "\ud800"):
        answer = login(dashboard, password)
        assert answer.error == (403, 403)
        assert "set-cookie" not in answer.headers


def test_login_refuses_a_body_without_password(dashboard: Any) -> None:
    for body in (b"{}", b'{"password": null}', b'{"passwort": "correct horse battery staple"}'):
        assert dashboard.request("POST", "/api/login", {}, body).error == (403, 403)


def test_login_refuses_a_body_that_makes_no_sense(dashboard: Any) -> None:
    wrong = (b'{"password": 12345678}', b'{"password": ["a"]}')
    for body in (b"", b"password", b"[]", b'"text"', b"null", b"[" * 9999, *wrong):
        assert dashboard.request("POST", "/api/login", {}, body).error == (400, 400)


def test_login_refuses_a_password_of_a_megabyte(dashboard: Any) -> None:
    assert login(dashboard, "x" * 1_000_000).error == (403, 403)
    assert login(dashboard, "x" * limits.BODY_BYTES).error == (413, 413)


def test_login_takes_a_password_in_any_script(dashboard: Any) -> None:
    text = "пароль 密码 🗝️ ñ"
    sign_in.set_password(dashboard.store, text)
    assert login(dashboard, text).status == 200
    raw = json.dumps({"password": text}, ensure_ascii=False).encode()
    assert dashboard.request("POST", "/api/login", {"Content-Type": "application/json"}, raw).status == 200
    assert login(dashboard, text.encode().decode("latin-1")).status == 403


def test_login_takes_any_content_type(dashboard: Any) -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded", "application/json; charset=utf-8"):
        assert login(dashboard, headers={"Content-Type": kind}).status == 200


def test_login_is_refused_where_no_password_was_set(panel: Panel, store: WatchedStore) -> None:
    fresh = store.another(prefix="people-without-password-")
    fresh.create_tables()
    with pytest.raises(Forbidden, match="No password is set yet"):
        sign_in.sign_in(fresh, "", "1.1.1.1", NOW)


def test_set_password_takes_lengths_up_to_its_limits_only(store: WatchedStore) -> None:
    for length in (0, 7, 1025):
        with pytest.raises(InvalidInput, match="characters"):
            sign_in.set_password(store, "é" * length)
    assert store.password() is None
    for length in (8, 1024):
        sign_in.set_password(store, "é" * length)
        kept = store.password()
        assert kept
        assert passwords.matches("é" * length, kept)


def test_set_password_keeps_scrypt_and_its_parameters(store: WatchedStore, costly_passwords: None) -> None:
    sign_in.set_password(store, PASSWORD_TEXT)
    kept = store.password()
    assert kept
    assert kept.n >= 2**15
    assert (kept.r, kept.p) >= (8, 1)
    assert len(bytes.fromhex(kept.salt)) >= 16
    assert len(bytes.fromhex(kept.digest)) >= 32
    sign_in.set_password(store, PASSWORD_TEXT)
    again = store.password()
    assert again
    assert again.salt != kept.salt


def test_only_hashes_of_credentials_are_kept(dashboard: Any) -> None:
    panel = Panel(dashboard, cookie_of(login(dashboard)))
    token = panel.post("/api/token", {}).result["token"]
    first = panel.post("/api/server", {"name": "one"}).result
    second = panel.post(f"/api/server/{first['id']}/secret").result["secret"]
    kept = json.dumps(list(dashboard.store.dump.items()))
    for credential in (panel.cookie.partition("=")[2], token, first["secret"], second, PASSWORD_TEXT):
        assert credential not in kept
    assert hash_of(token) in kept


def test_login_cookie_is_secure_off_loopback(dashboard: Any) -> None:
    usual = {"Path=/", "Max-Age=2592000", "HttpOnly", "SameSite=Lax"}
    for host in ("127.0.0.1", "127.0.0.1:8008", "localhost", "[::1]", "[::1]:8008"):
        answer = ask_host(dashboard, host, "POST", "/api/login", body={"password": PASSWORD_TEXT})
        assert attributes(answer) == usual, host
    for host in ("example.com", "example.com:8443", "localhost.example.com", "10.0.0.1", "[::2]"):
        answer = ask_host(dashboard, host, "POST", "/api/login", body={"password": PASSWORD_TEXT})
        assert attributes(answer) == {*usual, "Secure"}, host


def attributes(answer: Any) -> set[str]:
    return set(answer.headers["set-cookie"].split("; ")[1:])


def test_session_works_on_v0_routes_by_cookie(dashboard: Any) -> None:
    panel = Panel(dashboard, cookie_of(login(dashboard)))
    server, _ = dashboard.server(hide_for_guest=True)
    assert [one["id"] for one in panel.get("/api/v1/server/list").result] == [server.id]
    assert [one["id"] for one in panel.get(f"/api/v1/server/details?id={server.id}").result] == [server.id]
    assert panel.get(f"/api/v1/monitor/{server.id}").result is None
    assert panel.post("/api/v1/server/register", {}).json["code"] == 200


def test_wrong_authorization_beats_a_good_cookie(dashboard: Any) -> None:
    panel = Panel(dashboard, cookie_of(login(dashboard)))
    server, _ = dashboard.server(hide_for_guest=True)
    for path in ("/api/v1/server/list", "/api/v1/server/details", f"/api/v1/monitor/{server.id}"):
        assert panel.request("GET", path, headers={"Authorization": "wrong"}).error == (403, 403)
    wrong = {"Authorization": "wrong", **SAME_ORIGIN}
    assert panel.request("POST", "/api/v1/server/register", {}, wrong).error == (403, 403)
    assert panel.request("GET", "/api/v1/server/list", headers={"Authorization": ""}).error == (401, 403)


def test_first_of_several_session_cookies_counts(dashboard: Any) -> None:
    good = cookie_of(login(dashboard))
    assert is_signed_in(Panel(dashboard, f"theme=dark; {good}; nezha-dashboard=other"))
    assert not is_signed_in(Panel(dashboard, f"nezha-dashboard=other; {good}"))


def test_over_https_no_other_host_of_the_domain_can_put_a_session_in_its_place(dashboard: Any) -> None:
    answer = login(dashboard, headers={"Host": "nezha.example.com"})
    name, *rest = answer.headers["set-cookie"].split("; ")
    # What browsers ask of a cookie whose name begins so: Secure, the whole host, and no Domain.
    assert name.startswith("__Host-nezha-dashboard=")
    assert {"Secure", "Path=/"} <= set(rest)
    assert not any(part.lower().startswith("domain") for part in rest)
    for cookies in (name, f"nezha-dashboard=planted; {name}", f"{name}; nezha-dashboard=planted"):
        panel = Panel(dashboard, cookies)
        assert is_signed_in(panel)
        assert panel.get("/api/v1/server/list").status == 200
    assert is_signed_in(Panel(dashboard, name.removeprefix("__Host-")))
    ended = dashboard.request("POST", "/api/logout", {"Host": "nezha.example.com", "Cookie": name}, b"")
    assert ended.headers["set-cookie"].startswith("__Host-nezha-dashboard=; ")


def test_logout_ends_the_session_at_once_everywhere(dashboard: Any) -> None:
    panel = Panel(dashboard, cookie_of(login(dashboard)))
    assert is_signed_in(panel)
    answer = panel.post("/api/logout")
    assert answer.json == {"code": 0, "message": "success", "result": None}
    name, *rest = answer.headers["set-cookie"].split("; ")
    assert (name, set(rest)) == ("nezha-dashboard=", {"Path=/", "Max-Age=0", "HttpOnly", "SameSite=Lax"})
    assert not is_signed_in(panel)
    assert panel.get("/api/v1/server/list").error == (403, 403)
    assert session_of(panel) is None


def test_logout_without_a_session_is_no_error(dashboard: Any) -> None:
    for cookie in ("", "nezha-dashboard=", "nezha-dashboard=" + "0" * 32):
        assert dashboard.request("POST", "/api/logout", {"Cookie": cookie}, b"").status == 200


def test_logout_ends_no_api_token(dashboard: Any) -> None:
    token = dashboard.token("read")
    assert dashboard.request("POST", "/api/logout", {"Cookie": f"nezha-dashboard={token}"}, b"").status == 200
    assert dashboard.get("/api/v1/server/list", token).status == 200


def test_logout_ends_no_agents_secret(dashboard: Any) -> None:
    panel, (server, secret) = Panel(dashboard, cookie_of(login(dashboard))), dashboard.server()
    assert dashboard.request("POST", "/api/logout", {"Cookie": f"nezha-dashboard={secret}"}, b"").status == 200
    assert dashboard.report({}, credential=secret) == [{"server_id": server.id}]
    assert panel.delete(f"/api/server/{server.id}").status == 200


def test_new_password_ends_every_session(dashboard: Any) -> None:
    first, second = (Panel(dashboard, cookie_of(login(dashboard))) for _ in range(2))
    assert is_signed_in(first)
    assert is_signed_in(second)
    token = dashboard.token()
    sign_in.set_password(dashboard.store, "another password")
    assert not is_signed_in(first)
    assert not is_signed_in(second)
    assert first.get("/api/v1/server/list").error == (403, 403)
    assert login(dashboard).error == (403, 403)
    assert is_signed_in(Panel(dashboard, cookie_of(login(dashboard, "another password"))))
    assert dashboard.get("/api/v1/server/list", token).status == 200


def test_the_same_password_set_again_ends_every_session_too(dashboard: Any) -> None:
    panel = Panel(dashboard, cookie_of(login(dashboard)))
    sign_in.set_password(dashboard.store, PASSWORD_TEXT)
    assert not is_signed_in(panel)


def test_session_is_over_30_days_after_its_last_use(dashboard: Any) -> None:
    panel = Panel(dashboard, cookie_of(login(dashboard)))
    for days in (1, 30, 59):
        dashboard.clock.now = NOW + days * DAY - 1 if days == 30 else NOW + days * DAY
        assert is_signed_in(panel)
    dashboard.clock.now = NOW + 89 * DAY - 1
    assert is_signed_in(panel)
    dashboard.clock.now += 30 * DAY
    assert not is_signed_in(panel)
    assert panel.get("/api/v1/server/list").error == (403, 403)
    assert panel.request("GET", "/api/v1/server/list", headers={"Authorization": panel.cookie[16:]}).status == 403


def test_session_that_was_never_used_is_over_after_30_days(dashboard: Any) -> None:
    used, unused = (Panel(dashboard, cookie_of(login(dashboard))) for _ in range(2))
    dashboard.clock.now = NOW + 30 * DAY - 1
    assert is_signed_in(used)
    dashboard.clock.now += 1
    assert is_signed_in(used)
    assert not is_signed_in(unused)


def test_use_is_kept_once_a_day_and_the_cookie_renewed_with_it(dashboard: Any) -> None:
    panel = Panel(dashboard, cookie_of(login(dashboard)))
    midnight = int(NOW) // DAY * DAY + DAY
    renewals = []
    for at in (NOW, NOW + 1, midnight - 1, midnight, midnight + 1, midnight + DAY - 1, midnight + 2 * DAY):
        dashboard.clock.now = at
        before = session_of(panel)
        answer = panel.get("/api/settings")
        renewed = session_of(panel) != before
        assert renewed == ("set-cookie" in answer.headers)
        if renewed:
            assert cookie_of(answer) == panel.cookie
            assert attributes(answer) == {"Path=/", "Max-Age=2592000", "HttpOnly", "SameSite=Lax"}
            assert session_of(panel).expires == int(at) + 30 * DAY
            renewals.append(at)
    assert renewals == [NOW, midnight, midnight + 2 * DAY]


def test_renewed_cookie_is_secure_off_loopback(dashboard: Any) -> None:
    cookie = cookie_of(login(dashboard))
    answer = ask_host(dashboard, "example.com", "GET", "/api/settings", {"Cookie": cookie})
    assert "Secure" in attributes(answer)


@pytest.mark.parametrize("path", ["/api/v1/server/list", "/api/v1/monitor/1"])
def test_cookie_is_renewed_also_when_a_days_first_request_is_to_a_v0_route(dashboard: Any, path: str) -> None:
    panel = Panel(dashboard, cookie_of(login(dashboard)))
    dashboard.server(hide_for_guest=True)
    dashboard.clock.now += DAY
    answers = [panel.get(path), panel.get("/api/settings")]
    assert any("set-cookie" in answer.headers for answer in answers)


def test_refused_session_gets_no_renewed_cookie(dashboard: Any) -> None:
    panel = signed_in(dashboard)
    answer = panel.request("POST", "/api/token", {}, headers={})
    assert answer.error == (403, 403)
    assert "set-cookie" not in answer.headers


def test_login_refuses_the_11th_attempt_of_an_address_in_15_minutes(dashboard: Any) -> None:
    for _ in range(10):
        assert login(dashboard, TOO_LONG).error == (403, 403)
    answer = login(dashboard)
    assert answer.error == (429, 429)
    assert int(answer.headers["retry-after"]) >= 1
    assert "set-cookie" not in answer.headers
    assert login(dashboard, TOO_LONG).error == (429, 429)


def test_login_takes_the_10th_attempt(dashboard: Any) -> None:
    for _ in range(9):
        login(dashboard, TOO_LONG)
    assert login(dashboard).status == 200
    assert login(dashboard, TOO_LONG).error == (403, 403)
    assert login(dashboard).error == (429, 429)


def test_login_takes_attempts_again_in_the_next_window(dashboard: Any) -> None:
    for _ in range(11):
        login(dashboard, TOO_LONG)
    dashboard.clock.now += 900
    assert login(dashboard).status == 200


def test_login_tells_when_an_attempt_will_be_taken_again(dashboard: Any) -> None:
    for _ in range(10):
        login(dashboard, TOO_LONG)
    dashboard.clock.now += int(login(dashboard).headers["retry-after"])
    assert login(dashboard).status == 200


def test_login_believes_no_header_about_the_address(dashboard: Any) -> None:
    for number in range(11):
        headers = {"X-Forwarded-For": f"10.0.0.{number}", "X-Real-IP": f"10.0.0.{number}", "Forwarded": f"for={number}"}
        answer = login(dashboard, TOO_LONG, headers)
    assert answer.error == (429, 429)


def test_login_refused_for_its_address_costs_no_hash(store: WatchedStore, monkeypatch: pytest.MonkeyPatch) -> None:
    store.set_password(PASSWORD)
    for _ in range(10):
        refused(store, "1.1.1.1")
    monkeypatch.setattr("hashlib.scrypt", lambda *_, **__: pytest.fail("the password was hashed"))
    with pytest.raises(Throttled):
        sign_in.sign_in(store, PASSWORD_TEXT, "1.1.1.1", NOW)
    monkeypatch.undo()
    assert sign_in.sign_in(store, PASSWORD_TEXT, "2.2.2.2", NOW)


def refused(store: WatchedStore, address: str) -> None:
    with pytest.raises(Forbidden):
        sign_in.sign_in(store, TOO_LONG, address, NOW)


def test_attempts_of_others_are_no_reason_to_refuse(store: WatchedStore) -> None:
    store.set_password(PASSWORD)
    for number in range(45):
        refused(store, f"10.0.0.{number}")
        refused(store, f"2001:db8:0:{number}::1")
    assert sign_in.sign_in(store, PASSWORD_TEXT, "192.0.2.1", NOW)


def test_right_passwords_are_not_counted(dashboard: Dashboard) -> None:
    for _ in range(12):
        assert login(dashboard).status == 200
    for _ in range(10):
        assert login(dashboard, TOO_LONG).error == (403, 403)
    assert login(dashboard).error == (429, 429)


def from_device(dashboard: Dashboard, device: str, password: str = PASSWORD_TEXT) -> HttpAnswer:
    body = json.dumps({"password": password, "device": device}).encode()
    return dashboard.request("POST", "/api/login/device", SAME_ORIGIN, body)


def test_known_device_signs_in_whatever_others_do_from_its_address(dashboard: Dashboard) -> None:
    device = signed_in(dashboard).get("/api/device").result["device"]
    for _ in range(11):
        answer = login(dashboard, TOO_LONG)
    assert answer.error == (429, 429)
    answer = from_device(dashboard, device)
    assert answer.json == {"code": 0, "message": "success", "result": None}
    assert is_signed_in(Panel(dashboard, cookie_of(answer)))


def test_known_device_needs_the_password_and_is_counted_by_itself(dashboard: Dashboard) -> None:
    panel = signed_in(dashboard)
    other = Panel(dashboard, cookie_of(login(dashboard))).get("/api/device").result["device"]
    for _ in range(10):  # more tokens of a session bring no more attempts
        device = panel.get("/api/device").result["device"]
        assert from_device(dashboard, device, "wrong").json["error"] == "wrong_password"
    assert from_device(dashboard, panel.get("/api/device").result["device"]).error == (429, 429)
    assert from_device(dashboard, other).status == 200
    assert login(dashboard).status == 200


def test_unknown_device_is_told_so_and_not_counted(dashboard: Dashboard) -> None:
    for device in ("x", "a.b.c", "0" * 256):
        for _ in range(12):
            assert from_device(dashboard, device).json["error"] == "unknown_device"
    assert login(dashboard).status == 200


def test_device_is_told_to_signed_in_people_only(dashboard: Dashboard) -> None:
    assert dashboard.get("/api/device").error == (401, 403)
    assert dashboard.get("/api/device", dashboard.token()).error == (401, 403)


def test_another_sites_page_signs_no_device_in(dashboard: Dashboard) -> None:
    device = signed_in(dashboard).get("/api/device").result["device"]
    body = json.dumps({"password": PASSWORD_TEXT, "device": device}).encode()
    answer = dashboard.request("POST", "/api/login/device", {"Origin": "https://example.com"}, body)
    assert answer.json["error"] == "cross_site"


def test_session_is_over_after_180_days_however_often_it_is_used(dashboard: Dashboard) -> None:
    panel = Panel(dashboard, cookie_of(login(dashboard)))
    for days in (*range(29, 180, 25), 179):
        dashboard.clock.now = NOW + days * DAY
        assert is_signed_in(panel)
    dashboard.clock.now = NOW + 180 * DAY - 2
    assert is_signed_in(panel)
    dashboard.clock.now = NOW + 180 * DAY
    assert not is_signed_in(panel)


def test_counted_attempts_are_no_tokens(dashboard: Any) -> None:
    panel = Panel(dashboard, cookie_of(login(dashboard)))
    assert panel.get("/api/token").result == []
