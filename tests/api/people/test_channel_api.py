"""/api/channel: where messages go, and that nothing of it is shown."""

import json
from typing import Any

import pytest

from chalicelib.fleet.alerts.channels import Channel
from tests.api.people.panel import Panel
from tests.delivery.receiver import Receiver

HOOK = {
    "name": "Hook",
    "kind": "webhook",
    "url": "https://user:pa55@hooks.example.com:8443/s3cret/path?key=s3cret",
    "method": "GET",
    "headers": {"X-Key": "s3cret", "Authorization": "Bearer s3cret"},
    "body": '{"text": "s3cret #NEZHA#"}',
    "form": True,
    "verify": False,
    "heartbeat": True,
}
CHAT = {"name": "Chat", "kind": "apprise", "url": "tgram://123456789:s3cret/98765"}


def test_create_then_list_shows_no_secret(panel: Panel) -> None:
    assert panel.get("/api/channel").result == []
    ids = [panel.post("/api/channel", body).result["id"] for body in (HOOK, CHAT)]
    answer = panel.get("/api/channel")
    hidden = {"url": "https://hooks.example.com:8443/…", "headers": {"X-Key": "…", "Authorization": "…"}, "body": "…"}
    chat = {"url": "tgram://…", "method": "POST", "headers": {}, "body": "", "form": False, "verify": True}
    chat["heartbeat"] = False
    assert answer.result == [{"id": ids[0], **HOOK, **hidden}, {"id": ids[1], **CHAT, **chat}]
    for secret in (b"s3cret", b"pa55", b"98765"):
        assert secret not in answer.body


def test_change_keeps_what_is_absent(panel: Panel) -> None:
    id_ = panel.post("/api/channel", HOOK).result["id"]
    assert panel.patch(f"/api/channel/{id_}", {"name": "New", "headers": None}).result is None
    stored = panel.dashboard.store.alerts.channels()[id_]
    assert stored == Channel(
        id_,
        "New",
        "webhook",
        HOOK["url"],  # type: ignore[arg-type]
        "GET",
        (("X-Key", "s3cret"), ("Authorization", "Bearer s3cret")),
        HOOK["body"],  # type: ignore[arg-type]
        form=True,
        verify=False,
        heartbeat=True,
    )
    assert panel.patch(f"/api/channel/{id_}", {"headers": {"A": "b"}, "body": ""}).status == 200
    changed = panel.dashboard.store.alerts.channels()[id_]
    assert (changed.headers, changed.body, changed.url) == ((("A", "b"),), "", HOOK["url"])


@pytest.mark.parametrize(
    ("body", "error", "field"),
    [
        ({**HOOK, "name": ""}, "required", "name"),
        ({**HOOK, "kind": "pigeon"}, "not_a_choice", "kind"),
        ({**HOOK, "url": "ftp://x.example"}, "not_a_web_address", "url"),
        ({**HOOK, "url": "https://x.example/…"}, "hidden", "url"),
        ({**HOOK, "body": "…"}, "hidden", "body"),
        ({**HOOK, "headers": {"X-Key": "…"}}, "hidden", "headers"),
        ({**HOOK, "headers": {"X Key": "a"}}, "not_a_header", "headers"),
        ({**HOOK, "headers": {"X-Key": 5}}, "not_a_string", "headers.X-Key"),
        ({**HOOK, "headers": []}, "not_an_object", ""),
        ({**HOOK, "body": "[]"}, "not_an_object", "body"),
        ({**CHAT, "heartbeat": True}, "needs_webhook", "heartbeat"),
        ({**CHAT, "url": "syslog://"}, "unknown_service", "url"),
        ({**CHAT, "url": "tgram://a/b?template=/etc/passwd"}, "forbidden_option", "url"),
        ({"name": "x", "kind": "apprise"}, "required", "url"),
    ],
)
def test_what_is_wrong_with_a_channel_is_named_and_not_repeated(
    panel: Panel, body: dict[str, Any], error: str, field: str
) -> None:
    answer = panel.post("/api/channel", body)
    assert answer.error == (400, 400)
    assert (answer.json["error"], answer.json["field"] or "") == (error, field)
    assert b"s3cret" not in answer.body
    assert panel.get("/api/channel").result == []


def test_what_is_shown_for_a_secret_is_refused_in_a_change(panel: Panel) -> None:
    id_ = panel.post("/api/channel", HOOK).result["id"]
    shown = panel.one("/api/channel", id_)
    for field in ("url", "body", "headers"):
        answer = panel.patch(f"/api/channel/{id_}", {field: shown[field]})
        assert (answer.json["error"], answer.json["field"]) == ("hidden", field)


def test_a_deleted_channel_is_gone_and_its_id_is_never_used_again(panel: Panel) -> None:
    ids = [panel.channel() for _ in range(2)]
    assert panel.delete(f"/api/channel/{ids[1]}").result is None
    assert [channel["id"] for channel in panel.get("/api/channel").result] == ids[:1]
    for answer in (panel.delete(f"/api/channel/{ids[1]}"), panel.patch(f"/api/channel/{ids[1]}", {"name": "x"})):
        assert (answer.error, answer.json["error"]) == ((404, 404), "channel_not_found")
    assert panel.channel() > ids[1]


def test_a_test_is_sent_at_once_and_says_what_went_wrong(panel: Panel) -> None:
    panel.patch("/api/settings", {"site_name": "Fleet", "language": "de"})
    with Receiver() as receiver:
        id_ = panel.channel(kind="webhook", url=f"{receiver.url}/hook", body='{"text": "#NEZHA#"}')
        assert panel.post(f"/api/channel/{id_}/test").result == {"delivered": True}
        receiver.answer = b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n"
        failed = panel.post(f"/api/channel/{id_}/test").result
    assert json.loads(receiver.requests[0].body) == {"text": "[Test] Fleet\nDies ist eine Testnachricht von Fleet."}
    assert failed["delivered"] is False
    assert "500" in failed["error"]
    assert panel.post("/api/channel/99/test").json["error"] == "channel_not_found"


def test_there_is_a_limit(panel: Panel, monkeypatch: pytest.MonkeyPatch) -> None:
    from chalicelib.storage.alerts import alerts

    monkeypatch.setitem(alerts._MOST, "channel", 1)
    panel.channel()
    answer = panel.post("/api/channel", CHAT)
    assert (answer.error, answer.json["error"], answer.json["limit"]) == ((400, 400), "too_many_channels", 1)
