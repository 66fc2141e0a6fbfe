"""The events page: what happened, and for signed-in people who was notified."""

from chalicelib.fleet.alerts.channels import Channel
from tests.browser.browser import Browser
from tests.fleet.alerts.ledgers import eventful
from tests.fleet.alerts.test_ledger import delivered
from tests.support.dashboard import Dashboard


def store_events(dashboard: Dashboard) -> None:
    """Three open events of servers 2 to 4, the first told to the channel Ops, and one of server 1 that ended."""
    for number in range(1, 5):
        _, secret = dashboard.server(f"server-{number}")
        dashboard.report({"secret": secret, "state": {"CPU": 1}})
    dashboard.store.alerts.create_channel(Channel(5, "Ops", "apprise", "tgram://123456789:abcdefg_hijklmnop/-10012345"))
    dashboard.store.alerts.create_rule(delivered(eventful(), 1, 5, 4))


def lines(browser: Browser) -> list[str]:
    return list(browser.run("return [...document.querySelectorAll('.events li')].map((one) => one.innerText)"))


def test_guests_see_public_events_and_signed_in_people_see_who_was_notified(
    browser: Browser, dashboard: Dashboard
) -> None:
    store_events(dashboard)
    guests_see_events_where_they_are_public(browser, dashboard)
    signed_in_people_see_who_was_notified(browser)
    assert browser.messages() == []


def guests_see_events_where_they_are_public(browser: Browser, dashboard: Dashboard) -> None:
    browser.open("/events")
    browser.sees("The events of this site are private.")
    dashboard.store.edit_settings({"public_events": True})
    browser.open("/")
    browser.press("Events")
    browser.until("return document.querySelectorAll('.events li').length === 4")
    assert "server-1" in lines(browser)[3], "those that are over come last"
    assert "notified" not in browser.text()
    browser.accessible()
    browser.picture("events")
    browser.press("server-2")
    browser.click(".side .events a, .side h2 a")
    browser.until("return document.querySelectorAll('.incidents li').length === 1")
    browser.press("Clear filters")
    browser.until("return document.querySelectorAll('.incidents li').length === 4")


def signed_in_people_see_who_was_notified(browser: Browser) -> None:
    browser.knows_of_a_session()
    browser.open("/events")
    browser.sees("notified Ops")
    browser.go("/server/2")
    browser.until("return document.querySelector('.side .events')?.innerText.includes('notified Ops')")
    browser.go("/")
    browser.until("return document.querySelector('.attention')?.innerText.includes('notified Ops')")
    browser.press("All events")
    browser.until("return document.querySelectorAll('.incidents li').length === 4")
    browser.press("Manage alerts")
    browser.sees("open since")
    assert browser.messages() == []
