"""What is typed into the admin pages stays until it is saved or discarded, wherever people look meanwhile."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.api.people.panel import PASSWORD_TEXT
from tests.browser.browser import ASKS_BEFORE_LEAVING, Browser
from tests.support.dashboard import Dashboard

ADMIN = Path(__file__).resolve().parents[2] / "chalicelib" / "pages" / "admin"


@dataclass(frozen=True)
class Form:
    """Where a form is, what opens it, and what is typed into it, by the names of its fields."""

    section: str
    typed: Mapping[str, str]
    opened_by: str = ""
    chosen: str = ""
    """The label of a checkbox to press first."""


FORMS = {
    "first server": Form("servers", {"first-server": "web-1"}),
    "server new": Form("servers", {"name": "web-1", "note": "rack 3"}, opened_by="Add server"),
    "server 1": Form("servers", {"name": "renamed", "display_index": "7"}, opened_by="Edit old"),
    "bulk tag": Form("servers", {"tag": "new tag"}, opened_by="Set tag", chosen="Select old"),
    "bulk mute": Form("servers", {"muted_until": "28800"}, opened_by="Mute…", chosen="Select old"),
    "monitor new": Form("monitors", {"name": "gateway", "target": "192.0.2.1"}, opened_by="New monitor"),
    "channel new": Form("alerts/channels", {"name": "ops", "url": "tgram://1:a/2"}, opened_by="New channel"),
    "rule new": Form("alerts/rules/new", {"name": "Busy"}),
    "messages": Form("alerts/quiet", {"site_url": "https://nezha.example.com"}),
    "token": Form("tokens", {"note": "for the exporter", "expires": "30"}, opened_by="New API token"),
    "site": Form("settings", {"site_name": "My servers"}),
    "look": Form("settings", {"footer": "Run by us"}),
    "password": Form("settings", {"current": PASSWORD_TEXT, "new": "a longer password"}),
}
"""Every form of the admin pages, by the key of its draft."""


def test_every_form_of_the_admin_pages_is_tested_here() -> None:
    on_public_pages = {"mute_server.js"}  # tested in test_server_page
    sources = {path.name: path.read_text() for path in ADMIN.glob("*.js") if path.name not in on_public_pages}
    count = sum(source.count("useKeptForm(") for source in sources.values()) - 1  # its definition
    edited_and_new = 1
    assert count == len(FORMS) - edited_and_new
    plain = {name: re.findall(r"useForm\((.*)", text) for name, text in sources.items() if name != "drafts.js"}
    nothing_typed = {"server.js": 1, "sessions.js": 1}
    assert {name: len(found) for name, found in plain.items() if found} == nothing_typed


def fill(browser: Browser, form: Form) -> None:
    browser.section(form.section)
    if form.chosen:
        browser.click(f"input[aria-label='{form.chosen}']")
    if form.opened_by:
        browser.press(form.opened_by)
    for name, value in form.typed.items():
        if browser.element(f"[id='{name}']").tag_name == "select":
            browser.choose(name, value)
        else:
            browser.type(name, value)


def shows(browser: Browser, form: Form) -> None:
    script = "return Object.entries(arguments[0]).every(([id, value]) => document.getElementById(id)?.value === value)"
    browser.until(script, dict(form.typed), what=f"{form.typed} in {form.section}")


def test_what_is_typed_is_there_again_after_another_section(browser: Browser, dashboard: Dashboard) -> None:
    dashboard.store.edit_settings({"first_steps": False})
    browser.signed_in("/dashboard#servers")
    for key, form in FORMS.items():
        if key == "server new":
            dashboard.server("old")
        browser.open(f"/dashboard#{form.section}")
        browser.finds(".pagehead")
        assert not browser.asks_before_leaving(), key
        fill(browser, form)
        browser.until(f"return {ASKS_BEFORE_LEAVING}", what=f"a question before {key} is left")
        browser.section("alerts/events")
        browser.sees("No events yet.")
        browser.driver.back()
        shows(browser, form)
        browser.choose_language("de")
        shows(browser, form)
        browser.run("localStorage.removeItem('language')")  # so that the next form is found by its English words
    assert browser.messages() == []


def test_what_is_cancelled_is_forgotten_and_a_secret_is_not(browser: Browser, dashboard: Dashboard) -> None:
    dashboard.server("old")
    browser.signed_in("/dashboard#servers")
    what_is_cancelled_is_forgotten(browser)
    a_secret_is_shown_until_somebody_says_that_it_was_copied(browser)


def what_is_cancelled_is_forgotten(browser: Browser) -> None:
    form = FORMS["server new"]
    for button in ("Cancel", "Close"):
        fill(browser, form)
        browser.press(button)
        browser.until("return !document.querySelector('dialog')")
        assert not browser.asks_before_leaving()
        browser.press(form.opened_by)
        assert browser.element("#name").get_attribute("value") == ""
        browser.press("Cancel")
        browser.until("return !document.querySelector('dialog')")


def a_secret_is_shown_until_somebody_says_that_it_was_copied(browser: Browser) -> None:
    fill(browser, FORMS["server new"])
    browser.press("Add")
    command = "return document.querySelector('.connect code')?.innerText"
    shown = browser.until(command)
    assert not browser.asks_before_leaving()
    browser.section("tokens")
    browser.sees("No API tokens yet.")
    browser.driver.back()
    assert browser.until(command) == shown
    browser.press("Done")
    browser.section("tokens")
    browser.sees("No API tokens yet.")
    browser.driver.back()
    browser.sees("web-1")
    assert not browser.run(command)


def test_password_that_the_browser_filled_in_asks_nothing(browser: Browser) -> None:
    browser.signed_in("/dashboard#settings")
    browser.type("current", PASSWORD_TEXT)
    browser.until("return document.querySelector('#current').value")
    browser.section("tokens")
    browser.sees("No API tokens yet.")
    assert not browser.asks_before_leaving()


def test_what_another_tab_saved_meanwhile_is_not_undone(browser: Browser, dashboard: Dashboard) -> None:
    browser.signed_in("/dashboard#alerts/quiet")
    browser.type("site_url", "https://nezha.example.com")
    browser.section("tokens")
    browser.sees("No API tokens yet.")
    dashboard.store.edit_settings({"time_zone": "Asia/Tokyo"})
    browser.run("const real = Date.now; Date.now = () => real() + 120_000;")  # settings are requested once a minute
    browser.section("alerts/quiet")
    browser.until("return document.querySelector('#time_zone')?.value === 'Asia/Tokyo'")
    browser.run("document.querySelector('#site_url').form.requestSubmit()")
    browser.sees("Saved")
    settings = dashboard.store.another().recent_settings()
    assert (settings.time_zone, settings.site_url) == ("Asia/Tokyo", "https://nezha.example.com")
