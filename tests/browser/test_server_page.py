"""A server's page: its address, its charts and how they are read, what stands in the place of what is not known."""

import re
import time
from typing import Any

import pytest
from selenium.webdriver import ActionChains, Keys

from chalicelib.fleet import monitors
from chalicelib.fleet.monitors import Monitor
from chalicelib.fleet.ranges import RANGES
from tests.browser.browser import Browser
from tests.support.dashboard import Dashboard

HOST = {"Platform": "debian", "PlatformVersion": "12.8", "CPU": ["AMD EPYC 7763 8 Virtual Core"], "MemTotal": 2**34}
HOST |= {"DiskTotal": 2**37, "CountryCode": "de"}
STATE = {"CPU": 12.5, "MemUsed": 2**33, "DiskUsed": 2**36, "Uptime": 90}


@pytest.fixture
def pinging(dashboard: Dashboard) -> Dashboard:
    """Two servers; the first pings a near monitor and a far one, and lost what it sent to the far one for a while."""
    near, far = (
        monitors.create(dashboard.store, Monitor(0, name, "icmp", "127.0.0.1", 30)) for name in ("Near", "Far")
    )
    minute = int(time.time()) // 60
    pinging, other = (dashboard.server(name, tag="Web")[1] for name in ("web-1", "web-2"))
    points = [
        {
            "monitor_id": monitor,
            "at": 60 * (minute - ago),
            "delay": delay + ago % 5,
            "up": 0 if lost else 2,
            "down": 2 if lost else 0,
        }
        for monitor, delay in ((near, 20), (far, 400))
        for ago in range(1, 120)
        for lost in [monitor == far and 40 < ago < 60]
    ]
    reports: list[dict[str, Any]] = [
        {"secret": pinging, "host": HOST, "state": STATE, "pings": points},
        {"secret": other, "host": HOST, "state": STATE},
    ]
    assert not any("error" in outcome for outcome in dashboard.report(*reports))
    return dashboard


def opened(browser: Browser, path: str = "/server/1") -> None:
    browser.open(path)
    browser.finds(".plot svg path")


def test_addresses_and_links_lead_to_servers_and_back(browser: Browser, pinging: Dashboard) -> None:
    opened(browser)
    arrow_keys_and_links_go_to_neighbours(browser)
    browser.open("/server/99")
    browser.sees("This server doesn't exist or was removed.")
    browser.open("/login")
    browser.finds("#password")
    browser.open("/")
    browser.sees("web-1")
    back_returns_to_the_list(browser)
    back_leaves_after_any_number_of_servers(browser)


def arrow_keys_and_links_go_to_neighbours(browser: Browser) -> None:
    assert browser.run("return document.title") == "web-1 · Nezha"
    browser.run("document.activeElement.blur()")
    browser.keys(Keys.ARROW_RIGHT)
    browser.until("return location.pathname === '/server/2' && document.title === 'web-2 · Nezha'")
    browser.sees("No ping data in this period.")
    browser.keys(Keys.ARROW_LEFT)
    browser.until("return location.pathname === '/server/1'")
    browser.press("Next server")
    browser.until("return location.pathname === '/server/2'")


def back_returns_to_the_list(browser: Browser) -> None:
    for _ in range(2):
        browser.press("web-2")
        browser.sees("Latency and packet loss")
        browser.driver.back()
        browser.finds(".list")
    assert browser.driver.current_url == f"{browser.url}/"


def back_leaves_after_any_number_of_servers(browser: Browser) -> None:
    for _ in range(2):
        browser.press("web-1")
        browser.sees("Latency and packet loss")
        browser.run("document.activeElement.blur()")
        browser.keys(Keys.ARROW_RIGHT)
        browser.until("return location.pathname === '/server/2'")
        browser.press("Previous server")
        browser.until("return location.pathname === '/server/1'")
        browser.click(".crumb a")
        browser.finds(".list")
        browser.until("return location.pathname === '/'")
    browser.driver.back()
    browser.until("return location.pathname === '/login'")


def test_range_scale_peaks_and_zoom_are_in_the_address(browser: Browser, pinging: Dashboard) -> None:
    opened(browser)
    browser.press("6 h")
    browser.until("return location.search === '?range=6h'")
    browser.until("return document.querySelector('.ranges [aria-pressed=true]').innerText === '6 h'")
    a_far_monitor_does_not_flatten_the_near_one(browser)
    browser.press("Smooth peaks")
    browser.until("return location.search === '?range=6h&scale=own&smooth'")
    a_drag_zooms(browser)
    browser.driver.refresh()
    browser.finds(".plot svg path")
    assert browser.run("return document.querySelector('.ranges [aria-pressed=true]').innerText") == "6 h"
    assert browser.run("return document.querySelector('.tools-of > .chip').getAttribute('aria-pressed')") == "true"
    assert browser.run("return document.querySelector('.tools-of .seg [aria-pressed=true]').innerText") == "Per monitor"
    browser.sees("Reset zoom")
    ActionChains(browser.driver).double_click(browser.element(".plot")).perform()
    browser.until("return !new URLSearchParams(location.search).has('from')")
    browser.press("24 h")
    browser.until("return location.search === '?scale=own&smooth'")


def a_far_monitor_does_not_flatten_the_near_one(browser: Browser) -> None:
    browser.until("return document.querySelector('.tools-of [aria-pressed=true]').innerText === 'Logarithmic'")
    assert height_of_line(browser, 0) > 5
    browser.press("Per monitor")
    browser.until("return location.search === '?range=6h&scale=own'")
    assert height_of_line(browser, 0) > 100


def height_of_line(browser: Browser, index: int) -> float:
    """Pixels between the lowest and the highest value of a monitor."""
    script = """
        const lines = document.querySelectorAll(`.plot path[stroke="var(--m-${arguments[0] + 1})"]`);
        return Math.max(...[...lines].map((one) => one.getBBox().height));
    """
    return float(browser.run(script, index))


def a_drag_zooms(browser: Browser) -> None:
    plot = browser.element(".plot")
    ActionChains(browser.driver).move_to_element_with_offset(plot, -50, 0).click_and_hold().move_by_offset(
        60, 0
    ).release().perform()
    browser.until("return new URLSearchParams(location.search).has('from')")
    span = browser.run("const query = new URLSearchParams(location.search); return query.get('to') - query.get('from')")
    assert 600 < span < 3600


def test_charts_of_pings_are_read_and_taken_away(browser: Browser, pinging: Dashboard) -> None:
    opened(browser)
    a_server_without_history_shows_how_it_does_now(browser)
    a_chart_begins_with_the_data_and_a_broken_line_has_a_gap_and_a_red_lane(browser)
    the_keyboard_reads_a_chart(browser)
    the_legend_tells_the_loss_of_the_moment_that_is_read(browser)
    the_legend_hides_a_line_and_dims_the_others(browser)
    figures_can_be_taken_away(browser)


def a_server_without_history_shows_how_it_does_now(browser: Browser) -> None:
    browser.sees("Now")
    browser.sees("12.5%")
    ranges = browser.run("return [...document.querySelectorAll('.ranges .seg button')].map((one) => one.innerText)")
    assert ["".join(one.split()) for one in ranges] == list(RANGES), "all that the dashboard has, and no more"


def a_chart_begins_with_the_data_and_a_broken_line_has_a_gap_and_a_red_lane(browser: Browser) -> None:
    parts = "return document.querySelectorAll('.plot path[stroke=\"var(--m-2)\"]').length"
    assert browser.run(parts) == 2
    assert browser.run("return document.querySelectorAll('.plot path[fill=\"var(--bad-fill)\"]').length") > 0

    width = browser.run("return document.querySelector('.plot path[stroke=\"var(--m-1)\"]').getBBox().width")
    plot = browser.run("return document.querySelector('.plot svg').clientWidth")
    assert width > 0.75 * plot, "two hours fill the chart of a day"


def the_keyboard_reads_a_chart(browser: Browser) -> None:
    browser.run("document.querySelector('.plot').focus()")
    browser.keys(Keys.ARROW_LEFT, Keys.ARROW_LEFT)
    browser.until("return document.querySelector('.plot .pill')")
    read = "return document.querySelector('.panel [role=status]').innerText"
    while "Near no response" in (said := browser.until(read)):  # minutes that have passed since the points were sent
        browser.keys(Keys.ARROW_LEFT)
    assert "Near 2" in said
    assert browser.driver.current_url.endswith("/server/1"), "the arrow went to no other server"
    browser.keys(Keys.ESCAPE)
    browser.until("return !document.querySelector('.plot .pill')")


def the_legend_tells_the_loss_of_the_moment_that_is_read(browser: Browser) -> None:
    far = "return document.querySelectorAll('.legend tbody tr')[1].innerText"
    browser.until(f"{far}.includes('16.0%')", what="the loss of two hours")
    plot = browser.element(".plot")
    plot.send_keys(*[Keys.ARROW_LEFT] * 3, *[Keys.SHIFT, *[Keys.ARROW_LEFT] * 5])
    browser.until(f"{far}.includes('100%')", what="the loss of that moment")
    plot.send_keys(Keys.ESCAPE)


def the_legend_hides_a_line_and_dims_the_others(browser: Browser) -> None:
    far = "return document.querySelectorAll('.plot path[stroke=\"var(--m-2)\"]').length"
    assert browser.run(far) == 2
    browser.run("document.querySelector('.legend').scrollIntoView({ block: 'center' })")
    ActionChains(browser.driver).move_to_element(browser.element(".legend tbody tr")).perform()
    browser.until(
        "return document.querySelector('.plot path[stroke=\"var(--m-2)\"]').getAttribute('stroke-opacity') < 1"
    )
    browser.press("Far")
    browser.until("return document.querySelectorAll('.plot path[stroke=\"var(--m-2)\"]').length === 0")
    browser.press("Far")
    browser.until(f"{far} === 2")


SAVED = """
    window.saved = [];
    URL.createObjectURL = (blob) => (window.saved.push(blob), "about:blank#blob");
    HTMLAnchorElement.prototype.click = function () { window.saved.push(this.download); };
"""


def figures_can_be_taken_away(browser: Browser) -> None:
    browser.run(SAVED)
    browser.press("Download")
    browser.press("Latency as CSV")
    browser.until("return window.saved.length === 2")
    name, text = browser.run("return window.saved[0].text().then((text) => [window.saved[1], text])")
    assert name == "web-1-pings.csv"
    rows = text.lstrip("\ufeff").splitlines()
    assert rows[0] == "time,monitor,latency_ms,answered,lost"
    assert len(rows) == 1 + 2 * 119
    assert any(row.endswith(",Far,,0,2") for row in rows)
    browser.until("return !document.querySelector('dialog')")
    browser.press("Download")
    browser.press("Charts as PNG")
    browser.until("return window.saved.length === 4")
    kind, size, name = browser.run("return [window.saved[2].type, window.saved[2].size, window.saved[3]]")
    assert (kind, name) == ("image/png", "web-1.png")
    assert size > 10_000


def test_pointer_reads_all_charts_at_once_and_covers_no_line(browser: Browser, pinging: Dashboard) -> None:
    browser.with_everything()
    browser.size(1440, 1200)
    opened(browser)
    browser.until("return document.querySelectorAll('.plot svg').length >= 8")
    plot = browser.element(".panel:nth-of-type(2) .plot")
    ActionChains(browser.driver).move_to_element(plot).perform()
    browser.until("return document.querySelectorAll('.plot .pill').length >= 8")
    times = browser.run("return [...document.querySelectorAll('.plot .pill')].map((one) => one.textContent)")
    assert len(set(times)) == 1
    assert browser.run("return document.querySelector('.legend th:nth-child(2)').innerText") == times[0]
    heading = browser.run("return document.querySelector('.panel:nth-of-type(2) header').innerText")
    assert times[0] in heading
    assert "GB" in heading
    knobs = browser.run("return document.querySelectorAll('.plot .knob').length")
    assert knobs > 8
    browser.picture("crosshair")


def test_offline_server_keeps_its_history_and_says_since_when(browser: Browser, dashboard: Dashboard) -> None:
    _, secret = dashboard.server("web-1")
    dashboard.report({"secret": secret, "host": HOST, "state": STATE, "age": 3600})
    browser.with_everything()
    opened(browser)
    browser.sees("No reports for")
    browser.sees("Last report")
    browser.sees("last known")
    assert "–" not in browser.run(
        "return [...document.querySelectorAll('.panel > header b')].map((one) => one.innerText).join()"
    )


def test_owner_mutes_an_offline_server_on_its_page(browser: Browser, dashboard: Dashboard) -> None:
    _, secret = dashboard.server("web-1")
    dashboard.report({"secret": secret, "state": {"CPU": 1}, "age": 3600})
    mute = "Mute alerts…"

    def until() -> int:
        return dashboard.store.view().fleet.by_id[1].muted_until

    browser.open("/server/1")
    browser.sees("No reports for")
    browser.sees("The figures below are the last known values.")
    assert mute not in browser.text(), "guests have nothing to mute"
    browser.knows_of_a_session()
    browser.open("/server/1")
    browser.press(mute)
    browser.sees("Mute alerts of web-1")
    browser.accessible()
    browser.choose("muted_until", "date")
    browser.press("Save")
    browser.sees("in the future")
    browser.choose("muted_until", "28800")
    browser.press("Save")
    browser.sees("Alerts are muted until")
    assert 28_000 < until() - dashboard.clock() <= 28_800
    browser.focuses(mute)
    browser.press(mute)
    browser.choose("muted_until", "none")
    browser.press("Save")
    browser.sees_no_more("Alerts are muted until")
    assert until() == 0
    texts = {
        "zh-CN": ("静音告警…", "。以下为最后已知的数值。"),
        "ru": ("Отключить оповещения…", ". Ниже — последние известные значения."),
    }
    for language, (words, figures) in texts.items():
        browser.choose_language(language)
        browser.sees(figures)
        browser.press(words)
        browser.until("return document.querySelector('dialog[open] .buttons')")
        browser.keys(Keys.ESCAPE)
        browser.until("return !document.querySelector('dialog')")
        browser.until("return !document.querySelector('dialog')")


def test_narrow_windows_have_a_tooltip_inside_the_window_and_beside_the_lines(
    browser: Browser, pinging: Dashboard
) -> None:
    browser.size(390, 844)
    opened(browser)
    a_moment_under_a_finger_stays_until_another_place_is_touched(browser)
    browser.resize(360, 740)
    plot = browser.element(".plot")
    width = browser.run("return arguments[0].clientWidth", plot)
    said: list[str] = []
    for place in (0.02, 0.98):
        browser.run("arguments[0].scrollIntoView({block: 'center'})", plot)
        reach = (place - 0.5) * width
        ActionChains(browser.driver).move_to_element_with_offset(plot, int(reach), -40).perform()
        tip = browser.until(TIP_OF_ANOTHER_MOMENT, *said)
        said.append(tip)
        assert "Near" in tip
        assert "ms" in tip
        assert re.match(r"[A-Z][a-z]{2} \d", tip), "the date"
        assert browser.run(IS_INSIDE)
        browser.run("scrollBy(0, 30)")
        browser.until(IS_INSIDE)


TIP_OF_ANOTHER_MOMENT = """
    const tip = document.querySelector(".tip:popover-open");
    return tip && tip.innerText !== arguments[0] ? tip.innerText : null;
"""

IS_INSIDE = """
    const [box, lines] = [".tip", ".plot"].map((one) => document.querySelector(one).getBoundingClientRect());
    const apart = box.bottom <= lines.top || box.top >= lines.bottom;
    return apart && box.left >= 0 && box.right <= innerWidth && box.top >= 0 && box.bottom <= innerHeight;
"""


def a_moment_under_a_finger_stays_until_another_place_is_touched(browser: Browser) -> None:
    plot = browser.element(".plot")
    browser.run("arguments[0].scrollIntoView({block: 'center'})", plot)
    touch(browser, plot)
    browser.finds(".tip:popover-open")
    browser.run("document.activeElement.blur()")
    browser.until("return !document.querySelector('.tip')")


def touch(browser: Browser, element: Any) -> None:
    """Touches the middle of an element and lets go."""
    x, y = browser.run(
        "const box = arguments[0].getBoundingClientRect(); return [box.x + box.width / 2, box.y + 60]", element
    )
    browser.chromium.command("Input.dispatchTouchEvent", type="touchStart", touchPoints=[{"x": x, "y": y}])
    browser.chromium.command("Input.dispatchTouchEvent", type="touchEnd", touchPoints=[])
