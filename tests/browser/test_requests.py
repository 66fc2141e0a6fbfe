"""What pages request: little at first, then only what they show, and no more often than it changes."""

import gzip
import json
import math
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import pytest

from chalicelib.fleet.alerts.open_events import OpenEvent
from chalicelib.fleet.watch import Watch
from tests.browser.browser import WAIT_SECONDS, Browser
from tests.browser.conftest import Demo, started
from tests.browser.devtools import Chromium
from tests.local.running import wait_until
from tests.support.dashboard import Dashboard


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    """A browser that logs its requests."""
    with started(tmp_path_factory.mktemp("chromium"), {"browser": "ALL", "performance": "ALL"}) as browser:
        yield browser


FASTER = 40
SECONDS = 50
FAST = f"""
    const [wait, tick, now, began] = [setTimeout, setInterval, Date.now, Date.now()];
    window.setTimeout = (call, ms = 0, ...more) => wait(call, ms / {FASTER}, ...more);
    window.setInterval = (call, ms = 0, ...more) => tick(call, ms / {FASTER}, ...more);
    Date.now = () => began + {FASTER} * (now() - began);
    window.secondsOpen = () => (Date.now() - began) / 1000;
"""
"""Makes the clock and timers of a page run FASTER times as fast."""

LIVE, EVERY_10, EVERY_15, EVERY_30, ONCE = 12, 6, 4, 2, 1

GUESTS = {
    "/": {"summary": LIVE, "spark": ONCE, "availability": ONCE},
    "/?view=cards": {"summary": LIVE, "spark": ONCE, "availability": ONCE},
    "/?wall": {"summary": LIVE, "spark": ONCE},
    "/server/1": {
        "summary": LIVE,
        "availability": ONCE,
        "history/1?range=24h": ONCE,
        "ping/1?range=24h": ONCE,
        "event?server=1&limit=20": ONCE,
    },
    "/monitors": {"summary": LIVE, "availability": ONCE, "monitor/status": ONCE, "event?limit=20": ONCE},
    "/events": {"summary": LIVE, "event?limit=100": ONCE},
    "/login": {},
}
OPEN = "event?open=1&limit=100"
PEOPLE = {
    "/": {"server": LIVE, "settings": ONCE, "spark": ONCE, "availability": ONCE, OPEN: EVERY_15},
    "/server/1": {
        "server": LIVE,
        "settings": ONCE,
        "availability": ONCE,
        OPEN: EVERY_15,
        "history/1?range=24h": ONCE,
        "ping/1?range=24h": ONCE,
        "event?server=1&limit=20": ONCE,
    },
    "/monitors": {
        "server": LIVE,
        "settings": ONCE,
        "availability": ONCE,
        OPEN: EVERY_15,
        "monitor": ONCE,
        "monitor/status": ONCE,
        "event?limit=20": ONCE,
    },
    "/events": {"server": LIVE, "settings": ONCE, OPEN: EVERY_15, "event?limit=100": ONCE},
    "/dashboard": {"server": LIVE, "settings": ONCE, "password": EVERY_30, "channel": EVERY_30},
    "/dashboard#monitors": {"server": ONCE, "settings": ONCE, "monitor": ONCE},
    "/dashboard#alerts": {
        "server": EVERY_10,
        "settings": ONCE,
        OPEN: EVERY_10,
        "event?limit=30": EVERY_10,
        "rule": ONCE,
        "channel": ONCE,
        "monitor": ONCE,
    },
    "/dashboard#tokens": {"settings": ONCE, "token": ONCE},
    "/dashboard#settings": {"settings": ONCE, "session": ONCE, "cost": ONCE},
}


@pytest.fixture
def shown(browser: Browser, dashboard: Dashboard) -> Browser:
    """Guests of the dashboard may see everything."""
    _, secret = dashboard.server("one")
    dashboard.report({"secret": secret, "state": {"CPU": 1}})
    dashboard.store.edit_settings({"public_events": True, "public_monitors": True})
    Watch(dashboard.store, 60).look(*dashboard.store.view_and(dashboard.store.states), time.time())
    return browser


def test_a_guests_pages_ask_for_what_they_show(shown: Browser) -> None:
    assert_asks(shown, GUESTS)


def test_a_signed_in_persons_pages_ask_for_what_they_show(shown: Browser) -> None:
    shown.signed_in()
    shown.sees("one")
    assert_asks(shown, PEOPLE)


def test_going_back_to_the_list_requests_only_what_is_due(shown: Browser) -> None:
    shown.open("/")
    shown.click(".who a")
    shown.finds(".side")
    before = asked(shown)
    wait_until(lambda: before.update(asked(shown)) or before.keys() >= GUESTS["/server/1"].keys())
    shown.driver.back()
    shown.finds(".list .row")
    assert asked(shown).keys() <= {"summary"}


def assert_asks(browser: Browser, pages: Mapping[str, Mapping[str, int]]) -> None:
    browser.before(FAST)
    for path, expected in pages.items():
        browser.open("/api/v1/health")  # so that the page before makes no more requests
        browser.chromium.command("Network.clearBrowserCache")
        asked(browser)
        browser.open(path)
        browser.until("return document.querySelector('main, form') && document.fonts.size")
        browser.until("return secondsOpen() > arguments[0]", SECONDS)
        found = asked(browser)
        end = time.monotonic() + WAIT_SECONDS  # on a busy machine a page may begin late
        while not expected.keys() <= found.keys() and time.monotonic() < end:
            time.sleep(0.1)
            found += asked(browser)
        minutes = math.ceil(browser.run("return secondsOpen()") / 60)
        files = {name: count for name, count in found.items() if name.startswith("/")}
        assert {name: count for name, count in files.items() if count > 1} == {}, path
        answers = found - Counter(files)
        assert answers.keys() == expected.keys(), path
        assert all(count <= minutes * expected[name] for name, count in answers.items()), (path, answers)


def asked(browser: Browser) -> Counter[str]:
    """How often each address was requested since the last call; addresses of the API come without "/api/"."""
    events = [json.loads(entry["message"])["message"] for entry in browser.driver.get_log("performance")]
    kept = {one["params"]["requestId"] for one in events if _came_from_the_cache(one)}
    sent = (one["params"] for one in events if one["method"] == "Network.requestWillBeSent")
    # "Other" are icons: Chromium fetches them when it likes.
    urls = [urlsplit(one["request"]["url"]) for one in sent if one["requestId"] not in kept and one["type"] != "Other"]
    paths = (url.path + (f"?{url.query}" if url.query else "") for url in urls if url.netloc in browser.url)
    return Counter(path.removeprefix("/api/") for path in paths)


def _came_from_the_cache(event: dict[str, Any]) -> bool:
    if event["method"] == "Network.responseReceived":
        return bool(event["params"]["response"]["fromDiskCache"])
    return bool(event["method"] == "Network.requestServedFromCache")


DATA = ("/api/summary", "/api/spark", "/api/availability")


def test_pages_weigh_little_and_ask_nobody_else(browser: Browser, dashboard: Dashboard, demo: Demo) -> None:
    demo(12)
    browser.with_everything()
    loaded = requests(browser, "/", "Live")
    shown = sum(weights(dashboard, browser, loaded).values())
    assert shown < 150_000, weights(dashboard, browser, loaded)
    assert not any("plot" in path for path in loaded), "charts come when they are needed"
    loaded |= requests(browser, "/server/1", "Frankfurt")
    assert any(path.startswith("/static/plot") for path in loaded)
    assert any(path.startswith("/static/flags") for path in loaded)
    assert sum(weights(dashboard, browser, loaded).values()) < 170_000
    assert browser.messages() == []


def test_a_cold_visit_asks_four_things_of_the_functions(browser: Browser, dashboard: Dashboard, demo: Demo) -> None:
    """Everything else is a file, which the edge takes from S3. Open events come with the servers."""
    demo(12)
    dashboard.store.edit_settings({"public_events": True, "public_monitors": True})
    first = dashboard.get("/api/summary").result["servers"][0]
    dashboard.store.alerts.keep_open_events(
        [OpenEvent(1, "Disk", first["id"], first["name"], None, "", int(time.time()))]
    )
    loaded = requests(browser, "/", "Disk")
    assert {path for path in loaded if not path.startswith("/static/")} == {"/", *DATA}


def requests(browser: Browser, path: str, words: str) -> set[str]:
    """The paths that a page asks for until it shows these words, and a moment longer; nobody else is asked.

    For somebody who has no file of it yet.
    """
    browser.chromium.command("Network.clearBrowserCache")
    browser.driver.get_log("performance")
    browser.open(path)
    browser.sees(words)
    browser.until("return document.fonts.size > 0")
    events = [json.loads(entry["message"])["message"] for entry in browser.driver.get_log("performance")]
    urls = {one["params"]["request"]["url"] for one in events if one["method"] == "Network.requestWillBeSent"}
    others = {urlsplit(url).netloc for url in urls if urlsplit(url).scheme in ("http", "https", "ws", "wss")}
    assert others == {urlsplit(browser.url).netloc}
    return {urlsplit(url).path for url in urls if url.startswith(browser.url)}


def weights(dashboard: Dashboard, browser: Browser, paths: Iterable[str]) -> dict[str, int]:
    """Compressed bytes of everything but data."""
    return {path: len(gzip.compress(dashboard.get(path).body)) for path in paths if not path.startswith("/api/")}
