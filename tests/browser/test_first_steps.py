"""A new dashboard, and what its admin pages say to do first."""

from dataclasses import replace

from tests.api.people.panel import NTFY, PASSWORD, PASSWORD_TEXT
from tests.browser.browser import Browser
from tests.support.dashboard import Dashboard

STATES = """
    return [...document.querySelectorAll(".steps li")].map((one) => one.classList.contains("done"))
"""


def test_steps_lead_from_an_empty_dashboard_to_alerts_and_vanish(browser: Browser, dashboard: Dashboard) -> None:
    dashboard.store.set_password(replace(PASSWORD, generated=True))
    browser.signed_in()
    browser.sees("First steps")
    assert browser.run(STATES) == [False, False, False]
    browser.accessible()
    browser.press("Get install command")
    browser.sees("Required.")
    browser.type("first-server", "web-1")
    browser.press("Get install command")
    browser.sees("Waiting for the first report")
    secret = browser.run("return [...document.querySelectorAll('dialog .code code')].at(-1).textContent")
    browser.press("Done")
    browser.sees("Run the install command on the machine.")
    dashboard.report({"secret": secret, "state": {"CPU": 1}})
    browser.until("return document.querySelectorAll('.steps li.done').length === 1")
    assert browser.run(STATES) == [False, True, False]
    browser.sees("Your first machine reports to this dashboard.")
    browser.sees_no_more("Run the install command on the machine.")

    browser.press("Change password")
    browser.until("return document.activeElement.id === 'current'")
    browser.keys(PASSWORD_TEXT)
    browser.type("new", "a password of my own")
    browser.press("Change password")
    browser.sees("Password changed.")
    browser.press("Servers")
    browser.sees("Your own password protects this dashboard.")

    browser.press("New channel")
    browser.type("name", "Phone")
    browser.type("url", NTFY["url"])
    browser.press("Add")
    browser.until("return !document.querySelector('dialog')")
    browser.press("Servers")
    browser.sees("web-1")
    browser.until("return !document.querySelector('.first-steps')")
    (server,) = dashboard.get("/api/summary").result["servers"]
    assert (server["name"], server["online"]) == ("web-1", True)
    assert browser.messages() == []


def test_steps_are_hidden_for_good(browser: Browser, dashboard: Dashboard) -> None:
    browser.signed_in()
    browser.sees("First steps")
    assert browser.run(STATES) == [True, False, False]
    browser.press("Hide")
    browser.until("return !document.querySelector('.first-steps')")
    assert dashboard.store.another().view().settings.first_steps is False
    browser.open("/")
    browser.press("Add server")
    browser.until("return document.querySelector('dialog #name')")
    assert browser.run("return document.querySelectorAll('.first-steps').length") == 0
