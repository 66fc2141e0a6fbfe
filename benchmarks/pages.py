"""The status page with 1,000 servers in a guest's Chromium: first paint, updates, jank, memory, transfer, size.

The dashboard takes little CPU from the browser (`page_server.py`), but milliseconds still depend on the machine. The
original dashboard's pages were not measured.

`python -m benchmarks.pages --minutes 10` leaves the page open for ten minutes before it looks at the heap; otherwise
the updates of ten minutes follow one another without a pause.
"""

import argparse
import gzip
import json
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from selenium import webdriver

from benchmarks.page_server import PageServer, serving
from benchmarks.table import Row, print_sections

SERVERS = 1000
WATCHED_SECONDS = 60
UPDATES = 60
"""The updates of ten minutes: with this many servers, the page refreshes every 10 s."""
POLLED = {"api/server": 6, "api/event?open=1&limit=100": 4, "api/settings": 1, "api/spark": 1}
"""The requests that a signed-in person's page sends in a minute, and how many of each."""

SWITCHES = ("--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking")


def rows(minutes: float = 0) -> Iterator[Row]:
    """minutes: how long the page stays open; with 0, the updates of ten minutes follow one another without a pause.

    Raises FileNotFoundError if Chromium or its driver is not installed.
    """
    with serving(SERVERS) as server, _chromium() as browser:
        url = server.url
        yield from _opened(browser, url)
        yield from _pressed(browser)
        yield _scrolled(browser)
        yield from _watched(browser)
        yield _polled(server)
        yield _steady(browser, minutes)
        yield from _weights(browser, url)


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
            browser.set_script_timeout(1000)
            # CPU time of the main thread, which does not depend on other programs.
            browser.execute_cdp_cmd("Performance.enable", {"timeDomain": "threadTicks"})
            yield browser
        finally:
            browser.quit()


def _opened(browser: Any, url: str) -> Iterator[Row]:
    """A first visit: nothing is in the browser's cache."""
    browser.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": _OBSERVERS})
    browser.get(f"{url}/api/summary")  # so that the server's first answer is not measured
    _asked(browser, url, "/", "document.querySelector('.c-days .strip')")
    seen = browser.execute_script("return window.seen")
    paint = browser.execute_script("return performance.getEntriesByName('first-contentful-paint')[0].startTime")
    elements = browser.execute_script("return document.querySelectorAll('*').length")
    yield Row("first paint", paint, "ms", 1000, 300)
    yield Row(f"first of {SERVERS} servers in sight", seen["row"], "ms", 1000, 600)
    yield Row("longest task above 50 ms until all is shown", max(seen["tasks"], default=0), "ms", 100, 60)
    yield Row("elements in the document", elements, "", 3000, 1500)


def _pressed(browser: Any) -> Iterator[Row]:
    changes = {
        "the palette": "document.querySelector('.find').click()",
        "a letter in the palette": "set('.palette input', '0', 'input')",
        "the palette closed": "document.querySelector('dialog').dispatchEvent(new Event('cancel', {cancelable: true}))",
        "sorted by CPU": "set('.sort select', 'cpu', 'change')",
        "scrolled by a screen": "scrollBy(0, innerHeight)",
        "scrolled far": "scrollTo(0, 20000)",
    }
    for what, change in changes.items():
        yield Row(f"{what}, main thread", _cost(browser, _PRESS % change), "ms", 100, 50)
    # Back to the default order: sorted by figures, servers would change places.
    _cost(browser, _PRESS % "set('.sort select', '', 'change')")
    _cost(browser, _PRESS % "scrollTo(0, 0)")


def _scrolled(browser: Any) -> Row:
    """Frames a second while the list moves by 60 pixels each frame."""
    return Row("frames a second while scrolling", browser.execute_script(_SCROLL), "", 55, 60, at_least=True)


def _watched(browser: Any) -> Iterator[Row]:
    """A minute in which nobody touches the page."""
    browser.execute_script("window.seen.shift = 0; window.seen.tasks = []; window.seen.updates = 0")
    browser.get_log("performance")
    spent = _cost(browser, f"return new Promise((done) => setTimeout(done, {1000 * WATCHED_SECONDS}))")
    seen = browser.execute_script("return window.seen")
    received = sum(one["params"]["encodedDataLength"] for one in _events(browser, "Network.loadingFinished"))
    longest = max(seen["tasks"], default=0)
    yield Row("an update of all servers, main thread", spent / max(1, seen["updates"]), "ms", 100, 50)
    yield Row("longest task above 50 ms in a minute of updates", longest, "ms", 100, 60)
    yield Row("layout shift while figures change", seen["shift"], "", 0.001, 0)
    yield Row(f"received in a minute with {SERVERS} servers", received / 1000, "KB", 1000, 600)


def _steady(browser: Any, minutes: float) -> Row:
    """How much the page's memory grows."""
    browser.execute_script(_UPDATE)
    before = _heap(browser)
    if minutes:
        time.sleep(60 * minutes)  # a script must answer its driver within two minutes
    else:
        for _ in range(UPDATES):
            browser.execute_script(_UPDATE)
    what = f"{minutes:g} minutes" if minutes else f"the {UPDATES} updates of ten minutes"
    return Row(f"heap growth in {what}", max(0, _heap(browser) - before), "MB", 1, 0.3)


def _heap(browser: Any) -> float:
    """Megabytes of live JavaScript objects."""
    browser.execute_cdp_cmd("HeapProfiler.collectGarbage", {})
    metrics = browser.execute_cdp_cmd("Performance.getMetrics", {})["metrics"]
    return next(float(one["value"]) for one in metrics if one["name"] == "JSHeapUsedSize") / 1e6


def _polled(server: PageServer) -> Row:
    """What a signed-in person's page receives in a minute: it includes addresses and notes."""
    size = 0
    for path, times in POLLED.items():
        request = Request(f"{server.url}/{path}", headers={"Cookie": f"nezha-dashboard={server.session}"})  # noqa: S310
        with urlopen(request) as answer:  # noqa: S310
            size += times * len(answer.read())
    return Row("the same, signed in", size / 1000, "KB", 1000, 700)


def _weights(browser: Any, url: str) -> list[Row]:
    """The sizes of all files for the status page, and for one server's charts; without data."""
    home, asked = _asked(browser, url, "/", "document.querySelector('.c-days .strip')")
    charts, _ = _asked(browser, url, "/server/1", "document.querySelector('.plot svg')")
    server = home | charts
    return [
        Row("requests of a first visit that are not for files", asked, "", 4, 3),
        Row("status page with flags and font, compressed", _compressed(home), "KB", 150, 120),
        Row("status page, charts, flags and font, compressed", _compressed(server), "KB", 170, 150),
    ]


def _asked(browser: Any, url: str, path: str, there: str) -> tuple[set[str], int]:
    """The document and files that a page requests, and how many of its requests would reach Lambda functions."""
    browser.get("about:blank")
    browser.execute_cdp_cmd("Network.clearBrowserCache", {})
    browser.get_log("performance")
    browser.get(f"{url}{path}")
    _until(browser, f"return {there} && document.fonts.size")
    ours = [
        sent["params"]["request"]["url"]
        for sent in _events(browser, "Network.requestWillBeSent")
        if sent["params"]["request"]["url"].startswith(url)
    ]
    files = {one for one in ours if not urlsplit(one).path.startswith("/api/")}
    return files, sum("/static/" not in one for one in ours)


def _events(browser: Any, method: str) -> list[Any]:
    """Events of the DevTools protocol since the log was last read."""
    events = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    return [one for one in events if one["method"] == method]


def _compressed(addresses: set[str]) -> float:
    weight = 0
    for address in addresses:
        with urlopen(address) as answer:  # noqa: S310
            body = answer.read()
            weight += len(body if answer.headers["Content-Encoding"] else gzip.compress(body))
    return weight / 1000


def _until(browser: Any, script: str) -> Any:
    end = time.monotonic() + 60
    while not (value := browser.execute_script(script)):
        if time.monotonic() > end:
            raise TimeoutError(script)
        time.sleep(0.02)
    return value


def _cost(browser: Any, script: str) -> float:
    """Returns the milliseconds of CPU that scripts, styles and layout take while a script runs."""

    def spent() -> float:
        metrics = browser.execute_cdp_cmd("Performance.getMetrics", {})["metrics"]
        wanted = ("ScriptDuration", "LayoutDuration", "RecalcStyleDuration")
        return sum(float(one["value"]) for one in metrics if one["name"] in wanted)

    before = spent()
    browser.execute_script(script)
    return 1000 * (spent() - before)


_OBSERVERS = """
    window.seen = {shift: 0, tasks: [], updates: 0, row: 0};
    const drawn = () => {
        if (document.querySelector(".row .who")) window.seen.row = performance.now();
        else requestAnimationFrame(drawn);
    };
    requestAnimationFrame(drawn);
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


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pages")
    parser.add_argument("--minutes", type=float, default=0, help="leave the page open for this many minutes")
    minutes = parser.parse_args().minutes
    print_sections([(f"The status page with {SERVERS} servers, in Chromium", lambda: rows(minutes))], markdown=False)


if __name__ == "__main__":
    main()
