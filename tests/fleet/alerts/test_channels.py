"""What a channel may contain, and what is shown of it."""

from typing import Any

import pytest

from chalicelib.fleet.alerts.channels import SERVER_FIGURES, Channel, check, shown_url
from chalicelib.fleet.errors import InvalidInput


def webhook(url: str = "https://hook.example/x", **fields: Any) -> Channel:
    return Channel(1, "Hook", "webhook", url, **fields)


def apprise(url: Any) -> Channel:
    return Channel(1, "Chat", "apprise", url)


GOOD = [
    webhook(),
    webhook("http://127.0.0.1:8080?x=a b&你=好#NEZHA#"),
    webhook("https://user:p%40ss@[2001:db8::1]:8443/a b/[x]|y"),
    webhook(method="GET", body="ignored"),
    webhook(form=True, body=""),
    webhook(form=True, body='{"a": "#NEZHA#"}'),
    webhook(body="not JSON at all"),
    webhook(headers=(("X-A", "b"), ("Authorization", "Bearer é"))),
    apprise("tgram://123456789:abcdefg_hijklmnop/12315544/"),
    apprise("MAILTOS://user:pass@example.com?to=a@example.com"),
    apprise("slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#general"),
    apprise("ntfys://topic"),
]


@pytest.mark.parametrize("channel", GOOD)
def test_check(channel: Any) -> None:
    check(channel)


@pytest.mark.parametrize(
    ("channel", "error", "field"),
    [
        (Channel(1, "", "webhook", "https://x.example"), "required", "name"),
        (Channel(1, "x" * 129, "webhook", "https://x.example"), "too_long", "name"),
        (Channel(1, "x", "pigeon", "https://x.example"), "not_a_choice", "kind"),  # type: ignore[arg-type]
        (webhook(""), "required", "url"),
        (webhook("https://x.example/" + "x" * 4096), "too_long", "url"),
        (webhook("ftp://x.example"), "not_a_web_address", "url"),
        (webhook("x.example/hook"), "not_a_web_address", "url"),
        (webhook("https://"), "not_a_web_address", "url"),
        (webhook("https://x.example:99999/"), "not_a_web_address", "url"),
        (webhook("https://x example/"), "not_a_web_address", "url"),
        (webhook("https://x.example/…"), "hidden", "url"),
        (webhook(body="…"), "hidden", "body"),
        (webhook(headers=(("A", "…"),)), "hidden", "headers"),
        (webhook(method="PUT"), "not_a_choice", "method"),
        (webhook(body="x" * 16_385), "too_long", "body"),
        (webhook(headers=(("X A", "b"),)), "not_a_header", "headers"),
        (webhook(headers=(("", "b"),)), "not_a_header", "headers"),
        (webhook(headers=(("X-A", "b\r\nX-B: c"),)), "not_a_header", "headers"),
        (webhook(headers=tuple((f"X-{place}", "b") for place in range(51))), "too_many_entries", "headers"),
        (webhook(form=True, body="a=b"), "not_an_object", "body"),
        (webhook(form=True, body="[1]"), "not_an_object", "body"),
        (apprise("https://x.example"), "unknown_service", "url"),
        (apprise("syslog://"), "unknown_service", "url"),
        (apprise("tgram"), "unknown_service", "url"),
        (apprise("json://x.example/?retry=5"), "forbidden_option", "url"),
    ],
)
def test_check_refuses(channel: Any, error: str, field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        check(channel)
    assert (caught.value.error, caught.value.field) == (error, field)


@pytest.mark.parametrize(
    ("channel", "shown"),
    [
        (webhook("https://user:pass@hook.example/secret?key=secret"), "https://hook.example/…"),
        (webhook("http://127.0.0.1:8080"), "http://127.0.0.1:8080/…"),
        (webhook("https://[2001:db8::1]:8443/secret"), "https://[2001:db8::1]:8443/…"),
        (apprise("tgram://123456789:secret/12315544/"), "tgram://…"),
        (apprise("NTFY://secret"), "ntfy://…"),
    ],
)
def test_what_is_shown_of_a_url(channel: Any, shown: str) -> None:
    assert shown_url(channel) == shown


@pytest.mark.parametrize(
    ("channel", "expected"),
    [
        (webhook(body="#SERVER.NAME#"), True),
        (webhook("https://x.example/?n=#SERVER.IP#"), True),
        (webhook(body="#NEZHA# #DATETIME#"), False),
        (webhook(body="#SERVER.NOTHING# #SERVER.NAME #server.name#"), False),
        (webhook(method="GET", body="#SERVER.NAME#"), False),
        (apprise("json://x.example/#SERVER.NAME#"), False),
        *((webhook(body=f"#SERVER.{name}#"), True) for name in SERVER_FIGURES),
    ],
)
def test_is_about_servers(channel: Any, expected: Any) -> None:
    assert channel.is_about_servers is expected
