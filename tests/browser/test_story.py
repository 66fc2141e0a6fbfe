"""What a person does, from the first sign-in to a server that is hidden."""

import subprocess
import time

import pytest
from selenium.webdriver import Keys

from tests.api.people.panel import PASSWORD_TEXT
from tests.browser.browser import Browser
from tests.browser.prefix import under
from tests.support.dashboard import Dashboard


def test_person_signs_in_and_changes_the_password(browser: Browser) -> None:
    the_panel_leads_to_signing_in_which_says_beside_the_field_what_is_wrong(browser)
    the_password_is_changed_and_the_old_one_is_over(browser)


def the_panel_leads_to_signing_in_which_says_beside_the_field_what_is_wrong(browser: Browser) -> None:
    browser.open("/dashboard")
    browser.type("password", "not the password")
    assert browser.driver.current_url == f"{browser.url}/login"
    browser.click("form button")
    browser.sees("Incorrect password.")
    browser.until("return document.activeElement.id === 'password'")
    assert browser.element("#password").get_attribute("aria-invalid") == "true"
    browser.picture("login-error")
    browser.type("password", PASSWORD_TEXT)
    browser.click("form button")
    browser.sees("Add your first server")
    browser.picture("panel-empty")


def the_password_is_changed_and_the_old_one_is_over(browser: Browser) -> None:
    browser.press("Settings")
    browser.type("current", "not the password")
    browser.type("new", "another long password")
    browser.press("Change password")
    browser.sees("Incorrect password.")
    assert browser.element("#current").get_attribute("aria-invalid") == "true"
    browser.type("current", PASSWORD_TEXT)
    browser.press("Change password")
    browser.sees("Password changed. Other sessions are signed out.")
    browser.press("Servers")
    browser.sees("Add your first server")
    browser.press("Sign out")
    browser.type("password", PASSWORD_TEXT)
    browser.click("form button")
    browser.sees("Incorrect password.")
    browser.type("password", "another long password")
    browser.click("form button")
    browser.sees("Add your first server")


def test_servers_and_tokens_are_deleted_by_their_names(browser: Browser, dashboard: Dashboard) -> None:
    dashboard.server("old-1")
    browser.signed_in()
    deleting_a_server_asks_for_its_name(browser, dashboard)
    a_token_is_made_used_and_deleted(browser)


def deleting_a_server_asks_for_its_name(browser: Browser, dashboard: Dashboard) -> None:
    browser.press("Delete old-1")
    browser.press("Delete permanently")
    browser.sees("The name doesn't match.")
    browser.type("typed", "old-1")
    browser.press("Delete permanently")
    browser.sees("Add your first server")
    assert dashboard.get("/api/summary").result["servers"] == []


def a_token_is_made_used_and_deleted(browser: Browser) -> None:
    browser.press("API tokens")
    browser.press("New API token")
    browser.type("note", "exporter")
    browser.press("Create")
    browser.sees("Try it")
    token, command = (one.text for one in browser.driver.find_elements("css selector", "dialog code"))
    assert len(token) == 32
    assert token in command
    browser.picture("token-made")
    assert curl(command) == "200"
    browser.press("Done")
    browser.sees("exporter")
    assert token not in browser.driver.page_source
    browser.picture("tokens")

    browser.press("Delete exporter")
    browser.type("typed", "exporte")
    browser.press("Delete permanently")
    browser.sees("The name doesn't match.")
    browser.picture("token-delete")
    browser.type("typed", "exporter")
    browser.press("Delete permanently")
    browser.sees("No API tokens yet.")
    assert curl(command) == "403"


def curl(command: str) -> str:
    """The status that a command line as it stands on the page is answered with."""
    shell = f"{command} --silent --output /dev/null --write-out '%{{http_code}}'"
    return subprocess.run(["sh", "-c", shell], capture_output=True, text=True, timeout=60, check=True).stdout


def test_server_comes_alive_pings_and_is_hidden(browser: Browser, dashboard: Dashboard) -> None:
    browser.signed_in()
    secret = add_server(browser, dashboard)
    add_monitor(browser)
    minute = int(time.time()) // 60 * 60
    pings = [{"monitor_id": 1, "at": minute - 60 * ago, "delay": 20 + ago, "up": 2, "down": 0} for ago in range(1, 30)]
    assert dashboard.report({"secret": secret, "pings": pings}) == [{"server_id": 1}]
    look_at_its_page(browser)
    hide_it(browser)
    browser.press("Sign out")
    browser.finds("#password")
    browser.open("/")
    browser.sees("No servers yet.")
    assert "web-1" not in browser.text()
    assert dashboard.get("/api/summary").result["servers"] == []
    assert dashboard.get("/api/v1/monitor/1").status == 403
    assert browser.messages() == []


def commands_of(browser: Browser) -> list[str]:
    """The texts to copy in all tabs of a new server's dialog. The last one is the secret alone."""
    return list(browser.run("return [...document.querySelectorAll('dialog .code code')].map((one) => one.textContent)"))


def add_server(browser: Browser, dashboard: Dashboard) -> str:
    """The secret of web-1, which has reported when this returns."""
    browser.press("Add server")
    browser.press("Add")
    browser.sees("Required.")
    browser.type("name", "web-1")
    browser.type("tag", "Frankfurt")
    browser.press("Add")
    browser.sees("Waiting for the first report")
    *commands, secret = commands_of(browser)
    assert [secret in command for command in commands] == [True] * 3
    assert commands[0] == f"curl -fsSL {dashboard.url}/install.sh | sudo NEZHA_SECRET={secret} sh"
    browser.picture("connect-waiting")
    state = {"CPU": 12.5, "MemUsed": 2**30, "Uptime": 90}
    assert dashboard.report({"secret": secret, "host": HOST, "state": state}) == [{"server_id": 1}]
    browser.sees("web-1 is online")
    browser.picture("connect-connected")
    browser.press("Done")
    return secret


def add_monitor(browser: Browser) -> None:
    browser.press("Monitors")
    browser.press("New monitor")
    browser.type("name", "DNS")
    browser.type("target", "1.1.1.1:53")
    browser.press("Add")
    browser.sees("without a port")
    browser.type("target", "1.1.1.1")
    browser.press("Add")
    browser.until("return !document.querySelector('dialog')")
    browser.sees("1.1.1.1")
    browser.picture("monitors")


def look_at_its_page(browser: Browser) -> None:
    browser.open("/")
    browser.sees("12.5%")
    browser.press("web-1")
    browser.sees("Min")
    browser.sees("21.0")
    assert browser.element(".plot svg").size["width"] > 200
    legend = browser.element(".legend button")
    legend.click()
    browser.until("return arguments[0].getAttribute('aria-pressed') === 'false'", legend)
    browser.press("Servers")
    browser.finds(".list")


def hide_it(browser: Browser) -> None:
    browser.press("Admin")
    browser.press("Edit web-1")
    browser.click("#hide_for_guest")
    browser.press("Save")
    browser.sees("hidden from guests")


HOST = {
    "Platform": "debian",
    "PlatformVersion": "12.8",
    "CPU": ["AMD EPYC 7763"],
    "MemTotal": 2**32,
    "DiskTotal": 2**35,
    "CountryCode": "de",
}


def test_settings_change_the_public_page(browser: Browser, dashboard: Dashboard) -> None:
    browser.languages("fr")
    browser.signed_in()
    browser.press("Settings")
    browser.type("site_name", "My fleet")
    browser.choose("language", "zh")
    browser.click("form:has(#site_name) button[type=submit]")
    browser.sees("已保存。")
    browser.open("/")
    browser.sees("添加您的第一台服务器")
    assert browser.run("return [document.title, document.documentElement.lang]") == ["My fleet", "zh-CN"]


def test_token_is_made_without_a_mouse(browser: Browser) -> None:
    browser.open("/login")
    browser.until("return document.activeElement.id === 'password'")
    browser.keys(PASSWORD_TEXT, Keys.ENTER)
    browser.sees("Add your first server")
    browser.tab_to("API tokens")
    browser.keys(Keys.ENTER)
    browser.sees("No API tokens yet.")
    browser.tab_to("New API token")
    browser.keys(Keys.ENTER)
    browser.finds("dialog[open]")
    browser.keys("by keyboard", Keys.ENTER)
    browser.sees("Try it")
    browser.keys(Keys.ESCAPE)
    browser.until("return !document.querySelector('dialog')")
    browser.sees("by keyboard")
    browser.focuses("New API token")


@pytest.mark.parametrize("prefix", ["/api", "/some/where"])
def test_everything_works_under_a_prefix(browser: Browser, dashboard: Dashboard, prefix: str) -> None:
    with under(prefix, dashboard.port) as (url, strays):
        shown = Browser(browser.chromium, url)
        shown.sign_in()
        shown.press("Add server")
        shown.type("name", "web-1")
        shown.press("Add")
        shown.sees("Waiting for the first report")
        command, *_, secret = commands_of(browser)
        assert f" {url}/install.sh " in command
        dashboard.report({"secret": secret, "host": HOST, "state": {"CPU": 12.5}})
        shown.sees("web-1 is online")
        shown.press("Done")
        shown.press("Status page")
        shown.press("web-1")
        shown.sees("No ping data in this period.")
        assert browser.driver.current_url == f"{url}/server/1"
        browser.driver.refresh()
        shown.sees("No ping data in this period.")
        browser.driver.back()
        shown.finds(".list")
        shown.press("Admin")
        shown.press("Sign out")
        shown.finds("#password")
        assert browser.driver.current_url == f"{url}/login"
        browser.driver.get("about:blank")
    assert strays == []
    assert browser.messages() == []


def test_session_that_ends_loses_nothing_that_was_typed(browser: Browser) -> None:
    browser.signed_in()
    browser.press("Add server")
    browser.type("name", "web-1")
    browser.driver.delete_all_cookies()
    browser.press("Add")
    browser.sees("Your session has expired.")
    assert "Sign in first" not in browser.text()
    assert browser.element("#name").get_attribute("value") == "web-1"
    browser.picture("session-expired")
    browser.click("dialog .notice a")
    panel, login = browser.driver.window_handles
    browser.chromium.look_at(login)
    browser.size()
    browser.type("password", PASSWORD_TEXT)
    browser.click("form button")
    browser.sees("Add your first server")
    browser.driver.close()
    browser.chromium.look_at(panel)
    browser.sees_no_more("Your session has expired.")
    browser.press("Add")
    browser.sees("Waiting for the first report")
