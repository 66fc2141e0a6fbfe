"""The page of rules: a list with an editor beside it; a narrow window shows one of them at a time."""

from chalicelib.fleet.alerts.channels import Channel
from chalicelib.fleet.alerts.conditions import Condition
from chalicelib.fleet.alerts.editing import all_rules, create_channel
from chalicelib.fleet.alerts.ledger import Ledger
from chalicelib.fleet.alerts.rules import Rule
from tests.browser.browser import FOCUSED, Browser
from tests.browser.test_rule_editor import limit, open_rule
from tests.delivery.receiver import Receiver
from tests.local.running import wait_until
from tests.support.dashboard import Dashboard

RULES = (
    Rule(1, "Busy", (Condition("cpu", above=90),)),
    Rule(2, "Gone", (Condition("offline"),), enabled=False),
)


def rules(dashboard: Dashboard) -> None:
    for rule in RULES:
        dashboard.store.alerts.create_rule(Ledger(rule))


def enabled(dashboard: Dashboard) -> list[bool]:
    return [ledger.rule.enabled for ledger in dashboard.store.alerts.ledgers(at_once=True).values()]


def place(browser: Browser) -> str:
    return str(browser.run("return location.hash"))


def test_editor_stands_beside_the_list(browser: Browser, dashboard: Dashboard) -> None:
    rules(dashboard)
    browser.signed_in("/dashboard#tokens")
    browser.sees("No API tokens yet.")
    back_leads_out_of_the_list_after_any_number_of_rules(browser)
    browser.press("Alerts")
    it_keeps_what_is_typed(browser)
    a_switch_works_at_once_and_tells_why_not(browser, dashboard)
    browser.section("alerts/rules/77")
    a_rule_that_is_gone_and_one_that_is_deleted(browser, dashboard)
    assert browser.messages() == []
    an_expired_session_keeps_what_is_typed(browser)


def back_leads_out_of_the_list_after_any_number_of_rules(browser: Browser) -> None:
    browser.press("Alerts")
    open_rule(browser, "Busy")
    for name in ("Gone", "Busy", "Gone"):
        open_rule(browser, name)
    assert place(browser) == "#alerts/rules/2"
    browser.driver.back()
    browser.until("return location.hash === '#alerts'")
    browser.driver.back()
    browser.sees("No API tokens yet.")


def it_keeps_what_is_typed(browser: Browser) -> None:
    browser.until("return document.querySelector('#name')?.value === 'Busy'")
    browser.type("name", "Busier")
    browser.sees("Unsaved")
    open_rule(browser, "Gone")
    browser.focuses("Gone")
    open_rule(browser, "Busy", "Busier")
    browser.press("Settings")
    browser.sees("this browser")
    assert browser.asks_before_leaving()
    browser.press("Alerts")
    browser.until("return document.querySelector('#name')?.value === 'Busier'")
    browser.press("Cancel")
    browser.until("return document.querySelector('#name')?.value === 'Busy'")
    browser.sees_no_more("Unsaved")
    assert not browser.asks_before_leaving()


def a_switch_works_at_once_and_tells_why_not(browser: Browser, dashboard: Dashboard) -> None:
    browser.type("name", "Busier")
    switches = "[...document.querySelectorAll('.rules .switch')]"
    browser.run(f"{switches}[1].click()")
    browser.until("return document.querySelector('.rules li:nth-child(2) .chip').innerText === 'OK'")
    assert wait_until(lambda: enabled(dashboard) == [True, True])
    browser.run("document.querySelector('.editor > header .switch').click()")
    browser.until(f"return !{switches}[0].checked")
    assert browser.run("return document.querySelector('#name').value") == "Busier"
    browser.press("Save")
    browser.sees("Saved.")
    assert wait_until(lambda: enabled(dashboard) == [False, True])


def a_rule_that_is_gone_and_one_that_is_deleted(browser: Browser, dashboard: Dashboard) -> None:
    browser.until("return document.querySelector('#name')?.value === 'Busier'")
    browser.press("Delete rule")
    browser.type("typed", "Busier")
    browser.press("Delete permanently")
    browser.until("return document.querySelectorAll('.rules li').length === 1")
    browser.until("return document.querySelector('#name')?.value === 'Gone'")
    assert [rule.name for rule in all_rules(dashboard.store).values()] == ["Gone"]


def an_expired_session_keeps_what_is_typed(browser: Browser) -> None:
    browser.type("name", "Away")
    browser.chromium.command("Network.clearBrowserCookies")
    browser.press("Save")
    notice = "document.querySelector('.editor footer .notice')?.innerText"
    browser.until(f"return {notice}?.includes('Nothing you typed is lost')")
    assert browser.run("return document.querySelector('#name').value") == "Away"


def test_in_a_narrow_window_the_editor_is_a_page_of_its_own(browser: Browser, dashboard: Dashboard) -> None:
    rules(dashboard)
    browser.size(390, 844)
    browser.signed_in("/dashboard#alerts")
    browser.sees("Offline for 2 min, all servers")
    assert not browser.run("return document.querySelector('.editor')")
    open_rule(browser, "Gone")
    browser.sees_no_more("CPU above 90%")
    browser.accessible()
    browser.type("name", "Away")
    browser.press("Back to the rules")
    browser.sees("Unsaved")
    browser.until(f"return {FOCUSED}.startsWith('Gone')", what="the focus on Gone")
    assert place(browser) == "#alerts"
    open_rule(browser, "Gone", "Away")
    browser.press("Save")
    browser.until("return !document.querySelector('.editor')")
    browser.sees("Away")
    browser.sees_no_more("Unsaved")
    browser.open("/dashboard#alerts/rules/2")
    browser.finds(".editor #name")
    browser.press("Back to the rules")
    browser.until("return location.hash === '#alerts/rules'")
    assert browser.messages() == []


def test_editor_says_for_which_servers_the_conditions_hold_now(browser: Browser, dashboard: Dashboard) -> None:
    for name, cpu in (("web-1", 97.6), ("web-2", 3.0), ("web-3", 60.0)):
        _, secret = dashboard.server(name, tag="web")
        dashboard.report({"state": {"CPU": cpu}}, credential=secret)
    dashboard.store.alerts.create_rule(Ledger(RULES[0]))
    browser.signed_in("/dashboard#alerts")
    browser.sees("Right now this matches 1 of 3 servers: web-1, 97.6%")
    limit(browser, "Condition 1: above", "50")
    browser.sees("Right now this matches 2 of 3 servers: web-1, 97.6% · web-3, 60%")
    limit(browser, "Condition 1: above", "98")
    browser.sees("Right now this matches none of 3 servers.")
    limit(browser, "Condition 1", "loss")
    browser.sees_no_more("Right now")
    assert browser.messages() == []


def test_a_channel_is_tested_beside_its_rule(browser: Browser, dashboard: Dashboard) -> None:
    rules(dashboard)
    with Receiver() as receiver:
        for name, url in (("Hook", receiver.url), ("Nowhere", "http://127.0.0.1:9/hook")):
            create_channel(dashboard.store, Channel(0, name, "webhook", url, body='{"text": "#NEZHA#"}'))
        browser.signed_in("/dashboard#alerts")
        browser.press("Send test: Hook")
        browser.sees("Delivered ")
        browser.press("Send test: Nowhere")
        browser.until("return document.querySelector('.channel .result .bad')")
        assert len(receiver.requests) == 1
    assert browser.run("return document.querySelectorAll('.channel input:checked').length") == 0
    browser.accessible()
    assert browser.messages() == []
