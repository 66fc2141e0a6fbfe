"""Wrong passwords of others do not keep out a browser that signed in before, or that has the operator's link."""

import json

from chalicelib.fleet import limits
from chalicelib.fleet.devices import new_device
from tests.api.people.panel import PASSWORD, PASSWORD_TEXT, SAME_ORIGIN, sign_in
from tests.browser.browser import Browser
from tests.support.dashboard import Dashboard

NEW_PASSWORD = "another long password"
REFUSED = "Too many wrong passwords from this network or browser."


def use_up_the_attempts_of_the_network(dashboard: Dashboard) -> None:
    for _ in range(limits.ATTEMPTS):
        assert sign_in(dashboard, "not the password").error == (403, 403)
    assert sign_in(dashboard).error == (429, 429)


def sign_out(browser: Browser) -> None:
    browser.press("Sign out")
    browser.finds("#password")


def test_browser_that_signed_in_before_signs_in_again(browser: Browser, dashboard: Dashboard) -> None:
    browser.sign_in()
    browser.sees("Add your first server")
    browser.until("return localStorage.getItem('device')")
    sign_out(browser)
    use_up_the_attempts_of_the_network(dashboard)
    browser.sign_in()
    browser.sees("Add your first server")
    assert browser.messages() == []


def test_new_password_gives_this_browser_a_new_token(browser: Browser, dashboard: Dashboard) -> None:
    browser.sign_in()
    known = browser.until("return localStorage.getItem('device')")
    browser.press("Settings")
    browser.type("current", PASSWORD_TEXT)
    browser.type("new", NEW_PASSWORD)
    browser.press("Change password")
    browser.until("return ![null, arguments[0]].includes(localStorage.getItem('device'))", known)
    sign_out(browser)
    use_up_the_attempts_of_the_network(dashboard)
    browser.sign_in(NEW_PASSWORD)
    browser.sees("Add your first server")


def test_stolen_device_token_does_not_keep_this_browser_out(browser: Browser, dashboard: Dashboard) -> None:
    browser.sign_in()
    device = browser.until("return localStorage.getItem('device')")
    sign_out(browser)
    for number in range(limits.ATTEMPTS + 1):
        body = json.dumps({"password": "not the password", "device": device}).encode()
        refused = dashboard.request("POST", "/api/login/device", SAME_ORIGIN, body)
        assert refused.status == (429 if number == limits.ATTEMPTS else 403)
    browser.sign_in()
    browser.sees("Add your first server")


def test_link_of_the_operator_lets_a_new_browser_sign_in(browser: Browser, dashboard: Dashboard) -> None:
    use_up_the_attempts_of_the_network(dashboard)
    browser.sign_in()
    browser.sees(REFUSED)
    browser.open(f"/login#device={new_device(PASSWORD, '0123456789abcdef', dashboard.clock())}")
    browser.type("password", PASSWORD_TEXT)
    browser.click("form button")
    browser.sees("Add your first server")


def test_invalid_tokens_do_not_keep_a_browser_out(browser: Browser) -> None:
    browser.open("/login#device=0123456789abcdef.1.forged")
    browser.run("localStorage.setItem('device', 'fedcba9876543210.1.forged')")
    browser.type("password", "not the password")
    browser.click("form button")
    browser.sees("Incorrect password.")
    browser.type("password", PASSWORD_TEXT)
    browser.click("form button")
    browser.sees("Add your first server")
    browser.until("return !localStorage.getItem('device').includes('forged')")
