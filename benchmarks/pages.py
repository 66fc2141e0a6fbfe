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

SWITCHES = ("--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking")


def rows() -> list[Row]:
    """Raises FileNotFoundError if Chromium or its driver is not installed."""
    with _system() as url, _chromium() as browser:
        _full(url)
        return [*_opened(browser, url), *_pressed(browser), *_watched(browser), _weight(browser, url)]


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
    seen = _until(browser, "return document.querySelector('.row.on') && performance.now()")
    paint = browser.execute_script("return performance.getEntriesByName('first-contentful-paint')[0].startTime")
    elements = browser.execute_script("return document.querySelectorAll('*').length")
    return [
        Row("first paint", paint, "ms", 1000, 300),
        Row(f"first of {SERVERS} servers in sight", seen, "ms", 2500, 1000),
        Row("elements in the document", elements, "", 3000, 1500),
    ]


def _pressed(browser: Any) -> list[Row]:
    changes = {
        "a letter in the search": "set('input[type=search]', '0', 'input')",
        "sorted by CPU": "set('.pick ~ .pick select', 'cpu', 'change')",
        "scrolled by a screen": "scrollBy(0, innerHeight)",
        "scrolled far": "scrollTo(0, 20000)",
    }
    found = [
        Row(f"{what}, main thread", _cost(browser, _PRESS % change), "ms", 100, 50) for what, change in changes.items()
    ]
    # Back to the default order: sorted by figures, servers would change places.
    _cost(browser, _PRESS % "set('.pick ~ .pick select', 'arranged', 'change')")
    _cost(browser, _PRESS % "set('input[type=search]', '', 'input')")
    _cost(browser, _PRESS % "scrollTo(0, 0)")
    return found


def _watched(browser: Any) -> list[Row]:
    browser.execute_script("window.seen.shift = 0; window.seen.tasks = []; window.seen.updates = 0")
    spent = _cost(browser, f"return new Promise((done) => setTimeout(done, {1000 * WATCHED_SECONDS}))")
    seen = browser.execute_script("return window.seen")
    longest = max(seen["tasks"], default=0)
    return [
        Row("an update of all servers, main thread", spent / max(1, seen["updates"]), "ms", 100, 50),
        Row(f"longest task above 50 ms in {WATCHED_SECONDS} s of updates", longest, "ms", 200, 100),
        Row("layout shift while figures change", seen["shift"], "", 0.001, 0),
    ]


def _weight(browser: Any, url: str) -> Row:
    """Measures all files that a visitor of this page and of one server's charts receives, without data."""
    browser.get("about:blank")
    browser.get(f"{url}/#1")
    _until(browser, "return document.querySelector('.plot canvas')")
    events = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    asked = {one["params"]["request"]["url"] for one in events if one["method"] == "Network.requestWillBeSent"}
    weight = 0
    for address in asked:
        if address.startswith(url) and not urlsplit(address).path.startswith("/api/"):
            with urlopen(address) as answer:  # noqa: S310
                weight += len(gzip.compress(answer.read()))
    return Row("pages, charts and flags, compressed", weight / 1000, "KB", 150, 120)


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

_PRESS = """
    const set = (selector, value, name) => {
        const one = document.querySelector(selector);
        one.value = value;
        one.dispatchEvent(new Event(name, {bubbles: true}));
    };
    %s;
    return new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
"""
