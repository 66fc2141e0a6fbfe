"""The admin pages, apart from what test_story.py covers: addresses and requests."""

import time

from chalicelib.fleet.watch import Watch
from tests.api.people.panel import Panel, cookie_of
from tests.api.people.panel import sign_in as login
from tests.browser.browser import ASKED, NOW, Browser
from tests.support.dashboard import Dashboard


def test_section_that_is_none_shows_the_servers(browser: Browser, dashboard: Dashboard) -> None:
    dashboard.server("web-1")
    browser.signed_in("/dashboard#constructor")
    browser.sees("web-1")
    for section in ("toString", "nothing"):
        browser.section("tokens")
        browser.sees("No API tokens yet.")
        browser.section(section)
        browser.sees("web-1")
    assert browser.messages() == []


def test_section_asks_only_for_what_it_shows(browser: Browser, dashboard: Dashboard) -> None:
    dashboard.server("web-1")
    dashboard.store.edit_settings({"first_steps": False})
    browser.signed_in("/dashboard#settings")
    browser.sees("this browser")
    since = browser.run(NOW)
    time.sleep(7)
    assert asked(browser, since) == []
    browser.section("servers")
    browser.sees("web-1")
    assert set(asked(browser, since)) == {"server"}
    browser.driver.refresh()
    browser.sees("web-1")
    assert set(asked(browser, 0)) == {"server", "settings"}
    browser.section("alerts")
    browser.sees("No rules yet.")
    alerts_ask_again_only_for_what_changes_by_itself(browser)


def alerts_ask_again_only_for_what_changes_by_itself(browser: Browser) -> None:
    since = browser.run(NOW)
    browser.until(f"return {ASKED}.includes('server')", since)
    browser.until(f"return {ASKED}.length === 3", since)
    assert set(asked(browser, since)) == {"server", "event?open=1&limit=100", "event?limit=30"}


def asked(browser: Browser, since: float) -> list[str]:
    found: list[str] = browser.run(f"return {ASKED}", since)
    return found


def test_refusal_is_told_beside_the_field_in_the_readers_language(browser: Browser, dashboard: Dashboard) -> None:
    browser.languages("zh-CN")
    browser.signed_in()
    browser.press("监控")
    browser.press("新监控")
    browser.type("name", "DNS")
    browser.type("target", "a..b")
    browser.press("添加")
    browser.sees("请输入不带端口的主机名或 IP 地址。")
    assert browser.run("return document.activeElement.id") == "target"


def test_every_setting_of_messages_is_shown_and_saved(browser: Browser, dashboard: Dashboard) -> None:
    """And saving the site's settings undoes nothing of it."""
    browser.signed_in("/dashboard#alerts/quiet")
    browser.type("site_url", "status")
    browser.press("Add quiet hours")
    form = "[...document.querySelectorAll('form')].find((one) => one.querySelector('#site_url'))"
    browser.run(f"{form}.requestSubmit()")
    browser.sees("Enter a valid URL that starts with https:// or http://.")
    browser.type("site_url", "https://status.example.com")
    browser.run("""
        const zone = document.querySelector("#time_zone");
        zone.value = "Europe/Berlin";
        zone.dispatchEvent(new Event("change", { bubbles: true }));
    """)
    browser.press("Sun")
    browser.run(f"{form}.requestSubmit()")
    browser.sees("Saved")
    browser.press("Settings")
    browser.click("#public_events")
    browser.run("document.querySelector('#public_events').form.requestSubmit()")
    browser.sees("Saved")
    saved = dashboard.store.view().settings
    assert saved.public_events
    assert (saved.site_url, saved.time_zone) == ("https://status.example.com", "Europe/Berlin")
    assert [(one.days, one.begin, one.end) for one in saved.quiet] == [((0, 1, 2, 3, 4, 5), "22:00", "07:00")]
    browser.open("/dashboard#alerts/quiet")
    browser.press("Remove quiet hours")
    browser.run(f"{form}.requestSubmit()")
    browser.until("return !document.querySelector('.window')")


def test_plan_of_a_server_is_kept_and_shown(browser: Browser, dashboard: Dashboard) -> None:
    _, secret = dashboard.server("web-1")
    browser.signed_in("/dashboard#servers/1")
    browser.click("details.plan summary")
    browser.type("plan.price", "4,5x")
    browser.press("Save")
    browser.sees("Enter a number.")
    browser.type("plan.price", "4,51")
    browser.type("plan.currency", "eur")
    browser.type("plan.traffic_limit", "2048")
    browser.run("""
        const set = (id, value) => {
            const field = document.getElementById(id);
            field.value = value;
            field.dispatchEvent(new Event(field.tagName === "SELECT" ? "change" : "input", { bubbles: true }));
        };
        set("plan.cycle", "month");
        set("plan.expires", "2031-05-17");
        document.getElementById("plan.public").click();
    """)
    browser.press("Save")
    browser.until("return !document.querySelector('dialog')")
    (server,) = dashboard.get("/api/summary").result["servers"]
    plan = server["plan"]
    assert (plan["price"], plan["currency"], plan["cycle"], plan["traffic_limit"]) == (4.51, "EUR", "month", 2**41)
    browser.open("/server/1")
    for words in ("€4.51/month", "May 17, 2031", "Traffic quota"):
        browser.sees(words)
    move(dashboard, secret, 10**9)
    Watch(dashboard.store, 60).look(*dashboard.store.view_and(dashboard.store.states), time.time())
    dashboard.store.clock.skip(60)  # for so long a process keeps what it read of traffic
    move(dashboard, secret, 10**9 + 2**38)
    for words in ("Traffic this cycle", "0.25", "of 2 TB", "Projected", "Resets in"):
        browser.sees(words)
    browser.press("Edit")
    browser.until("return document.querySelector('dialog #name')?.value === 'web-1'")
    browser.until("return document.getElementById('plan.price')?.value === '4.51'")
    browser.type("name", "web-2")
    browser.press("Save")
    browser.until("return !document.querySelector('dialog')")
    used = {"traffic_used": 2**38}
    assert dashboard.get("/api/summary").result["servers"][0]["plan"] == plan | used
    assert browser.messages() == []


def move(dashboard: Dashboard, secret: str, received: int) -> None:
    """Reports until the state is this one: of two in one second, the first stays."""
    for _ in range(100):
        dashboard.report({"state": {"NetInTransfer": received}}, credential=secret)
        if dashboard.get("/api/summary").result["servers"][0]["status"]["NetInTransfer"] == received:
            return
        time.sleep(0.1)
    raise AssertionError


def test_sessions_are_shown_and_ended_here_and_everywhere(browser: Browser, dashboard: Dashboard) -> None:
    agents = ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "curl/8.5.0")
    panels = [Panel(dashboard, cookie_of(login(dashboard, headers={"User-Agent": one}))) for one in agents]
    browser.sign_in()
    browser.press("Settings")
    browser.sees("Chrome · Linux")
    browser.sees("this browser")
    browser.press("Sign out Firefox · Linux")
    browser.sees_no_more("Firefox")
    assert [one.get("/api/settings").status for one in panels] == [403, 200]
    browser.press("Sign out everywhere")
    browser.sees("API tokens and agents are unaffected.")
    browser.click("dialog [type=submit]")
    browser.finds("#password")
    assert panels[1].get("/api/settings").status == 403
    browser.open("/dashboard")
    browser.finds("#password")
    assert browser.messages() == []


SMALL = """
    const within = document.querySelector("dialog") ?? document.body;
    const inText = (one) => one.matches("p a, .notice a, .foot a, .foot button, .skip");
    return [...within.querySelectorAll("button, a[href], input, select, textarea, summary")]
        .filter((one) => one.checkVisibility({ checkVisibilityCSS: true }) && !inText(one))
        .map((one) => [one, (one.closest("label") ?? one).getBoundingClientRect()])
        .filter(([one, { width, height }]) => height < 43.5 || (width < 43.5 && !one.matches("a")))
        .map(([one, { width, height }]) => `${one.getAttribute("aria-label") ?? one.innerText}: ${width} x ${height}`);
"""


def test_every_target_is_large_enough_for_a_finger(browser: Browser, dashboard: Dashboard) -> None:
    dashboard.server("web-1")
    browser.size(390, 860)
    browser.chromium.command("Emulation.setTouchEmulationEnabled", enabled=True)
    try:
        browser.signed_in()
        for section, words in (
            ("servers", "Get alerts where you are"),
            ("monitors", "New monitor"),
            ("alerts", "New rule"),
            ("tokens", "New API token"),
            ("settings", "this browser"),
        ):
            browser.section(section)
            browser.sees(words)
            assert browser.run(SMALL) == [], section
        browser.section("servers/1")
        browser.finds("dialog[open] #name")
        assert browser.run(SMALL) == []
    finally:
        browser.chromium.command("Emulation.setTouchEmulationEnabled", enabled=False)
