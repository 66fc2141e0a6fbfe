"""The dialog that mutes an offline server on its own page keeps what was chosen."""

from tests.browser.browser import Browser
from tests.support.dashboard import Dashboard


def test_what_is_chosen_to_mute_a_server_stays_until_it_is_saved(browser: Browser, dashboard: Dashboard) -> None:
    _, secret = dashboard.server("web-1")
    dashboard.report({"secret": secret, "state": {"CPU": 1}, "age": 3600})
    chosen = "return document.querySelector('dialog[open] #muted_until')?.value === arguments[0]"
    browser.knows_of_a_session()
    browser.open("/")
    browser.press("web-1")
    browser.press("Mute alerts…")
    browser.until(chosen, "3600")
    assert not browser.asks_before_leaving()
    browser.choose("muted_until", "28800")
    browser.driver.back()
    browser.finds(".row")
    assert browser.asks_before_leaving()
    browser.driver.forward()
    browser.until(chosen, "28800")
    browser.driver.delete_all_cookies()
    browser.press("Save")
    browser.sees("Your session has expired.")
    browser.until("return document.querySelector('.enter').innerText === 'Sign in'")
    browser.until(chosen, "28800")
    browser.get_session()
    browser.run("localStorage.setItem('signed-in', '1')")  # as the sign-in page does in another tab
    dashboard.report({"secret": secret, "state": {"CPU": 2}})
    browser.sees_no_more("Your session has expired.")
    browser.sees_no_more("No reports for")
    browser.until(chosen, "28800")
    browser.press("Save")
    browser.until("return !document.querySelector('dialog')")
    muted = dashboard.store.view().fleet.by_id[1].muted_until
    assert 28_000 < muted - dashboard.clock() <= 28_800
    assert not browser.asks_before_leaving()
