"""The home page: filters and addresses, groups and sums, keys, trouble, the wall, failures."""

import re
import time

import pytest
from selenium.webdriver import ActionChains, Keys

from chalicelib.fleet import servers
from chalicelib.fleet.alerts.open_events import OpenEvent
from tests.browser.browser import ASKED, NOW, Browser
from tests.support.dashboard import Dashboard

UP = {"CPU": 12.5, "MemUsed": 2**30, "Uptime": 90}
HOST = {"Platform": "debian", "PlatformVersion": "12.8", "MemTotal": 2**32, "DiskTotal": 2**35, "CountryCode": "de"}


@pytest.fixture
def fleet(dashboard: Dashboard) -> Dashboard:
    """Three servers in two tags: web-1 and web-2 report, db-1 never did."""
    for name, tag, cpu in (("web-1", "Web", 10.0), ("web-2", "Web", 30.0)):
        _, secret = dashboard.server(name, tag=tag)
        dashboard.report({"secret": secret, "host": HOST, "state": {**UP, "CPU": cpu}})
    dashboard.server("db-1", tag="Data")
    return dashboard


def shows(browser: Browser, *wanted: str) -> None:
    script = "return JSON.stringify([...document.querySelectorAll('.row .who a')].map((one) => one.innerText))"
    browser.until(f"{script[:-1]}) === JSON.stringify(arguments[0])", list(wanted), what=str(wanted))


def test_filters_order_and_closed_groups_outlive_the_page(browser: Browser, fleet: Dashboard) -> None:
    browser.open("/")
    shows(browser, "web-1", "web-2", "db-1")
    filters_are_in_the_address(browser)
    a_column_sorts_and_sorts_back(browser)
    a_group_can_be_closed(browser)


def filters_are_in_the_address(browser: Browser) -> None:
    browser.run(
        "[...document.querySelectorAll('.seg button')].find((one) => one.innerText.startsWith('Online')).click()"
    )
    shows(browser, "web-1", "web-2")
    assert browser.driver.current_url == f"{browser.url}/?status=online"
    browser.press("Data")
    browser.sees("No servers match.")
    browser.driver.refresh()
    browser.sees("No servers match.")
    browser.press("Clear filters")
    shows(browser, "web-1", "web-2", "db-1")
    assert browser.driver.current_url == f"{browser.url}/"


def a_column_sorts_and_sorts_back(browser: Browser) -> None:
    browser.press("CPU")
    shows(browser, "web-2", "web-1", "db-1")
    assert browser.run("return document.querySelector('[aria-sort]').getAttribute('aria-sort')") == "descending"
    browser.press("CPU")
    shows(browser, "web-1", "web-2", "db-1")
    assert browser.run("return document.querySelector('[aria-sort]').getAttribute('aria-sort')") == "ascending"
    assert browser.driver.current_url == f"{browser.url}/?sort=-cpu"
    browser.driver.refresh()
    shows(browser, "web-1", "web-2", "db-1")
    browser.finds(".heads .reverse")


def a_group_can_be_closed(browser: Browser) -> None:
    browser.open("/")
    browser.sees("20.0%")
    browser.click(".group button")
    shows(browser, "db-1")
    browser.driver.refresh()
    shows(browser, "db-1")
    assert browser.run("return document.querySelector('.group button').getAttribute('aria-expanded')") == "false"


@pytest.mark.parametrize(("age", "interval"), [(90, 60), (15, 26)], ids=["nobody watched", "few writes a second"])
def test_figures_that_are_not_live_say_how_old_they_are(
    browser: Browser, fleet: Dashboard, age: int, interval: int
) -> None:
    secrets = [servers.rotate_secret(fleet.store, id_, fleet.clock.now) for id_ in (1, 2)]
    for secret in secrets:
        fleet.report({"secret": secret, "state": UP, "age": age, "interval": interval})
    browser.open("/")
    browser.until("return document.querySelector('.live span').innerText.endsWith(' ago')", what="their age")
    for secret in secrets:
        fleet.report({"secret": secret, "state": UP})
    browser.until("return document.querySelector('.live span').innerText === 'Live'", what="live")


def test_groups_tell_the_truth_whatever_is_filtered_and_sums_follow_the_filter(
    browser: Browser, fleet: Dashboard
) -> None:
    browser.open("/?q=db")
    shows(browser, "db-1")
    browser.sees("0 of 1 online")
    browser.go("/?q=web-2")
    shows(browser, "web-2")
    browser.sees("2 of 2 online")
    browser.until("return document.querySelector('.figures .big')?.innerText === '30.0%'")
    assert browser.run("return document.querySelector('.lead .big').innerText").split() == ["1", "of", "1"]


def test_a_server_that_never_reported_is_not_offline(browser: Browser, fleet: Dashboard) -> None:
    browser.open("/")
    shows(browser, "web-1", "web-2", "db-1")
    browser.sees("0 of 1 online")
    browser.sees_no_more("offline")
    assert not browser.run("return document.title").startswith("(")
    bars_under_the_pointer_name_their_servers(browser)
    browser.go("/?status=offline")
    browser.sees("No servers match.")


def bars_under_the_pointer_name_their_servers(browser: Browser) -> None:
    point = "bar.dispatchEvent(new PointerEvent('pointerover', {bubbles: true})); return bar.title;"
    assert browser.run(f"return [...document.querySelectorAll('.bars i')].map((bar) => {{ {point} }})") == [
        "web-1 · CPU 10.0%",
        "web-2 · CPU 30.0%",
        "db-1 · Never reported",
    ]


def test_keys_find_a_server_and_go_through_the_list(browser: Browser, fleet: Dashboard) -> None:
    browser.open("/")
    shows(browser, "web-1", "web-2", "db-1")
    the_palette_finds_a_server_and_goes_there(browser)
    browser.driver.back()
    shows(browser, "web-1", "web-2", "db-1")
    arrow_keys_go_through_the_list(browser)
    browser.driver.back()
    shows(browser, "web-1", "web-2", "db-1")
    the_palette_filters_the_list(browser)


def the_palette_finds_a_server_and_goes_there(browser: Browser) -> None:
    browser.run("document.body.focus()")
    browser.keys("/")
    browser.finds("dialog.palette[open]")
    browser.keys("web")
    browser.sees("Show all 2 matches in the list")
    browser.keys(Keys.ARROW_DOWN, Keys.ENTER)
    browser.until("return location.pathname === '/server/2'")
    browser.sees("web-2")


def arrow_keys_go_through_the_list(browser: Browser) -> None:
    browser.run("document.querySelector('.who a').focus()")
    browser.keys(Keys.ARROW_DOWN)
    browser.focuses("web-2")
    browser.keys(Keys.ARROW_DOWN, Keys.ARROW_DOWN)
    browser.focuses("db-1")
    browser.keys(Keys.ENTER)
    browser.until("return location.pathname === '/server/3'")


def the_palette_filters_the_list(browser: Browser) -> None:
    ActionChains(browser.driver).key_down(Keys.CONTROL).send_keys("k").key_up(Keys.CONTROL).perform()
    browser.finds("dialog.palette[open]")
    browser.keys("web", Keys.ARROW_DOWN, Keys.ARROW_DOWN, Keys.ENTER)
    browser.until("return location.search === '?q=web'")
    shows(browser, "web-1", "web-2")


def test_back_returns_to_the_same_place_in_the_list(browser: Browser, dashboard: Dashboard) -> None:
    made = [dashboard.server(f"web-{number}", tag="Web") for number in range(36)]
    dashboard.report(*({"secret": secret, "host": HOST, "state": UP} for _, secret in made))
    browser.open("/")
    browser.finds(".row .meter")
    browser.until("return document.querySelectorAll('.row').length > 20")
    browser.run("scrollTo(0, 700)")
    browser.run("[...document.querySelectorAll('.who a')].at(-8).click()")
    browser.finds(".title h1")
    assert browser.run("return scrollY") == 0
    browser.driver.back()
    browser.until("return Math.abs(scrollY - 700) < 5")


def test_what_is_offline_stands_in_the_title_the_favicon_and_on_top(browser: Browser, fleet: Dashboard) -> None:
    _, secret = fleet.server("web-3", tag="Web")
    fleet.report({"secret": secret, "host": HOST, "state": UP, "age": 3600})
    browser.open("/")
    browser.sees("1 server needs attention")
    browser.sees("Offline for")
    assert browser.run("return document.title") == "(1) Nezha"
    assert "mark_down" in browser.run("return document.querySelector('link[rel=icon]').href")
    row = browser.element(".row.is-offline").text
    assert "Last report" in row
    assert "Last known" in row
    bars = browser.run("return [...document.querySelectorAll('.bars i')].map((one) => one.className)")
    assert [name for name in bars if "offline" in name], "the offline server's bar is marked"
    stripes = browser.run(
        "return getComputedStyle(document.querySelector('.bars .offline'), '::before').backgroundImage"
    )
    assert "gradient" in stripes, "and hatched"


def test_every_server_shows_its_last_hour_its_days_and_its_latency(browser: Browser, dashboard: Dashboard) -> None:
    made = [dashboard.server(f"web-{number}") for number in range(6)]
    state = {**UP, "DiskUsed": 2**34, "NetInSpeed": 2**20, "NetOutSpeed": 2**10}
    dashboard.report(*({"secret": secret, "host": HOST, "state": state} for _, secret in made))
    browser.with_everything()
    browser.size(1440, 1000)
    browser.open("/")
    for view, server in (("List", ".row"), ("Cards", ".cards .server")):
        browser.press(view)
        browser.until(
            "return document.querySelector(arguments[0])?.querySelectorAll('.spark path').length >= 6", server
        )
        browser.finds(f"{server} .strip i")
        shown = browser.run("return [...document.querySelectorAll(arguments[0])].map((one) => one.innerText)", server)
        assert len(shown) == len(made), view
        for text in shown:
            used = re.findall(r"[\d.,]+ / [\d.,]+ (?:[MGT]B)", text)
            assert len(used) >= 2, f"memory and disk in {view}: {text}"
            assert re.search(r"[\d.,]+ ms", text), f"latency in {view}: {text}"
            assert re.search(r"\d%", text)


def test_more_trouble_than_fits_is_a_press_away(browser: Browser, dashboard: Dashboard) -> None:
    dashboard.store.edit_settings({"public_events": True})
    made = [dashboard.server(f"web-{number}") for number in range(1, 10)]
    dashboard.report(*({"secret": secret, "state": UP} for _, secret in made))
    now = int(time.time())
    firing = [OpenEvent(one.id, "Busy", one.id, one.name, None, "", now) for one, _ in made[:8]]
    dashboard.store.alerts.keep_open_events(firing)
    browser.open("/")
    for width, more in ((1280, 2), (390, 5)):
        browser.resize(width, 844)
        browser.sees("8 servers need attention")
        browser.press(f"{more} more")
        browser.until("return location.search === '?status=attention'")
        browser.until("return document.querySelectorAll('.row').length === 8")
        browser.accessible()
        browser.driver.back()


def test_trouble_leaves_room_for_servers_on_a_phone_in_landscape(browser: Browser, dashboard: Dashboard) -> None:
    dashboard.store.edit_settings({"public_events": True})
    made = [dashboard.server(f"web-{number}") for number in range(1, 4)]
    dashboard.report(*({"secret": secret, "state": UP} for _, secret in made))
    now = int(time.time())
    dashboard.store.alerts.keep_open_events(
        [OpenEvent(one.id, "A name longer than its place " * 4, one.id, one.name, None, "", now) for one, _ in made]
    )
    browser.size(844, 390)
    browser.open("/")
    browser.sees("3 servers need attention")
    assert browser.run("return document.querySelector('.row').getBoundingClientRect().top") < 350
    cut = "return [...document.querySelectorAll('.attention li span')].some((one) => one.scrollWidth > one.clientWidth)"
    assert not browser.run(cut), "for how long a rule has been firing is in sight"
    browser.resize(390, 844)
    lefts = "return new Set([...document.querySelectorAll('.attention li')].map((one) => one.offsetLeft)).size"
    assert browser.run(lefts) == 1
    name, trouble, page = browser.run(
        "return ['.attention li bdi', '.attention li a span', 'body']"
        ".map((one) => getComputedStyle(document.querySelector(one)).color)"
    )
    assert name == page, "only what is wrong is warm"
    assert trouble != page
    browser.resize(640, 844)
    rights = (
        "[...document.querySelectorAll('.attention li:nth-child(n+2)')].map((one) => one.getBoundingClientRect().right)"
    )
    edges = f"return new Set({rights}).size"
    assert browser.run(edges) == 1, "the third one fills its row"


def test_nothing_offline_has_a_calm_title_and_systems_are_written_as_they_are_called(
    browser: Browser, dashboard: Dashboard
) -> None:
    for platform, version, country in (("windows", "Server 2022", "de"), ("debian", "12.8", ""), ("plan9", "4", "de")):
        _, secret = dashboard.server(platform)
        host = {**HOST, "Platform": platform, "PlatformVersion": version, "CountryCode": country}
        dashboard.report({"secret": secret, "host": host, "state": UP})
    browser.open("/")
    browser.sees("All servers are reporting")
    assert browser.run("return document.title") == "Nezha"
    assert "mark_down" not in browser.run("return document.querySelector('link[rel=icon]').href")
    assert not browser.run("return document.querySelector('.attention')")
    browser.finds(".flag.nowhere path")  # no flag is a broken picture
    for words in ("Windows Server 2022", "Debian 12.8", "plan9 4"):
        browser.sees(words)
    assert browser.run("return document.querySelectorAll('.os').length") == 2


def test_phone_shows_servers_at_once_and_filters_in_a_sheet(browser: Browser, fleet: Dashboard) -> None:
    browser.size(390, 844)
    browser.open("/")
    for width, height, most in ((390, 844, 200), (844, 390, 300)):
        browser.resize(width, height)
        shows(browser, "web-1", "web-2", "db-1")
        assert browser.run("return document.querySelector('.row').getBoundingClientRect().top") <= most, width
        sizes = browser.run(
            "return [...document.querySelectorAll('header button')].map((one) => one.offsetHeight).filter(Boolean)"
        )
        assert min(sizes) >= 36, width
    browser.resize(390, 844)
    browser.press("Filter and sort")
    pressed = "[...document.querySelectorAll('dialog .seg button')].find((one) => one.innerText.startsWith('Online'))"
    browser.run(f"{pressed}.click()")
    browser.press("Done")
    shows(browser, "web-1", "web-2")


def test_views_begin_and_end_at_the_same_places_and_show_which_is_chosen(browser: Browser, fleet: Dashboard) -> None:
    places = []
    browser.open("/")
    for path, content in (("/", ".list"), ("/?view=cards", ".cards"), ("/?view=cards&q=web-1", ".cards")):
        browser.go(path)
        browser.finds(f"{content} .meter")
        places.append(
            browser.run(
                """
                const at = (selector, side) => document.querySelector(selector).getBoundingClientRect()[side];
                const [view, main] = [at(".views", "right"), at("main > .overview", "right")];
                return [at(".brand", "left"), Math.round(at(".views", "left")), view === main];
                """
            )
        )
        for dark in (False, True):
            browser.media(dark=dark)
            assert contrast(browser, ".views [aria-pressed=true]", ".views") > 1.2
    assert places == [places[0]] * 3
    assert places[0][2], "the views end where the page's panels do"


def contrast(browser: Browser, one: str, other: str) -> float:
    """Between the grounds of two elements, as WCAG computes it."""
    script = """
        const light = (selector) => {
            const [red, green, blue] = getComputedStyle(document.querySelector(selector)).backgroundColor
                .match(/[0-9.]+/g).map((part) => part / 255)
                .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
            return 0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05;
        };
        const [a, b] = [...arguments].map(light);
        return Math.max(a, b) / Math.min(a, b);
    """
    return float(browser.run(script, one, other))


def test_wall_shows_every_server_at_once(browser: Browser, dashboard: Dashboard) -> None:
    browser.open("/?wall")
    browser.sees("No servers yet.")
    dashboard.server("web-0", tag="tag 0")
    browser.sees("of 1 online")
    browser.sees_no_more("No servers yet.")
    large, usual, upright = (3840, 2160), (2560, 1440), (1080, 1920)
    fits_the_wall(browser, 1, large, usual)
    for number in range(1, 40):
        dashboard.server(f"web-{number}", tag=f"tag {number // 7}")
    browser.open("/?wall")
    fits_the_wall(browser, 40, large, usual, upright)
    for number in range(40, 120):
        dashboard.server(f"web-{number}", tag=f"tag {number // 7}")
    browser.open("/?wall")
    fits_the_wall(browser, 120, large, usual)
    assert browser.run("return document.documentElement.dataset.theme") == "dark"


def fits_the_wall(browser: Browser, count: int, *screens: tuple[int, int]) -> None:
    browser.sees(f"web-{count - 1}")
    for width, height in screens:
        browser.resize(width, height)
        browser.until("return document.documentElement.scrollHeight <= innerHeight")
        boxes = browser.run(BOXES)
        assert len(boxes) == count
        assert all(left >= 0 and top >= 0 and right <= width and bottom <= height for left, top, right, bottom in boxes)
        assert max(bottom for *_, bottom in boxes) > 0.9 * height, "no empty half"


BOXES = """
    const boxes = [...document.querySelectorAll(".tile")].map((one) => one.getBoundingClientRect());
    return boxes.map((one) => [one.left, one.top, one.right, one.bottom]);
"""


def test_page_asks_only_while_it_is_seen_and_says_when_it_gets_no_answer(
    browser: Browser, dashboard: Dashboard
) -> None:
    dashboard.server("one")
    browser.open("/")
    browser.sees("one")
    routes_that_a_dashboard_lacks_are_asked_for_once(browser)
    a_hidden_tab_asks_for_nothing(browser)
    the_page_says_so_when_the_dashboard_is_away(browser)


def routes_that_a_dashboard_lacks_are_asked_for_once(browser: Browser) -> None:
    for route in ("spark", "availability"):
        browser.until(f"return {ASKED}.includes(arguments[1])", 0, route)
    assert set(browser.until(f"return {ASKED}", browser.run(NOW))) == {"summary"}


def a_hidden_tab_asks_for_nothing(browser: Browser) -> None:
    window = browser.driver.get_window_rect()
    browser.driver.minimize_window()
    browser.until("return document.hidden")
    hidden = browser.run(NOW)
    time.sleep(8)
    assert browser.run(f"return {ASKED}", hidden) == []
    browser.driver.set_window_rect(**window)  # a larger one would be drawn from now on
    browser.until("return !document.hidden")
    browser.until(f"return {ASKED}", hidden)


def the_page_says_so_when_the_dashboard_is_away(browser: Browser) -> None:
    browser.chromium.command("Network.enable")
    offline = {"latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
    browser.chromium.command("Network.emulateNetworkConditions", offline=True, **offline)
    browser.sees("Can't reach the dashboard.")
    browser.sees("Delayed")
    browser.picture("unreachable")
    browser.chromium.command("Network.emulateNetworkConditions", offline=False, **offline)
    browser.chromium.command("Network.disable")
    browser.sees_no_more("Can't reach the dashboard.")
