"""A fleet of 1,000 servers. Only the page is measured; its data does not come from an emulated database."""

import json

import pytest

from tests.browser.browser import SCREENSHOTS, Browser
from tests.support.dashboard import Dashboard

PAINT_MS = 5000
CHANGE_MS = 1000
"""Bounds that a busy machine holds, and work that grows with the square of the servers does not."""

MANY = """
    const real = window.fetch;
    window.fetch = async (url, options) => {
        const response = await real(url, options);
        if (!String(url).endsWith("api/summary")) return response;
        const answer = await response.json();
        const [one] = answer.result.servers;
        const tags = ["Europe", "Asia", "Americas", "Africa", "Home"];
        answer.result.servers = Array.from({length: 1000}, (_, index) => ({
            ...one,
            id: index + 1,
            name: `server-${String(index).padStart(4, "0")}`,
            tag: tags[index % tags.length],
            status: {...one.status, CPU: Math.random() * 100, NetInSpeed: Math.random() * 1e9},
        }));
        return new Response(JSON.stringify(answer), {status: 200, headers: response.headers});
    };
"""


@pytest.fixture
def thousand(browser: Browser, dashboard: Dashboard) -> Browser:
    _, secret = dashboard.server("one")
    dashboard.report({"secret": secret, "host": {"MemTotal": 2**32, "DiskTotal": 2**40}, "state": {"MemUsed": 2**31}})
    browser.before(MANY)
    return browser


def test_thousand_servers_are_quick(thousand: Browser) -> None:
    browser = thousand
    browser.open("/")
    browser.until("return document.querySelector('.seg b')?.textContent === '1,000'")
    assert browser.run("return document.querySelectorAll('*').length") < 3000
    browser.picture("thousand")
    assert browser.run("return performance.getEntriesByName('first-contentful-paint')[0].startTime") < PAINT_MS
    changes = {
        "palette": "find('.find').click()",
        "search": "const one = find('.palette input'); one.value = '-00'; fire(one, 'input')",
        "close": "find('dialog').dispatchEvent(new Event('cancel', {cancelable: true}))",
        "sort": "const one = find('.sort select'); one.value = 'cpu'; fire(one, 'change')",
        "scroll": "scrollTo(0, 20000)",
        "tag": "find('.tags .chip').click()",
    }
    took = {}
    for name, change in changes.items():
        took[name] = main_thread(browser, TIMED % change)
        if name == "palette":
            browser.finds(".palette input")  # its script may take a while to arrive
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    (SCREENSHOTS / "thousand.json").write_text(json.dumps(took))
    assert max(took.values()) < CHANGE_MS, took


def test_search_stays_in_the_list_and_in_the_address(thousand: Browser) -> None:
    browser = thousand
    browser.open("/?q=-00&sort=-cpu")
    browser.until("return document.querySelectorAll('.row').length > 5")
    browser.until("return [...document.querySelectorAll('.who a')].every((one) => one.innerText.includes('-00'))")


def test_figures_change_without_moving_anything(thousand: Browser) -> None:
    browser = thousand
    browser.open("/")
    browser.sees("server-0000")
    shift = browser.run(SHIFT)
    assert shift < 0.01, shift


def test_updates_leave_nothing_behind(thousand: Browser) -> None:
    """A page may stay open for weeks, and each update that stays in memory takes megabytes."""
    browser = thousand
    browser.with_everything()
    browser.open("/")
    browser.sees("server-0000")
    browser.run(UPDATES)
    before = heap(browser)
    browser.run(UPDATES)
    assert heap(browser) - before < 5


def heap(browser: Browser) -> float:
    """Megabytes in use by scripts."""
    browser.chromium.command("HeapProfiler.collectGarbage")
    return float(browser.chromium.command("Runtime.getHeapUsage")["usedSize"]) / 1e6


UPDATES = """
    const asked = () => performance.getEntriesByType("resource").filter((one) => one.name.includes("/summary")).length;
    const pause = (time) => new Promise((done) => setTimeout(done, time));
    for (let update = 0; update < 10; update += 1) {
        const before = asked();
        window.dispatchEvent(new Event("online"));  // makes the page request data at once
        while (asked() === before) await pause(20);
        await pause(100);
    }
"""


def main_thread(browser: Browser, script: str) -> float:
    """Milliseconds of scripts, styles and layout that a change cost until it was drawn."""
    browser.chromium.command("Performance.enable")

    def spent() -> float:
        metrics = browser.chromium.command("Performance.getMetrics")["metrics"]
        wanted = ("ScriptDuration", "LayoutDuration", "RecalcStyleDuration")
        return sum(float(one["value"]) for one in metrics if one["name"] in wanted)

    before = spent()
    browser.run(script)
    return round(1000 * (spent() - before), 1)


TIMED = """
    const find = (selector) => document.querySelector(selector);
    const fire = (one, name) => one.dispatchEvent(new Event(name, {bubbles: true}));
    %s;
    return new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
"""

SHIFT = """
    return new Promise((done) => {
        let sum = 0;
        new PerformanceObserver((list) => list.getEntries().forEach((one) => (sum += one.value))).observe({
            type: "layout-shift",
            buffered: false,
        });
        setTimeout(() => done(sum), 11000);
    });
"""
"""How far things moved by themselves while new figures came in."""
