"""POST /api/v1/server/register"""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import quote

import pytest

from chalicelib.fleet import limits
from tests.support.dashboard import Dashboard, new_store, serve

PATH = "/api/v1/server/register"
DEFAULTS = ("127.0.0.1", "AutoRegister", "", True)

FIELDS = ("Name", "Tag", "Note", "HideForGuest")
LENGTHS = {"Name": 128, "Tag": 128, "Note": 1024}


def register(dashboard: Dashboard, body: Any = b"{}", query: str = "", headers: Any = None) -> Any:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return dashboard.request("POST", PATH + query, {"Authorization": dashboard.token(), **(headers or {})}, raw)


def newest(dashboard: Dashboard) -> tuple[Any, ...]:
    """Name, tag, note and hide_for_guest of the newest server."""
    by_id = dashboard.store.view().fleet.by_id
    server = by_id[max(by_id)]
    return server.name, server.tag, server.note, server.hide_for_guest


def assert_refused(dashboard: Dashboard, body: Any, field: str = "") -> None:
    before = dashboard.store.view().fleet.by_id.keys()
    answer = register(dashboard, body)
    assert answer.error == (400, 400)
    assert field in answer.json["message"]
    assert dashboard.store.view().fleet.by_id.keys() == before


def test_register_answers_with_the_secret(shared: Dashboard) -> None:
    answer = register(shared, {"Name": "one"})
    assert answer.json.keys() == {"code", "message", "secret"}
    assert (answer.status, answer.json["code"], answer.json["message"]) == (200, 200, "Server created successfully")
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    (outcome,) = shared.report({"state": {}}, credential=answer.json["secret"])
    assert shared.details(outcome["server_id"])["name"] == "one"


def test_register_secret_is_18_letters_and_digits(shared: Dashboard) -> None:
    secret = register(shared).json["secret"]
    assert (len(secret), secret.isascii(), secret.isalnum()) == (18, True, True)


@pytest.mark.parametrize(
    "query", ["?simple=1", "?simple=true", "?simple=%31", "?simple=1&simple=0", "?a=b&simple=true"]
)
def test_register_simple_answers_with_the_bare_secret(shared: Dashboard, query: str) -> None:
    answer = register(shared, query=query)
    assert (answer.status, answer.headers["content-type"]) == (200, "text/plain; charset=utf-8")
    (outcome,) = shared.report({}, credential=answer.body.decode())
    assert outcome.keys() == {"server_id"}


@pytest.mark.parametrize(
    "query", ["", "?simple=", "?simple", "?simple=0", "?simple=yes", "?simple=11", "?simple=0&simple=1", "?Simple=1"]
)
def test_register_answers_with_json_for_any_other_simple(shared: Dashboard, query: str) -> None:
    assert register(shared, query=query).json.keys() == {"code", "message", "secret"}


def test_register_simple_error_is_json(shared: Dashboard) -> None:
    assert register(shared, b"[]", "?simple=1").error == (400, 400)


@pytest.mark.parametrize(
    ("body", "kept"),
    [
        (b"", DEFAULTS),
        (b"{}", DEFAULTS),
        (b"null", DEFAULTS),
        (b' \r\n\t{ "Name" : "a" } \n', ("a", "AutoRegister", "", True)),
        ({"Name": None, "Tag": None, "Note": None, "HideForGuest": None}, DEFAULTS),
        ({"Name": "", "Tag": "", "Note": "", "HideForGuest": ""}, DEFAULTS),
        ({"Name": "a", "Tag": "b", "Note": "c", "HideForGuest": "off"}, ("a", "b", "c", False)),
        ({"name": "a", "TAG": "b", "nOTE": "c", "hideforguest": "off"}, ("a", "b", "c", False)),
        ({"Name": "a", "ID": 5, "Secret": "mine", "DisplayIndex": [1], "": {}}, ("a", "AutoRegister", "", True)),
        (b'{"Name":"a","Name":"b"}', ("b", "AutoRegister", "", True)),
        (b'{"Name":"a","name":"b"}', ("b", "AutoRegister", "", True)),
        (b'{"name":"a","Name":"b","Tag":"c"}', ("b", "c", "", True)),
        ({"Name": " a "}, (" a ", "AutoRegister", "", True)),
    ],
)
def test_register_reads_the_body(shared: Dashboard, body: bytes | dict[str, Any], kept: tuple[Any, ...]) -> None:
    assert register(shared, body).json["code"] == 200
    assert newest(shared) == kept


def test_register_takes_the_last_of_keys_in_several_cases(shared: Dashboard) -> None:
    register(shared, b'{"Name":"a","name":"b","Name":"c"}')
    assert newest(shared)[0] == "c"


@pytest.mark.parametrize("value", ["off", "ON", "On", " on", "on ", "true", "false", "0", "1", "no"])
def test_register_hides_for_on_only(shared: Dashboard, value: str) -> None:
    register(shared, {"HideForGuest": value})
    assert newest(shared)[3] is False


def test_register_hides_for_on(shared: Dashboard) -> None:
    register(shared, {"HideForGuest": "on"})
    assert newest(shared)[3] is True


@pytest.mark.parametrize("field", FIELDS)
def test_register_refuses_a_wrong_type_by_name(shared: Dashboard, field: str) -> None:
    wrong: tuple[Any, ...] = (0, 10**30, 1.5, False, [], {"a": "b"}, float("nan"))
    for value in wrong:
        assert_refused(shared, {"Name": "a", field: value}, f'"{field}"')


@pytest.mark.parametrize("character", ["a", "名", "🙂", "\x00"])
@pytest.mark.parametrize("field", LENGTHS)
def test_register_counts_characters(shared: Dashboard, field: str, character: str) -> None:
    longest = character * LENGTHS[field]
    assert register(shared, {field: longest}).json["code"] == 200
    assert newest(shared)[FIELDS.index(field)] == longest
    assert_refused(shared, {field: longest + character}, f'"{field}"')


@pytest.mark.parametrize(
    "body",
    [
        *(b"name=a", b"[]", b'[{"Name":"a"}]', b'"x"', b"5", b"true", b"NaN", b"{", b"{'Name':'a'}", b'{"Name":"a",}'),
        *(
            b" ",
            b"\x00",
            b"\xff\xfe",
            b"{}x",
            b"{}{}",
            b'{"Name":"a"}]',
            b"{}//",
            b'{"Name":"a\nb"}',
            b'{"Name":"a\x00"}',
        ),
        *(b"\xef\xbb\xbf{}", b"{Name:1}", b'{"Name" "a"}', b'{"Name":"\\x41"}', b'{"Name":"\\u12"}', b'{"Name":01}'),
        *(b"[" * 100_000, b'{"a":' * 100_000, b"[" * 100_000 + b"]" * 100_000),
        *(b'{"Name":' + b"[" * 100_000 + b"]" * 100_000 + b"}", b'{"Name":' + b"9" * 5000 + b"}"),
    ],
    ids=lambda body: repr(body[:20]),
)
def test_register_refuses_what_is_no_json_object(shared: Dashboard, body: Any) -> None:
    assert_refused(shared, body)


@pytest.mark.parametrize("depth", [100, 300, 600, 800, 1000])
def test_register_never_fails_at_depth(shared: Dashboard, depth: int) -> None:
    """As deep as Python's recursion allows, and with escapes that need a second look."""
    body = b'{"a":' + b"[" * depth + b'"\\u0041"' + b"]" * depth + b"}"
    assert register(shared, body).status in (200, 400)


@pytest.mark.parametrize(
    ("body", "name"),
    [
        (b'{"Name":"a\xffb"}', "a\ufffdb"),
        (b'{"Name":"\xe5\x90"}', "\ufffd"),
        (b'{"Name":"\\ud800"}', "\ufffd"),
        (b'{"Name":"a\\udc00b"}', "a\ufffdb"),
        (b'{"Name":"\\ud83d\\ude42"}', "🙂"),
        (b'{"Name":"\\ude42\\ud83d"}', "\ufffd\ufffd"),
        (b'{"N\\u0061me":"a"}', "a"),
    ],
)
def test_register_mends_text_that_is_no_unicode(shared: Dashboard, body: bytes, name: str) -> None:
    assert register(shared, body).json["code"] == 200
    assert newest(shared)[0] == name


@pytest.mark.parametrize(
    "text",
    [
        *("名字", "مرحبا", "שלום", "ไทย", "Ünï", "e\u0301", "👨‍👩‍👧", "a\u2028b\u2029c", "\ufeff", "\uffff"),
        *(
            "\x00\x01\x08\x1f\x7f\x80",
            "tab\tline\r\n",
            " ",
            "'",
            '"quoted"',
            "back\\slash",
            '\\"',
            "\\u0041",
            "</script><b>&amp;",
        ),
        *("%", "100%", "%s %d %(a)s %%", "%%s", "{}", "{0}", "$1", "null", "0"),
    ],
    ids=ascii,
)
def test_register_keeps_any_text_as_it_is(shared: Dashboard, text: Any) -> None:
    register(shared, {"Name": text, "Tag": text, "Note": text})
    assert newest(shared) == (text, text, text, True)
    for path in ("list", "details"):
        shown = shared.get(f"/api/v1/server/{path}?tag={quote(text)}", shared.token()).result
        assert [(server["name"], server["tag"]) for server in shown] == [(text, text)]


@pytest.mark.parametrize(
    "content_type",
    [
        *(None, "", "application/json", "application/json; charset=latin-1", "application/x-www-form-urlencoded"),
        *("text/plain", "multipart/form-data", "application/octet-stream", "image/png", "nonsense", "*/*"),
    ],
)
def test_register_takes_any_content_type(shared: Dashboard, content_type: Any) -> None:
    headers = {} if content_type is None else {"Content-Type": content_type}
    assert register(shared, {"Name": "名"}, headers=headers).json["code"] == 200
    assert newest(shared)[0] == "名"


def test_register_without_a_body(shared: Dashboard) -> None:
    assert shared.request("POST", PATH, {"Authorization": shared.token()}).json["code"] == 200
    assert newest(shared) == DEFAULTS


@pytest.mark.parametrize("content_type", ["application/json", "application/octet-stream"])
def test_register_takes_a_body_of_1_mib_and_no_larger(shared: Dashboard, content_type: str) -> None:
    headers = {"Content-Type": content_type}
    longest = b'{"Name":"large"}'.ljust(1024 * 1024)
    assert register(shared, longest, headers=headers).json["code"] == 200
    assert newest(shared)[0] == "large"
    assert register(shared, longest + b" ", headers=headers).error == (413, 413)


LOCALLY_FORGED = pytest.param("X-Forwarded-For", marks=pytest.mark.local)
"""Emulated gateways believe it."""


@pytest.mark.parametrize("header", [LOCALLY_FORGED, "X-Real-IP", "Forwarded", "CF-Connecting-IP"])
def test_register_believes_no_header_about_the_address(shared: Dashboard, header: Any) -> None:
    register(shared, headers={header: "203.0.113.9"})
    assert newest(shared)[0] == "127.0.0.1"


@pytest.mark.local
def test_register_is_refused_once_the_dashboard_is_full(dashboard: Dashboard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "SERVERS", 2)
    first = register(dashboard)
    register(dashboard)
    assert_refused(dashboard, b"{}", "2 servers")
    (outcome,) = dashboard.report({}, credential=first.json["secret"])
    dashboard.store.delete_server(dashboard.store.view().fleet.by_id[outcome["server_id"]], int(dashboard.clock.now))
    assert register(dashboard).json["code"] == 200
    assert set(dashboard.store.view().fleet.by_id) == {2, 3}, "an id was used again, or there are too many"


@pytest.mark.local
def test_register_at_the_same_instant_never_shares_an_id_or_secret(dynamodb_url: str) -> None:
    store = new_store(dynamodb_url)
    with serve(store) as dashboard:
        token = dashboard.token()
        barrier = threading.Barrier(16)

        def register_one(number: Any) -> Any:
            barrier.wait(60)
            return dashboard.post(PATH, token, {"Name": str(number)}).json["secret"]

        with ThreadPoolExecutor(16) as threads:
            secrets = list(threads.map(register_one, range(16)))
        outcomes = dashboard.report(*({"secret": secret} for secret in secrets))
        listed = dashboard.get("/api/v1/server/list", token).result
    store.transport.close()
    names = {server["id"]: server["name"] for server in listed}
    assert len(set(secrets)) == 16
    assert sorted(names) == list(range(1, 17))
    assert [names[outcome["server_id"]] for outcome in outcomes] == [str(number) for number in range(16)]
