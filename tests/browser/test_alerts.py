"""Rules, channels and events on the admin pages."""

import json

from chalicelib.fleet.alerts.conditions import TYPES, Condition
from chalicelib.fleet.alerts.editing import create_rule
from chalicelib.fleet.alerts.rules import Rule
from chalicelib.fleet.monitors import Monitor
from tests.browser.browser import Browser
from tests.browser.test_rule_editor import limit, open_rule, pick
from tests.browser.test_text import PAGES
from tests.delivery.receiver import Receiver
from tests.fleet.alerts.ledgers import eventful
from tests.support.dashboard import Dashboard


def test_a_channel_is_added_tested_and_told_by_a_rule(browser: Browser, dashboard: Dashboard) -> None:
    dashboard.server("web-1")
    browser.signed_in("/dashboard#alerts")
    browser.sees("No rules yet.")
    with Receiver() as receiver:
        browser.press("Channels")
        browser.press("New channel")
        browser.run(
            "const one = document.querySelector('#service'); one.value = 'webhook';"
            "one.dispatchEvent(new Event('change', {bubbles: true}))"
        )
        browser.sees("Headers")
        browser.type("name", "Hook")
        browser.type("url", f"{receiver.url}/s3cret")
        browser.press("Add")
        browser.sees(f"{receiver.url}/…")
        browser.press("Test Hook")
        browser.sees("The test message was delivered.")
        browser.press("Done")
    assert json.loads(receiver.requests[0].body)["text"].startswith("[Test] ")
    browser.run("document.querySelector('nav.seg a').click()")
    browser.press("New rule")
    browser.type("name", "Gone")
    browser.press("Add")
    browser.sees("Offline for 2 min, all servers")
    (ledger,) = dashboard.store.alerts.ledgers().values()
    assert (ledger.rule.name, ledger.rule.conditions[0].type, ledger.rule.channels) == ("Gone", "offline", (1,))
    assert browser.messages() == []


def test_a_rule_says_what_it_fires_for_and_an_event_what_happened(browser: Browser, dashboard: Dashboard) -> None:
    for number in range(1, 5):
        dashboard.server(f"server-{number}")
    dashboard.store.alerts.create_rule(eventful())
    browser.signed_in("/dashboard#alerts")
    browser.until("return document.querySelector('.rules .chip.warn')?.innerText.startsWith('Firing: ')")
    browser.accessible()
    browser.section("alerts/events")
    browser.sees("open since")
    browser.press("Details of server-4")
    browser.sees("still open")
    browser.sees("CPU above")
    browser.sees("CPU 91%")
    browser.sees("Deleted channel")
    browser.press("Done")
    assert browser.messages() == []


def test_every_type_of_condition_can_be_chosen() -> None:
    source = (PAGES / "admin" / "condition_types.js").read_text("utf-8")
    chosen = source[source.index("export const TYPES") : source.index("const WITHOUT_LIMITS")]
    assert [line.split(":")[0].strip() for line in chosen.splitlines() if ":" in line] == list(TYPES)


def test_a_rule_watches_the_chosen_monitors(browser: Browser, dashboard: Dashboard) -> None:
    store = dashboard.store
    store.create_monitor(Monitor(1, "DNS", "icmp", "192.0.2.1"))
    for id_, name in ((2, "Shop"), (3, "Wiki")):
        store.create_monitor(Monitor(id_, name, "http", f"https://{name.lower()}.example/"))
    create_rule(store, Rule(0, "Loss", (Condition("loss", above=5, monitors=frozenset((1,))),)))
    browser.signed_in("/dashboard#alerts")
    browser.sees("Packet loss above 5% to DNS for 2 min, all servers")
    open_rule(browser, "Loss")
    chips = "[...document.querySelectorAll('.of-condition .chip')]"
    assert browser.run(f"return {chips}.map((one) => one.innerText)") == ["DNS"]
    pick(browser, "conditions[0].monitors", "wiki")
    browser.press("Save")
    browser.sees("Packet loss above 5% to DNS, Wiki for 2 min")
    ledger = store.alerts.ledger(1)
    assert ledger
    assert ledger.rule.conditions == (Condition("loss", above=5, monitors=frozenset((1, 3))),)
    browser.press("New rule")
    browser.type("name", "Expiring")
    limit(browser, "Condition 1", "certificate")
    browser.click(".of-condition input")
    browser.until("return document.querySelector('.of-condition [role=option]')")
    shown = browser.run("return [...document.querySelectorAll('[role=option] bdi')].map((one) => one.textContent)")
    assert shown == ["Shop", "Wiki"], "only they have a certificate"
    browser.keys("\ue007")
    browser.until("return document.querySelector('.of-condition .chip')?.innerText === 'Shop'")
    assert browser.run("return document.querySelectorAll('.condition .unit input').length") == 1
    limit(browser, "Condition 1: below", "14")
    browser.press("Add")
    browser.sees("Certificate expires within 14 days for 2 min, Shop")
    ledger = store.alerts.ledger(2)
    assert ledger
    assert ledger.rule.conditions == (Condition("certificate", below=14, monitors=frozenset((2,))),)
    assert browser.messages() == []
