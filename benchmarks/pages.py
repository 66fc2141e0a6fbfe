"""The status page with 1,000 servers in a guest's Chromium: first paint, updates, jank, size.

The whole system with simulated servers runs beside the browser, so milliseconds depend on this machine. The original
dashboard's pages were not measured.
"""

import gzip
import json
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import urlopen

from selenium import webdriver

from benchmarks import system
from benchmarks.table import Row

SERVERS = 1000
WATCHED_SECONDS = 31
"""Three updates: with this many servers, the page refreshes every 10 s."""
UPDATES = 60
"""Of ten minutes."""

SWITCHES = ("--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking")


def rows() -> list[Row]:
    """Raises FileNotFoundError if Chromium or its driver is not installed."""
    with _system() as url, _chromium() as browser:
        _full(url)
        return [
            *_opened(browser, url),
            *_pressed(browser),
            _scrolled(browser),
            *_watched(browser),
            _steady(browser),
            _polled(url),
            *_weights(browser, url),
        ]


@contextmanager
def _system() -> Iterator[str]:
    with system.running("--demo", str(SERVERS)) as (_, said):
        yield said["url"]


@contextmanager
def _chromium() -> Iterator[Any]:
    binary, driver = shutil.which("chromium") or shutil.which("google-chrome"), shutil.which("chromedriver")
    if not (binary and driver):
        raise FileNotFoundError("Chromium and its driver are needed: apt-get install chromium chromium-driver")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        options = webdriver.ChromeOptions()
        options.binary_location = binary
        for switch in (*SWITCHES, f"--user-data-dir={profile}", "--window-size=1280,900"):
            options.add_argument(switch)
        options.set_capability("goog:loggingPrefs", {"performance": "ALL"})
        browser = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
        try:
            browser.set_script_timeout(2 * WATCHED_SECONDS)
            browser.execute_cdp_cmd("Performance.enable", {})
            yield browser
        finally:
            browser.quit()


def _full(url: str) -> None:
    """Returns when nearly all servers have reported; some of the demo's are offline or hidden."""
    end = time.monotonic() + 300
    while time.monotonic() < end:
        # It answers 503 while the embedded DynamoDB is busy with the reports.
        with suppress(HTTPError), urlopen(f"{url}/api/summary") as answer:  # noqa: S310
            servers = json.load(answer)["result"]["servers"]
            if sum(one["last_active"] > 0 for one in servers) > 0.9 * SERVERS:
                return
        time.sleep(1)
    raise TimeoutError(f"the {SERVERS} simulated servers did not report within 5 minutes")


def _opened(browser: Any, url: str) -> list[Row]:
    browser.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": _OBSERVERS})
    browser.get(f"{url}/")
    seen = _until(browser, "return document.querySelector('.row .meter') && performance.now()")
    paint = browser.execute_script("return performance.getEntriesByName('first-contentful-paint')[0].startTime")
    elements = browser.execute_script("return document.querySelectorAll('*').length")
    return [
        Row("first paint", paint, "ms", 1000, 300),
        Row(f"first of {SERVERS} servers in sight", seen, "ms", 1000, 600),
        Row("elements in the document", elements, "", 3000, 1500),
    ]


def _pressed(browser: Any) -> list[Row]:
    changes = {
        "the palette": "document.querySelector('.find').click()",
        "a letter in the palette": "set('.palette input', '0', 'input')",
        "the palette closed": "document.querySelector('dialog').dispatchEvent(new Event('cancel', {cancelable: true}))",
        "sorted by CPU": "set('.sort select', 'cpu', 'change')",
        "scrolled by a screen": "scrollBy(0, innerHeight)",
        "scrolled far": "scrollTo(0, 20000)",
    }
    found = [
        Row(f"{what}, main thread", _cost(browser, _PRESS % change), "ms", 100, 50) for what, change in changes.items()
    ]
    # Back to the default order: sorted by figures, servers would change places.
    _cost(browser, _PRESS % "set('.sort select', '', 'change')")
    _cost(browser, _PRESS % "scrollTo(0, 0)")
    return found


def _watched(browser: Any) -> list[Row]:
    browser.execute_script("window.seen.shift = 0; window.seen.tasks = []; window.seen.updates = 0")
    spent = _cost(browser, f"return new Promise((done) => setTimeout(done, {1000 * WATCHED_SECONDS}))")
    seen = browser.execute_script("return window.seen")
    longest = max(seen["tasks"], default=0)
    return [
        Row("an update of all servers, main thread", spent / max(1, seen["updates"]), "ms", 100, 50),
        Row(f"longest task above 50 ms in {WATCHED_SECONDS} s of updates", longest, "ms", 100, 60),
        Row("layout shift while figures change", seen["shift"], "", 0.001, 0),
    ]


def _steady(browser: Any) -> Row:
    """Whether what a page keeps grows. Its updates come one after the other, so that nobody waits ten minutes."""
    browser.execute_script(_UPDATE)
    before = _heap(browser)
    for _ in range(UPDATES):
        browser.execute_script(_UPDATE)
    return Row(f"heap growth in the {UPDATES} updates of ten minutes", max(0, _heap(browser) - before), "MB", 1, 0.3)


def _scrolled(browser: Any) -> Row:
    """Frames a second while the list moves by 60 pixels each frame."""
    return Row("frames a second while scrolling", browser.execute_script(_SCROLL), "", 55, 60, at_least=True)


def _heap(browser: Any) -> float:
    """Megabytes of live JavaScript objects."""
    browser.execute_cdp_cmd("HeapProfiler.collectGarbage", {})
    metrics = browser.execute_cdp_cmd("Performance.getMetrics", {})["metrics"]
    return next(float(one["value"]) for one in metrics if one["name"] == "JSHeapUsedSize") / 1e6


def _polled(url: str) -> Row:
    """What an open page receives in a minute, compressed as API Gateway and CloudFront compress it."""
    with urlopen(f"{url}/api/summary") as answer:  # noqa: S310
        size = len(gzip.compress(answer.read(), 6))
    return Row(f"data of {SERVERS} servers in a minute, compressed", 6 * size / 1000, "KB", 1000, 600)


def _weights(browser: Any, url: str) -> list[Row]:
    """All files that a visitor of the status page receives, and of one server's charts; without data."""
    home, asked = _asked(browser, url, "/", "document.querySelector('.row .meter') && document.fonts.size")
    charts, _ = _asked(browser, url, "/server/1", "document.querySelector('.plot svg')")
    server = home | charts
    return [
        Row("requests of a first visit that are not for files", asked, "", 4, 3),
        Row("status page with flags and font, compressed", _compressed(home), "KB", 150, 120),
        Row("status page, charts, flags and font, compressed", _compressed(server), "KB", 170, 150),
    ]


def _asked(browser: Any, url: str, path: str, there: str) -> tuple[set[str], int]:
    """The document and files that a page asks for, and how many requests reach the dashboard's functions."""
    browser.get("about:blank")
    browser.get_log("performance")
    browser.get(f"{url}{path}")
    _until(browser, f"return {there}")
    events = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    asked = {one["params"]["request"]["url"] for one in events if one["method"] == "Network.requestWillBeSent"}
    ours = {one for one in asked if one.startswith(url)}
    files = {one for one in ours if not urlsplit(one).path.startswith("/api/")}
    return files, sum("/static/" not in one for one in ours)


def _compressed(addresses: set[str]) -> float:
    weight = 0
    for address in addresses:
        with urlopen(address) as answer:  # noqa: S310
            weight += len(gzip.compress(answer.read()))
    return weight / 1000


def _until(browser: Any, script: str) -> Any:
    end = time.monotonic() + 60
    while not (value := browser.execute_script(script)):
        if time.monotonic() > end:
            raise TimeoutError(script)
        time.sleep(0.02)
    return value


def _cost(browser: Any, script: str) -> float:
    """Returns milliseconds of scripts, styles and layout while a script runs."""

    def spent() -> float:
        metrics = browser.execute_cdp_cmd("Performance.getMetrics", {})["metrics"]
        wanted = ("ScriptDuration", "LayoutDuration", "RecalcStyleDuration")
        return sum(float(one["value"]) for one in metrics if one["name"] in wanted)

    before = spent()
    browser.execute_script(script)
    return 1000 * (spent() - before)


_OBSERVERS = """
    window.seen = {shift: 0, tasks: [], updates: 0};
    const watch = (type, take) => new PerformanceObserver((list) => list.getEntries().forEach(take)).observe({type});
    watch("layout-shift", (one) => { if (!one.hadRecentInput) window.seen.shift += one.value; });
    watch("longtask", (one) => window.seen.tasks.push(one.duration));
    watch("resource", (one) => { if (one.name.endsWith("api/summary")) window.seen.updates += 1; });
"""

_UPDATE = """
    const before = window.seen.updates;
    window.dispatchEvent(new Event("online"));  // the page asks at once
    return new Promise((done) => {
        const drawn = () => requestAnimationFrame(() => setTimeout(done));
        const wait = () => (window.seen.updates > before ? drawn() : setTimeout(wait, 20));
        wait();
    });
"""

_PRESS = """
    const set = (selector, value, name) => {
        const one = document.querySelector(selector);
        one.value = value;
        one.dispatchEvent(new Event(name, {bubbles: true}));
    };
    %s;
    return new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
"""

_SCROLL = """
    return new Promise((done) => {
        const began = performance.now();
        let frames = 0;
        const frame = (now) => {
            frames += 1;
            scrollBy(0, 60);
            if (now - began < 2000) requestAnimationFrame(frame);
            else done((1000 * frames) / (now - began));
        };
        requestAnimationFrame(frame);
    });
"""
