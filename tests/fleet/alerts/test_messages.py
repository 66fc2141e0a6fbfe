"""The texts of messages, in every language."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.fleet.alerts.conditions import TYPES, Condition
from chalicelib.fleet.alerts.evaluation import Event
from chalicelib.fleet.alerts.messages import Site, clean, message, message_about, summary, trial_message
from chalicelib.fleet.alerts.notices import Notice, Told
from chalicelib.fleet.alerts.words import LABELS, SENTENCES
from chalicelib.fleet.limits import MESSAGE_LENGTH

AT = 1795902120  # 2026-11-28 21:42 UTC
SITE = Site("Status", "https://status.example", "en", "UTC")


def told(
    subject: int = 1,
    name: str = "web-1",
    values: tuple[Any, ...] = (95.0,),
    ended: int | None = None,
    reason: Any = "",
    **fields: Any,
) -> Told:
    event = Event(id=subject, began=AT - 720, fired=AT - 600, values=values, name=name, **fields)
    return Told(subject, subject, event, ended, reason)


BUSY = (Condition("cpu", above=90),)


def notice(*told_: Any, kind: Any = "began", conditions: tuple[Any, ...] = BUSY, **fields: Any) -> Notice:
    given = {"rule_id": 3, "rule": "Busy", "at": AT, **fields}
    return Notice(
        id=9, kind=kind, conditions=conditions, of_monitors=conditions[0].kind.of_monitors, told=told_, **given
    )


def test_one_server() -> None:
    assert message(notice(told()), SITE).text == (
        "[Incident] Busy: web-1\nweb-1: CPU 95% > 90%, since 21:30 UTC\nhttps://status.example/server/1"
    )


def test_several_servers_share_a_message() -> None:
    assert message(notice(told(), told(2, "web-2", (99.123,))), SITE).text == (
        "[Incident] Busy: 2 servers\n"
        "web-1: CPU 95% > 90%, since 21:30 UTC\n"
        "web-2: CPU 99.12% > 90%, since 21:30 UTC\n"
        "https://status.example"
    )


def test_a_site_without_url_has_no_link() -> None:
    assert message(notice(told()), replace(SITE, url="")).body == "web-1: CPU 95% > 90%, since 21:30 UTC"


SOON = (Condition("certificate", below=14),)


@pytest.mark.parametrize(
    ("language", "expiring", "expired"),
    [
        ("en", "certificate expires in 4.98 d < 14 d, issued by Trust", "certificate has expired, issued by Trust"),
        ("zh", "证书剩余有效期 4.98 天 < 14 天, 颁发者 Trust", "证书已过期, 颁发者 Trust"),
        ("zh-TW", "憑證剩餘有效期 4.98 天 < 14 天, 簽發者 Trust", "憑證已過期, 簽發者 Trust"),
        ("ru", "сертификат истекает через 4.98 д < 14 д, издатель Trust", "сертификат истёк, издатель Trust"),
        (
            "de",
            "Restlaufzeit des Zertifikats 4.98 T < 14 T, ausgestellt von Trust",
            "Zertifikat ist abgelaufen, ausgestellt von Trust",
        ),
    ],
)
def test_a_certificate_is_told_with_its_issuer_and_its_days(language: str, expiring: str, expired: str) -> None:
    site = replace(SITE, language=language)
    for value, what in ((4.98, expiring), (-0.5, expired)):
        about = notice(told(7, "Shop", (value,), of_monitors=True, issuer="Trust\n"), conditions=SOON)
        lines = message(about, site).body.splitlines()
        since = SENTENCES[language]["since"].format(time="21:30 UTC")
        assert lines == [f"Shop: {what}, {since}", "https://status.example"]


def test_a_message_about_one_of_several_servers() -> None:
    both = notice(told(), told(2, "web-2"))
    assert message_about(both, both.told[1], SITE).text == (
        "[Incident] Busy: web-2\nweb-2: CPU 95% > 90%, since 21:30 UTC\nhttps://status.example/server/2"
    )


@pytest.mark.parametrize(
    ("condition", "value", "line"),
    [
        (Condition("offline"), 200, "web-1: offline, last report 21:30 UTC"),
        (Condition("cpu", above=90, below=10), 5, "web-1: CPU 5% < 10%, since 21:30 UTC"),
        (Condition("load1", above=4.5), 7.25, "web-1: load (1 min) 7.25 > 4.5, since 21:30 UTC"),
        (Condition("net_in", above=1e6), 12_345_678, "web-1: download 11.77 MiB/s > 976.56 KiB/s, since 21:30 UTC"),
        (
            Condition("cycle_all", above=2**40),
            2**41,
            "web-1: data transferred this cycle 2 TiB > 1 TiB, since 21:30 UTC",
        ),
        (Condition("temperature", above=80), 81.5, "web-1: temperature 81.5 °C > 80 °C, since 21:30 UTC"),
        (Condition("expiry", below=7), 6.5, "web-1: plan ends in 6.5 d < 7 d, since 21:30 UTC"),
        (Condition("expiry", below=7), -1, "web-1: plan has ended, since 21:30 UTC"),
    ],
)
def test_lines(condition: Condition, value: float, line: str) -> None:
    assert message(notice(told(values=(value,)), conditions=(condition,)), SITE).body.splitlines()[0] == line


def test_a_line_about_pings_names_the_monitor() -> None:
    about = notice(told(values=(250,), monitor_id=7, monitor="Tokyo"), conditions=(Condition("latency", above=200),))
    assert message(about, SITE).body.startswith("web-1: latency to Tokyo 250 ms > 200 ms, since 21:30 UTC")


def test_a_monitor_has_no_server_page() -> None:
    about = notice(told(values=(100.0,), name="Tokyo"), conditions=(Condition("down"),))
    assert message(about, SITE).text == (
        "[Incident] Busy: Tokyo\nTokyo: down, fails from every server, since 21:30 UTC\nhttps://status.example"
    )


@pytest.mark.parametrize(
    ("condition", "reason", "line"),
    [
        (Condition("cpu", above=90), "recovered", "web-1: recovered after 12 min"),
        (Condition("offline"), "recovered", "web-1: back online after 12 min"),
        (Condition("down"), "recovered", "web-1: back up after 12 min"),
        (Condition("cpu", above=90), "rule_changed", "web-1: no longer fails, as the rule was changed"),
        (Condition("cpu", above=90), "deleted", "web-1: was deleted"),
    ],
)
def test_ends(condition: Condition, reason: str, line: str) -> None:
    end = message(notice(told(ended=AT, reason=reason), kind="ended", conditions=(condition,)), SITE)
    assert end.title == "[Resolved] Busy: web-1"
    assert end.body.splitlines()[0] == line


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (59, "59 s"), (60, "1 min"), (3660, "1 h 1 min"), (3601, "1 h"), (90_000, "1 d 1 h"), (86_460, "1 d")],
)
def test_lengths_of_time(seconds: int, text: str) -> None:
    end = told(ended=AT - 720 + seconds, reason="recovered")
    assert message(notice(end, kind="ended"), SITE).body.splitlines()[0] == f"web-1: recovered after {text}"


def test_times_of_another_day_have_the_date() -> None:
    site = replace(SITE, zone="Asia/Shanghai")
    old = Event(id=1, began=AT - 86_400, fired=AT, values=(95.0,), name="web-1")
    assert "since 2026-11-28 05:42 UTC+8" in message(notice(Told(1, 1, old)), site).body


def test_summary_of_quiet_hours() -> None:
    begun = notice(told(), held=True)
    ended = notice(told(ended=AT, reason="recovered"), kind="ended", held=True)
    assert summary([begun, ended], SITE).text == (
        "[Summary] 1 events in quiet hours\n"
        "[Incident] Busy: web-1: CPU 95% > 90%, since 21:30 UTC\n"
        "[Resolved] Busy: web-1: recovered after 12 min\n"
        "https://status.example"
    )


@pytest.mark.parametrize("language", SENTENCES)
@pytest.mark.parametrize("kind", ["began", "ended", "reminder"])
def test_every_language_has_every_text(language: Any, kind: str) -> None:
    site = replace(SITE, language=language)
    for type_ in TYPES:
        condition = Condition(type_, above=1, below=0)
        end: dict[str, Any] = {"ended": AT, "reason": "recovered"} if kind == "ended" else {}
        text = message(notice(told(values=(5.0,), monitor="m", **end), kind=kind, conditions=(condition,)), site).text
        assert "{" not in text
    assert "{" not in trial_message(site).text
    assert SENTENCES[language].keys() == SENTENCES["en"].keys()
    assert LABELS[language].keys() == LABELS["en"].keys()


@pytest.mark.parametrize("count", [21, 1000, 20_000])
def test_many_servers_fit_into_a_message(count: int) -> None:
    text = message(notice(*(told(id_, f"{'x' * 100}-{id_}") for id_ in range(1, count + 1))), SITE).text
    assert len(text) <= MESSAGE_LENGTH
    shown = text.count("CPU 95%")
    assert f"… and {count - shown} more" in text


@given(st.text(max_size=300))
def test_no_name_breaks_a_line(name: Any) -> None:
    shown = clean(name)
    assert shown
    assert shown == shown.strip()
    assert len(shown.splitlines()) == 1
    body = message(notice(told(name=name), rule=name or "x"), SITE).text
    assert len(body.splitlines()) == 3
    assert len(body) <= MESSAGE_LENGTH


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("a\nb\r\nc\x00d", "a b c d"),
        ("  \t", "?"),
        ("\u202eevil", "evil"),
        ("日本 🇯🇵 👨\u200d👩\u200d👧", "日本 🇯🇵 👨\u200d👩\u200d👧"),
        ("\ud800x", "x"),
        ("a\u2028b", "a b"),
    ],
)
def test_clean(name: str, shown: str) -> None:
    assert clean(name) == shown
