"""The charts of a server's own figures: their right edge, legends, events, failures, and how they are condensed."""

import json
import time

from selenium.webdriver import ActionChains

from chalicelib.api import pages
from tests.browser.browser import Browser
from tests.browser.test_server_page import HOST, opened
from tests.support.dashboard import Dashboard


def test_chart_goes_on_to_this_moment_while_minutes_are_under_way(browser: Browser, dashboard: Dashboard) -> None:
    """Senders hand minutes over later; the page continues the chart with the states that it sees."""
    remembering(dashboard)
    opened(browser, "/server/1?range=1h")
    lines = "return document.querySelectorAll('.plot path[stroke=\"var(--cpu)\"]').length"
    assert browser.until(lines) == 2, "the history, a gap, and now"
    edge = browser.run("""
        const [chart] = document.querySelectorAll(".plot svg");
        const newest = [...chart.querySelectorAll('path[stroke="var(--cpu)"]')].at(-1).getBoundingClientRect();
        return chart.getBoundingClientRect().right - newest.right;
    """)
    assert 0 <= edge < 30
    module = f"/static/{pages._published('server/ranges.js').name}"
    ends = """
        const of = ({spanOf}) => [6000, 6001, 6059].map((now) => spanOf("1h", null, null, now)[1]);
        return import(arguments[0]).then(of);
    """
    assert browser.run(ends, module) == [6060, 6060, 6060], "a minute has its place from its first second on"


def test_legend_of_a_servers_own_chart_switches_its_lines(browser: Browser, dashboard: Dashboard) -> None:
    remembering(dashboard)
    opened(browser, "/server/1?range=1h")
    sent = "return document.querySelectorAll('.plot path[stroke=\"var(--out)\"]').length"
    browser.until(sent)
    values = "return [...document.querySelectorAll('.panel > header b')]"
    cut = f"{values}.filter((one) => one.scrollWidth > one.clientWidth + 1).length"
    assert browser.run(cut) == 0, "values keep their room beside the legend"
    ActionChains(browser.driver).move_to_element(browser.element(".keys button")).perform()
    browser.until(
        "return document.querySelector('.plot path[stroke=\"var(--out)\"]').getAttribute('stroke-opacity') < 1"
    )
    named = "[...document.querySelectorAll('.keys button')].filter((one) => !one.innerText.trim())"
    shown = (
        "[...document.querySelectorAll('.keys i')].filter((one) => one.checkVisibility()).map((one) => one.innerText)"
    )
    assert browser.run(f"return [{named}.length, {shown}.join('')]") == [0, "↓↑"], (
        "lines have names in small panels, too"
    )
    browser.press("Sent")
    browser.until("return document.querySelectorAll('.plot path[stroke=\"var(--out)\"]').length === 0")
    assert browser.run("return document.querySelectorAll('.plot path[stroke=\"var(--in)\"]').length") > 0
    browser.press("Sent")
    browser.until(sent)


def test_history_that_does_not_come_says_so_in_the_readers_language(browser: Browser, dashboard: Dashboard) -> None:
    remembering(dashboard)
    browser.before("""
        const real = window.fetch;
        window.broken = true;
        window.fetch = (url, options) => {
            if (!window.broken || !String(url).includes("/api/history/")) return real(url, options);
            const named = { code: 503, message: "The database is busy.", error: "unavailable", retry_after: 3 };
            const body = window.crashed ? { message: "Internal server error" } : named;
            return Promise.resolve(new Response(JSON.stringify(body), { status: 503 }));
        };
    """)
    browser.languages("de-DE,de")
    browser.open("/server/1")
    browser.sees("Die Diagramme konnten nicht geladen werden.")
    browser.sees("Die Datenbank antwortet nicht.")
    browser.run("window.crashed = true")
    browser.press("Jetzt versuchen")
    browser.sees("Im Dashboard ist ein Fehler aufgetreten (503).")
    assert not {"The database is busy.", "Internal server error"} & set(browser.text().splitlines())
    browser.run("window.broken = false")
    browser.press("Jetzt versuchen")
    browser.sees("12,5")


def test_history_is_condensed_by_its_rules(browser: Browser, dashboard: Dashboard) -> None:
    """Sums are summed, maxima are maxima, means go by samples; what was not measured is null."""
    browser.open("/login")
    history = {
        "step": 60,
        "at": [0, 60, 120, 300],
        "samples": [60, 20, 60, 60],
        "cpu": [10, 50, None, 30],
        "cpu_max": [20, 90, None, 40],
        "net_in": [100, 200, 300, 400],
        "gpu": [None, None, None, None],
    }
    module = f"/static/{pages._published('charts/columns.js').name}"
    script = """
        const [module, history] = arguments;
        return import(module).then(({condensed}) => JSON.stringify(condensed(history, 0, 100000)));
    """
    found = json.loads(browser.run(script, module, history))
    assert found == {
        "step": 300,
        "averaged": False,
        "at": [0, 300],
        "covered": [180, 60],
        "samples": [140, 60],
        "cpu": [20, 30],
        "cpu_max": [90, 40],
        "net_in": [600, 400],
        "gpu": [None, None],
        "most": {"cpu": [50, 30], "gpu": [None, None]},
    }
    this_day = {"step": 86_400, "from": 0, "to": 108_000, "at": [0, 86_400], "samples": [1, 1], "net_in": [1, 1]}
    assert json.loads(browser.run(script, module, this_day))["covered"] == [86_400, 21_600]


def test_events_shade_the_charts_that_they_are_about(browser: Browser, dashboard: Dashboard) -> None:
    remembering(dashboard)
    browser.signed_in()
    browser.sees("web-1")
    browser.before("""
        const real = window.fetch;
        const now = Math.floor(Date.now() / 1000);
        const event = { id: 1, rule_id: 7, rule: "Busy", server_id: 1, began: now - 1800, ended: now - 900 };
        const rule = { id: 7, conditions: [{ type: "cpu", above: 9 }] };
        const answers = { "api/event?server=1": [event], "api/rule": [rule] };
        window.fetch = (url, options) => {
            const [, result] = Object.entries(answers).find(([path]) => String(url).includes(path)) ?? [];
            if (!result) return real(url, options);
            return Promise.resolve(new Response(JSON.stringify({ code: 0, result })));
        };
    """)
    opened(browser, "/server/1?range=1h")
    shaded = """
        const fill = 'path[fill="var(--warn-fill)"]';
        return [...document.querySelectorAll(".panel")].filter((one) => one.querySelector(`.plot ${fill}`))
            .map((one) => one.querySelector("h2").innerText);
    """
    browser.until(
        shaded.replace("return [", "return JSON.stringify([", 1).replace("innerText);", "innerText)) === '[\"CPU\"]';")
    )


def remembering(dashboard: Dashboard) -> None:
    """One server with figures from an hour ago until six minutes ago, which reports now."""
    minute = int(time.time()) // 60
    _, secret = dashboard.server("web-1")
    figures = {"samples": 15, "CPU": 20.5, "CPUMax": 30, "MemUsed": 2**33, "NetIn": 6_000_000, "NetOut": 600_000}
    minutes = [{"at": 60 * (minute - ago), **figures} for ago in range(6, 58)]
    state = {"CPU": 12.5, "MemUsed": 2**33, "NetInSpeed": 90_000, "NetOutSpeed": 9_000}
    assert "error" not in dashboard.report({"secret": secret, "host": HOST, "state": state, "minutes": minutes})[0]
