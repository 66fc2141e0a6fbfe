"""Names, notes and hosts that are meant to break a page."""

import re
from typing import Any

import pytest

from tests.browser.browser import Browser
from tests.support.dashboard import Dashboard

HOSTILE = (
    "<script>document.title='broken'</script><img src=x onerror=\"document.title='broken'\">",
    "\u202egnp.exe\u2066\u200f shown backwards",
    "bell\x07 escape\x1b[31m null\x00 tab\tnew\nline",
    "W" * 128,
    "{{constructor.constructor('document.title=1')()}} ${7*7} &lt;b&gt;",
    "Z̵̡̢̛a̵̡̢̛l̵̡̢̛g̵̡̢̛ơ̵̡̢" * 3,
)


def make_hostile(dashboard: Dashboard) -> None:
    for text in HOSTILE:
        _, secret = dashboard.server(text[:128], tag=text[::-1][:128], note=(text * 40)[:1024])
        host: dict[str, Any] = dict.fromkeys(
            ("Platform", "PlatformVersion", "Arch", "Virtualization", "Version"), text * 100
        )
        host |= {"CountryCode": text, "CPU": [text * 100] * 8, "GPU": [text], "MemTotal": 2**64 - 1, "DiskTotal": 1}
        state: dict[str, Any] = {
            "CPU": 1e300,
            "Load1": 1e300,
            "Uptime": 2**64 - 1,
            "NetInSpeed": 2**64 - 1,
            "DiskUsed": 2**64 - 1,
        }
        state["Temperatures"] = [{"Name": text * 10, "Temperature": 1e300}] * 64
        (taken,) = dashboard.report({"secret": secret, "host": host, "state": state})
        assert "error" not in taken


WIDTHS = (320, 390, 1280)


@pytest.mark.parametrize("everything", [False, True])
def test_hostile_texts_are_text_and_break_no_layout(browser: Browser, dashboard: Dashboard, everything: bool) -> None:
    make_hostile(dashboard)
    if everything:
        browser.with_everything()
    browser.signed_in()
    for path in ("/dashboard", "/?wall", "/?view=cards", "/"):
        if path != "/dashboard":
            browser.open(path)
        browser.sees("WWWW")
        for width in WIDTHS:
            browser.resize(width, 860)
            assert_calm(browser, "Admin · Nezha" if path == "/dashboard" else "Nezha")
            browser.picture(f"hostile-{path.strip('/?') or 'list'}-{width}")
    browser.open("/server/1")
    for number in range(1, len(HOSTILE) + 1):
        if number > 1:
            browser.press("Next server")
            browser.until("return location.pathname === arguments[0]", f"/server/{number}")
        browser.until("return document.querySelector('.kv') && document.querySelector('.panel')")
        for width in WIDTHS:
            browser.resize(width, 860)
            assert_calm(browser)
    assert browser.messages() == []


TOO_WIDE = """
    const all = [...document.querySelectorAll("main *")];
    const found = all.filter((one) => one.getBoundingClientRect().right > innerWidth);
    return found.slice(0, 8).map((one) => `${one.tagName}.${one.getAttribute("class")} ${one.innerText?.slice(0, 20)}`);
"""


SEEN = """
    const all = (selector) => [...document.querySelectorAll(selector)];
    return {
        title: document.title,
        inserted: all("main script, main img").length,
        fits: document.documentElement.scrollWidth <= innerWidth,
        heights: [".list .row", ".cards .server"].map((kind) => all(kind).map((one) => one.offsetHeight)),
        text: document.body.innerText,
    };
"""


def assert_calm(browser: Browser, title: str = "") -> None:
    seen = browser.run(SEEN)
    assert "broken" not in seen["title"].replace("document.title='broken'", "")
    assert title in ("", seen["title"])
    assert seen["inserted"] == 0
    assert seen["fits"], browser.run(TOO_WIDE)
    assert all(len(set(heights)) <= 1 for heights in seen["heights"])
    assert not re.search("[\u202a-\u202e\u2066-\u2069\x00-\x08\x1b]", seen["text"])
