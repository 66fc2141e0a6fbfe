"""The editor of rules: everything that a rule and its conditions can have, and errors beside their fields."""

import time
from typing import Any

from chalicelib.fleet.alerts.conditions import Condition
from chalicelib.fleet.alerts.ledger import Ledger
from chalicelib.fleet.alerts.rules import Rule
from chalicelib.fleet.cycles import Cycle
from tests.browser.browser import Browser
from tests.support.dashboard import Dashboard

GIB = 2**30
WHOLE = Rule(
    1,
    "Whole",
    (
        Condition("cycle_all", above=1.5 * GIB, duration=300, cycle=Cycle("2026-11-15T06:00", 2, "week")),
        Condition("net_in", above=5 * 2**20, below=2**20, cover="only", servers=frozenset({1})),
        Condition("latency", above=250, monitors=frozenset({1}), servers=frozenset({2})),
    ),
    duration=600,
    servers=frozenset({2}),
    tags=frozenset({"web", "gone"}),
    remind=3600,
    recovery=False,
    muted_until=4_000_000_000,
)


def fill(browser: Browser, **fields: Any) -> None:
    """Fields by their IDs; `_0_` in a name stands for the first condition's."""
    names = {name.replace("c0_", "conditions[0].").replace("__", "."): value for name, value in fields.items()}
    for name, value in names.items():
        browser.until("return document.getElementById(arguments[0])", name, what=name)
        browser.run(
            "const field = document.getElementById(arguments[0]); field.value = arguments[1];"
            "field.dispatchEvent(new Event(field.tagName === 'SELECT' ? 'change' : 'input', {bubbles: true}))",
            name,
            value,
        )


def limit(browser: Browser, label: str, value: str) -> None:
    browser.run(
        "const field = document.querySelector(`[aria-label='${arguments[0]}']`); field.value = arguments[1];"
        "field.dispatchEvent(new Event(field.tagName === 'SELECT' ? 'change' : 'input', {bubbles: true}))",
        label,
        value,
    )


def pick(browser: Browser, field: str, words: str) -> None:
    """Types words into a field of names and takes the first match."""
    browser.type(field, words)
    browser.until("return document.activeElement.getAttribute('aria-expanded') === 'true'")
    browser.keys("\ue007")
    browser.until("return document.activeElement.value === ''")


def segment(browser: Browser, group: str, words: str) -> None:
    script = """
        const buttons = [...document.querySelectorAll(`[aria-label='${arguments[0]}'] button`)];
        const button = buttons.find((one) => one.innerText === arguments[1]);
        button?.click();
        return button;
    """
    browser.until(script, group, words)


def open_rule(browser: Browser, name: str, typed: str = "") -> None:
    """Returns when the editor shows the rule. typed: the name that was typed into it before, if any."""
    rule = "return [...document.querySelectorAll('.rules a')].find((one) => one.innerText.startsWith(arguments[0]))"
    browser.click_found(rule, name, what=f"the rule {name}")
    browser.until("return document.querySelector('#name')?.value === arguments[0]", typed or name)


def rule_of(dashboard: Dashboard) -> Rule:
    (ledger,) = dashboard.store.alerts.ledgers(at_once=True).values()
    return ledger.rule


def editor(browser: Browser, dashboard: Dashboard) -> None:
    for number, tag in ((1, "web"), (2, "db")):
        dashboard.server(f"server-{number}", tag=tag)
    browser.signed_in("/dashboard#alerts")
    browser.sees("Rules")


def saved(browser: Browser) -> None:
    browser.press("Save")
    browser.sees("Saved.")


def test_a_rule_is_saved_as_it_was_whatever_it_has(browser: Browser, dashboard: Dashboard) -> None:
    """Saving keeps all fields that nobody changed, shown or hidden."""
    dashboard.store.alerts.create_rule(Ledger(WHOLE))
    editor(browser, dashboard)
    browser.sees("Data transferred this cycle above 1.50 GB · download above 5.00 MB/s or below 1.00 MB/s")
    browser.sees(" · latency above 250 ms to #1 for 10 min")
    browser.sees("for 10 min, all servers except server-2, tag gone, tag web")
    browser.sees("muted")
    open_rule(browser, "Whole")
    browser.until("return document.getElementById('conditions[0].cycle.start')?.value === '2026-11-15T06:00'")
    browser.type("name", "Renamed")
    saved(browser)
    stored = rule_of(dashboard)
    assert (stored.name, stored.conditions, stored.duration) == ("Renamed", WHOLE.conditions, WHOLE.duration)
    assert (stored.cover, stored.servers, stored.tags) == (WHOLE.cover, WHOLE.servers, WHOLE.tags)
    assert (stored.remind, stored.recovery, stored.muted_until) == (3600, False, 4_000_000_000)
    assert browser.messages() == []


def test_a_rule_is_made_with_all_that_it_can_have(browser: Browser, dashboard: Dashboard) -> None:
    editor(browser, dashboard)
    browser.press("New rule")
    browser.type("name", "Traffic")
    limit(browser, "Condition 1", "cycle_out")
    browser.until("return document.querySelector(`[aria-label='Condition 1: above']`)")
    limit(browser, "Condition 1: comparison", "either")
    browser.until("return document.querySelector(`[aria-label='Condition 1: below']`)")
    limit(browser, "Condition 1: above", "900")
    limit(browser, "Condition 1: below", "0,5")
    fill(browser, c0_whose="own")
    fill(browser, c0_cycle__start="2026-11-15T00:30", c0_cycle__interval="0", c0_duration="x")
    fill(browser, muted_until="28800")
    segment(browser, "Applies to", "All except…")
    pick(browser, "servers", "web")
    browser.press("Add")
    browser.sees("Enter a full hour.")
    wrong = browser.run("return [...document.querySelectorAll('.editor [aria-invalid]')].map((one) => one.id)")
    assert wrong == ["conditions[0].cycle.start", "conditions[0].cycle.interval", "conditions[0].duration"]
    fill(browser, c0_cycle__start="2026-11-15T00:00", c0_cycle__interval="1001", c0_duration="5")
    segment(browser, "Condition applies to", "Only selected")
    pick(browser, "conditions[0].servers", "server-2")
    browser.press("Add")
    browser.sees("1,000")  # an error that only the dashboard finds is shown next to the field, too
    assert browser.run("return document.querySelector('.editor [aria-invalid]').id") == "conditions[0].cycle.interval"
    fill(browser, c0_cycle__interval="1", c0_cycle__unit="month")
    browser.press("Add")
    browser.until("return location.hash === '#alerts/rules/1'")
    rule = rule_of(dashboard)
    cycle = Cycle("2026-11-15T00:00", 1, "month")
    assert rule.conditions == (
        Condition("cycle_out", 900 * GIB, GIB / 2, 300, "only", rule.conditions[0].servers, cycle=cycle),
    )
    assert (len(rule.conditions[0].servers), rule.cover, rule.tags) == (1, "all", frozenset({"web"}))
    assert 0 <= time.time() + 28800 - rule.muted_until < 120
    open_rule(browser, "Traffic")
    limit(browser, "Condition 1", "cpu")
    browser.until("return document.querySelectorAll(`[id='conditions[0].whose']`).length === 0")
    limit(browser, "Condition 1", "cycle_in")
    browser.until("return document.getElementById('conditions[0].cycle.start')?.value === '2026-11-15T00:00'")
    limit(browser, "Condition 1", "cpu")
    fill(browser, muted_until="none")
    segment(browser, "Condition applies to", "All servers")
    segment(browser, "Applies to", "All servers")
    browser.press("Save")
    browser.sees("Enter 100 or less.")  # of a percentage, which was an amount of traffic before
    limit(browser, "Condition 1: above", "90")
    saved(browser)
    rule = rule_of(dashboard)
    assert rule.conditions == (Condition("cpu", 90, 0.5, 300),)
    assert (rule.tags, rule.muted_until) == (frozenset(), 0)
    assert browser.messages() == []


def test_a_server_is_muted_until_a_time(browser: Browser, dashboard: Dashboard) -> None:
    dashboard.server("web-1")
    browser.signed_in("/dashboard#servers")
    browser.sees("web-1")
    browser.press("Edit web-1")
    fill(browser, muted_until="date")
    fill(browser, muted_date="2020-01-01T12:00")
    browser.press("Save")
    browser.sees("Choose a time in the future.")
    fill(browser, muted_date="2096-01-01T12:00")
    browser.press("Save")
    browser.until("return !document.querySelector('dialog')")
    browser.sees("muted")
    (server,) = dashboard.store.view().fleet.by_id.values()
    assert server.muted_until == browser.run("return new Date('2096-01-01T12:00').getTime() / 1000")
    browser.press("Edit web-1")
    browser.until("return document.getElementById('muted_until')?.value === 'keep'")
    fill(browser, muted_until="none")
    browser.press("Save")
    browser.until("return !document.querySelector('dialog')")
    browser.sees_no_more("muted")
    (server,) = dashboard.store.view().fleet.by_id.values()
    assert server.muted_until == 0
    assert browser.messages() == []
