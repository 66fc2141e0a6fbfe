"""What the pages say when something could not be done, and what they keep."""

from collections.abc import Iterator

import pytest

from tests.browser.browser import ASKS_BEFORE_LEAVING, Browser
from tests.support.dashboard import Dashboard

MISSING = "Part of this page couldn't be loaded."


@pytest.fixture
def cut_off(browser: Browser) -> Iterator[Browser]:
    """A browser that gets everything again afterwards."""
    browser.chromium.command("Network.enable")
    yield browser
    block(browser)
    browser.chromium.command("Network.disable")


def block(browser: Browser, *addresses: str) -> None:
    """Only requests for these addresses fail from now on."""
    browser.chromium.command("Network.setBlockedURLs", urls=list(addresses))


def test_failed_sign_out_is_told_beside_its_button(cut_off: Browser, dashboard: Dashboard) -> None:
    browser = cut_off
    browser.signed_in("/dashboard#tokens")
    browser.sees("No API tokens yet.")
    block(browser, "*/api/logout")
    browser.press("Sign out")
    browser.sees("Sign-out failed")
    assert browser.run("return location.pathname.endsWith('/dashboard')")
    block(browser)
    browser.press("Sign out")
    browser.finds("#password")


@pytest.mark.parametrize(
    ("path", "press", "address", "drawn"),
    [
        ("/", ".find", "*/static/palette.*", ".palette input"),
        ("/?view=cards", "", "*/static/cards.*.js", ".cards .server"),
        ("/server/1", "", "*/static/page.*", ".crumb"),
        ("/?wall", "", "*/static/wall.*.css", ".screen"),
    ],
)
def test_part_that_cannot_be_fetched_is_told(
    cut_off: Browser, dashboard: Dashboard, path: str, press: str, address: str, drawn: str
) -> None:
    browser = cut_off
    _, secret = dashboard.server("one")
    dashboard.report({"secret": secret})
    block(browser, address)
    browser.open(path)
    if press:
        browser.click(press)
    browser.sees(MISSING)
    assert not browser.run("return document.querySelector(arguments[0])", drawn)
    block(browser)
    browser.press("Reload")
    browser.sees_no_more(MISSING)
    if press:
        browser.click(press)
    browser.finds(drawn)


def test_what_is_typed_in_settings_stays_until_it_is_saved(browser: Browser, dashboard: Dashboard) -> None:
    # The footer last, because the page reloads itself once it is saved.
    fields = {"site_name": "settings", "site_url": "alerts/quiet", "footer": "settings"}
    kept = "return document.querySelector(`#${arguments[0]}`)?.value === 'https://nezha.example.com'"
    browser.signed_in("/dashboard#settings")
    for field, section in fields.items():
        browser.section(section)
        browser.type(field, "https://nezha.example.com")
        assert browser.asks_before_leaving()
        browser.press("API tokens")
        browser.sees("No API tokens yet.")
        browser.section(section)
        browser.until(kept, field)
        browser.run("document.querySelector(`#${arguments[0]}`).form.requestSubmit()", field)
        browser.until(f"return !({ASKS_BEFORE_LEAVING})")
        assert getattr(dashboard.store.view().settings, field) == "https://nezha.example.com"
    browser.driver.refresh()
    for field, section in fields.items():
        browser.section(section)
        browser.until(kept, field)
