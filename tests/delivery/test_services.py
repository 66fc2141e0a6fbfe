"""How Apprise is used: with real receivers on loopback, and with hostile names and URLs."""

import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from typing import Any
from unittest import mock

import pytest
from aiosmtpd.controller import Controller
from apprise import NotificationManager

from chalicelib.delivery.services import send
from chalicelib.fleet.alerts.channels import Channel, check, is_forbidden
from chalicelib.fleet.alerts.messages import Message
from chalicelib.fleet.alerts.services import SERVICES
from chalicelib.fleet.errors import InvalidInput
from tests.delivery.receiver import Receiver, drip, silence

MESSAGE = Message("[Incident] Disk: web-1", "web-1: disk 95% > 90%\nhttps://status.example/server/1")


def test_http_service() -> None:
    with Receiver() as receiver:
        assert send(f"json://127.0.0.1:{receiver.port}/x", MESSAGE, 5, local=True) == ""
    (received,) = receiver.requests
    assert received.line == "POST /x HTTP/1.1"
    sent = json.loads(received.body)
    assert (sent["title"], sent["message"]) == (MESSAGE.title, MESSAGE.body)


class Mailbox:
    def __init__(self) -> None:
        self.mails: list[Any] = []

    async def handle_DATA(self, _: Any, __: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        self.mails.append((envelope.mail_from, envelope.rcpt_tos, message_from_bytes(envelope.content)))
        return "250 OK"


@contextmanager
def mail_server() -> Iterator[tuple[Any, ...]]:
    mailbox = Mailbox()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(mailbox, hostname="127.0.0.1", port=port, ready_timeout=30)
    controller.start()
    try:
        yield mailbox, port
    finally:
        controller.stop()


def test_mail() -> None:
    hostile = Message("[Incident] a\u2028<b>: x\u200d", 'web: <script>"1"</script> & *x*\nBcc: everybody@example.com')
    with mail_server() as (mailbox, port):
        url = f"mailto://127.0.0.1:{port}?from=nezha@example.com&to=ops@example.com"
        assert send(url, hostile, 10, local=True) == ""
    ((sender, recipients, mail),) = mailbox.mails
    assert (sender, recipients) == ("nezha@example.com", ["ops@example.com"])
    assert mail["Bcc"] is None
    assert mail.get_content_type() == "text/plain"
    body = mail.get_payload(decode=True).decode()
    assert body.replace("\r\n", "\n").strip() == hostile.body


def test_failures_are_told_without_secrets() -> None:
    with Receiver(b"HTTP/1.1 500 Broken\r\nContent-Length: 0\r\n\r\n") as receiver:
        error = send(f"json://user:secret@127.0.0.1:{receiver.port}/token?+X-Key=key", MESSAGE, 5, local=True)
    assert "500" in error
    for secret in ("secret", "token", "key"):
        assert secret not in error


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "2130706433", "0x7f000001"])
def test_on_aws_loopback_is_out_of_reach(host: str) -> None:
    with Receiver() as receiver:
        assert send(f"json://{host}:{receiver.port}/x", MESSAGE, 5, local=False) == "the address is not allowed"
    assert receiver.requests == []


def test_mail_to_loopback_is_out_of_reach() -> None:
    with mail_server() as (mailbox, port):
        url = f"mailto://127.0.0.1:{port}?from=nezha@example.com&to=ops@example.com"
        assert send(url, MESSAGE, 5, local=False) == "the address is not allowed"
    assert mailbox.mails == []


def test_addresses_are_watched_only_while_a_message_is_sent() -> None:
    with Receiver() as receiver, socket.create_connection(("127.0.0.1", receiver.port)):
        send("json://127.0.0.1/x", MESSAGE, 1, local=False)


def test_redirects_are_not_followed() -> None:
    with Receiver() as target:
        moved = f"HTTP/1.1 302 Moved\r\nLocation: {target.url}/\r\nContent-Length: 0\r\n\r\n".encode()
        with Receiver(moved) as receiver:
            assert send(f"json://127.0.0.1:{receiver.port}/x", MESSAGE, 5, local=True)
    assert target.requests == []


@pytest.mark.parametrize("answer", [silence, drip])
def test_an_answer_without_end_is_cut(answer: Any) -> None:
    with Receiver(answer) as receiver:
        began = time.monotonic()
        assert send(f"json://127.0.0.1:{receiver.port}/x", MESSAGE, 0.5, local=True)
        assert time.monotonic() - began < 3


BAD = [
    "discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js?template=/etc/passwd",
    "discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js?%74EMPLATE=http://169.254.169.254/",
    "discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js?a=1;template=/etc/passwd",
    "discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js?a=1&+template=/etc/passwd&template=/etc/passwd",
    "json://example.com/?redirect=yes",
    "json://example.com/?rto=999",
    "json://example.com/?cto=999",
    "json://example.com/?retry=5&wait=20",
    "mailtos://u:p@example.com?pgp=yes&pgpprv=/etc/passwd",
]


@pytest.mark.parametrize("url", BAD)
def test_dangerous_options_are_refused_when_saving_and_when_sending(url: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        check(Channel(1, "x", "apprise", url))
    assert (caught.value.error, caught.value.field) == ("forbidden_option", "url")
    assert send(url, MESSAGE, 1, local=True) == "the URL is not complete, or has an option that is not allowed"


@pytest.mark.parametrize(
    "url",
    [
        "syslog://",
        "dbus://",
        "file:///etc/passwd",
        "rsyslog://example.com",
        "irc://example.com",
        "x",
        "https://x.example",
    ],
)
def test_other_services_are_refused(url: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        check(Channel(1, "x", "apprise", url))
    assert caught.value.error == "unknown_service"
    assert send(url, MESSAGE, 1, local=True)


@pytest.mark.parametrize("url", ["tgram://nope", "discord://", "slack://a", "mailto://"])
def test_incomplete_urls_fail_when_sending(url: str) -> None:
    check(Channel(1, "x", "apprise", url))
    assert send(url, MESSAGE, 1, local=True) == "the URL is not complete, or has an option that is not allowed"


def test_the_list_of_services_agrees_with_the_library() -> None:
    manager = NotificationManager()  # type: ignore[no-untyped-call]
    manager.load_modules()  # type: ignore[no-untyped-call]
    for scheme, service in SERVICES.items():
        module, class_ = service.split(":")
        plugin = manager[scheme]
        assert (plugin.__module__, plugin.__name__, plugin.enabled) == (f"apprise.plugins.{module}", class_, True)


def test_services_that_are_left_out_stay_out() -> None:
    local = {"syslog", "dbus", "kde", "qt", "glib", "gio", "gnome", "macosx", "windows", "growl", "blink1", "file"}
    sockets = {"rsyslog", "irc", "ircs", "aprs", "amqp", "mqtt", "xmpp", "smpp"}
    assert not SERVICES.keys() & (local | sockets)


def test_options_that_open_files_are_known() -> None:
    """Every option that a plugin reads through an attachment or as a path."""
    opening = {"template", "keyfile", "subfile", "pgppub", "pgpprv", "pgpkey"}
    assert all(is_forbidden(option) for option in opening)


HOSTILE = Message(
    "[Incident] <b>&*x*", 'w: *bold* _it_ [l](http://e.example) @everyone <!channel> <@U1> <b>1</b> `c` "q"'
)


def payload(url: Any) -> Any:
    """What a service would post for a hostile name."""
    with mock.patch("requests.Session.request") as request, mock.patch("requests.post") as post:
        for call in (request, post):
            call.return_value.status_code = 200
            call.return_value.content = b"{}"
            call.return_value.text = "{}"
        send(url, HOSTILE, 1, local=True)
        calls = [*request.call_args_list, *post.call_args_list]
    sent = calls[0].kwargs.get("data") or calls[0].kwargs.get("json")
    return json.loads(sent) if isinstance(sent, str | bytes) else sent


def test_telegram() -> None:
    sent = payload("tgram://123456789:abcdefg_hijklmnop/12315544/")
    assert sent["parse_mode"] == "HTML"
    assert "<b>[Incident] &lt;b&gt;&amp;*x*</b>" in sent["text"]
    assert "&lt;b&gt;1&lt;/b&gt;" in sent["text"]


def test_discord() -> None:
    sent = payload("discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js")["content"]
    assert "@everyone" not in sent
    assert "\\*bold\\* \\_it\\_ \\[l\\]\\(http://e.example\\)" in sent


def test_slack() -> None:
    sent = payload("slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ")
    assert sent["mrkdwn"] is False
    assert "&lt;!channel&gt;" in sent["attachments"][0]["text"]


def test_mattermost() -> None:
    sent = payload("mmost://127.0.0.1/" + "a" * 24)["text"]
    assert "@everyone" not in sent
    assert "\\*bold\\*" in sent


def test_zulip_which_has_no_escapes() -> None:
    sent = payload("zulip://bot@example/" + "a" * 32 + "/channel")
    assert sent["topic"] == "[Incident] ‹b>&∗x∗"
    assert "w: ∗bold∗ ＿it＿ [l] (http://e.example) @\u200beveryone ‹!channel> ‹@\u200bU1>" in sent["content"]


def test_nothing_links_to_the_library() -> None:
    for url in (
        "discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js",
        "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ",
    ):
        assert "github.com" not in json.dumps(payload(url))


def test_many_threads_at_once() -> None:
    with Receiver() as receiver:
        errors = []

        def work(number: Any) -> None:
            text = Message(f"title {number}", f"body {number}")
            errors.append(send(f"json://127.0.0.1:{receiver.port}/{number}", text, 10, local=True))

        threads = [threading.Thread(target=work, args=(number,)) for number in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert errors == [""] * 16
    pairs = {(one.line.split()[1], json.loads(one.body)["message"]) for one in receiver.requests}
    assert pairs == {(f"/{number}", f"body {number}") for number in range(16)}


def test_apprise_is_imported_only_when_a_message_needs_it() -> None:
    code = (
        "import sys, chalicelib.delivery.sender as sender\n"
        "assert not any(name.split('.')[0] in ('apprise', 'requests') for name in sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
