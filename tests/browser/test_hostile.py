"""Names, notes and hosts that are meant to break a page."""

import re
from typing import Any

import pytest

from tests.browser.conftest import Browser
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
    for path in ("/", "/?view=cards", "/?wall", "/dashboard"):
        browser.signed_in(path)
        browser.sees("WWWW")
        for width in WIDTHS:
            browser.resize(width, 860)
            assert_calm(browser, "Admin · Nezha" if path == "/dashboard" else "Nezha")
            browser.picture(f"hostile-{path.strip('/?') or 'list'}-{width}")
    for number in range(1, len(HOSTILE) + 1):
        browser.open(f"/server/{number}")
        browser.element(".kv")
        browser.element(".panel")
        for width in WIDTHS:
            browser.resize(width, 860)
            assert_calm(browser)
    assert browser.messages() == []


TOO_WIDE = """
    const all = [...document.querySelectorAll("main *")];
    const found = all.filter((one) => one.getBoundingClientRect().right > innerWidth);
    return found.slice(0, 8).map((one) => `${one.tagName}.${one.getAttribute("class")} ${one.innerText?.slice(0, 20)}`);
"""


def assert_calm(browser: Browser, title: str = "") -> None:
    assert "broken" not in browser.run("return document.title").replace("document.title='broken'", "")
    if title:
        assert browser.run("return document.title") == title
    assert browser.run("return document.querySelectorAll('main script, main img').length") == 0
    wide, window = browser.run("return [document.documentElement.scrollWidth, innerWidth]")
    assert wide <= window, browser.run(TOO_WIDE)
    for kind in (".list .row", ".cards .server"):
        heights = browser.run(
            "return [...document.querySelectorAll(arguments[0])].map((one) => one.offsetHeight)", kind
        )
        assert len(set(heights)) <= 1
    assert not re.search("[\u202a-\u202e\u2066-\u2069\x00-\x08\x1b]", browser.text())
