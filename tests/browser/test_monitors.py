"""The monitors page: what guests may see of monitors, together and from each server."""

import re
import time
from dataclasses import replace

import pytest

from chalicelib.fleet import monitors
from chalicelib.fleet.alerts.ledger import EventRecord
from chalicelib.fleet.certificates import Certificate, KnownCertificate, target_mark
from chalicelib.fleet.monitor_sparks import CURVES, MonitorSpark, shown_steps
from chalicelib.fleet.monitors import Monitor
from chalicelib.fleet.sparks import STEP
from tests.browser.browser import Browser
from tests.support.dashboard import Dashboard


@pytest.fixture
def probing(dashboard: Dashboard) -> Dashboard:
    """Two monitors: both servers reach the first one, and only one of them the second one."""
    near, far = (
        monitors.create(dashboard.store, Monitor(0, name, "icmp", "192.0.2.7", 30)) for name in ("Near", "Far")
    )
    minute = int(time.time()) // 60 * 60 - 120
    for name, delays in (("web-1", {near: 12, far: 0}), ("web-2", {near: 30, far: 250})):
        _, secret = dashboard.server(name)
        pings = [
            {"monitor_id": id_, "at": minute, "delay": delay, "up": 2 if delay else 0, "down": 0 if delay else 2}
            for id_, delay in delays.items()
        ]
        assert "error" not in dashboard.report({"secret": secret, "state": {"CPU": 5}, "pings": pings})[0]
    return dashboard


def test_guests_see_monitors_and_incidents_where_they_are_public(browser: Browser, probing: Dashboard) -> None:
    now = int(time.time())
    over = EventRecord(1, 3, "Disk <b>", 1, "web-1", None, "", now - 900, 95, now - 600, "recovered")
    down = replace(over, id=2, server_id=None, server="", monitor_id=2, monitor="Far", ended=None, reason=None)
    probing.store.alerts.archive([over, down])
    browser.open("/monitors")
    browser.sees("The monitors of this site are private.")
    monitors_are_seen_from_each_server(browser, probing)
    incidents_stand_below_with_their_feed(browser, probing)
    assert browser.messages() == []


def monitors_are_seen_from_each_server(browser: Browser, probing: Dashboard) -> None:
    probing.store.edit_settings({"public_monitors": True})
    browser.driver.refresh()
    browser.sees("21.0 ms")
    browser.sees("50.0%")
    assert "192.0.2.7" not in browser.text(), "targets are not for guests"
    assert "Incidents" not in browser.text()
    assert not {"Certificate", "Latency, last 1 h"} & set(browser.text().splitlines()), "nothing is known of them"
    assert browser.run("return document.querySelectorAll('.pagehead .seg').length") == 0, "nothing to choose from"
    browser.press("Far")
    browser.until("return location.search === '?monitor=2'")
    rows = browser.until("return [...document.querySelectorAll('.from li')].map((one) => one.innerText.split(/\\s+/))")
    assert [row[0] for row in rows] == ["web-1", "web-2"]
    assert rows[0][-1] == "100%"
    assert "250" in rows[1]
    browser.driver.refresh()
    browser.press("web-2")
    browser.until("return location.pathname === '/server/2'")


def incidents_stand_below_with_their_feed(browser: Browser, probing: Dashboard) -> None:
    probing.store.edit_settings({"public_events": True})
    browser.open("/monitors")
    browser.sees("Incidents")
    rows = browser.run(
        "return [...document.querySelectorAll('.incidents li')].map((one) => one.innerText.split('\\n'))"
    )
    assert [(row[0], row[1]) for row in rows] == [("Far · Disk <b>", "15 min"), ("web-1 · Disk <b>", "5 min")]
    feed = browser.run("return [...document.querySelectorAll('a')].find((one) => one.innerText === 'Atom feed').href")
    assert feed == f"{browser.url}/incidents.atom"
    browser.accessible()


def test_range_of_the_curves_is_in_the_address(browser: Browser, probing: Dashboard) -> None:
    store, now = probing.store, time.time()
    store.edit_settings({"public_monitors": True})
    store.write_monitor_sparks(shown_steps(now)[-1], {1: MonitorSpark(21.0, 21.0)}, STEP)
    week = shown_steps(now, CURVES["7d"])
    for step in week[-3:]:
        store.write_monitor_sparks(step, {1: MonitorSpark(30.0, 30.0), 2: MonitorSpark(99.0, 99.0)}, week.step)
    browser.open("/monitors?range=7d")
    browser.sees("Latency, last 7 d")
    drawn = "return [...document.querySelectorAll('.monitors .spark')].map((one) => one.childElementCount).join()"
    browser.until(f"{drawn} === '2,2'")
    browser.accessible()
    browser.press("1 h")
    browser.until("return location.search === ''")
    browser.sees("Latency, last 1 h")
    browser.until(f"{drawn}.includes('0')")
    browser.press("30 d")
    browser.until("return location.search === '?range=30d'")


def test_certificates_and_the_last_hour_are_shown_where_known(browser: Browser, probing: Dashboard) -> None:
    store, now = probing.store, time.time()
    ends = {"Fine": 62, "Soon": 9, "Over": -1}
    ids = {
        name: monitors.create(store, Monitor(0, name, "http", f"https://{name}.example/", cover="only"))
        for name in ends
    }
    store.edit_settings({"public_monitors": True})
    marks = {id_: target_mark(monitor) for id_, monitor in store.view().monitors.items()}
    store.certificates.write(
        {
            id_: KnownCertificate(
                int(now), marks[id_], Certificate("Let’s <b>Encrypt", int(now + 86_400 * ends[name] + 3600))
            )
            for name, id_ in ids.items()
        }
    )
    store.write_monitor_sparks(shown_steps(now)[-2], {1: MonitorSpark(20.0, 20.0)}, STEP)
    store.write_monitor_sparks(shown_steps(now)[-1], {1: MonitorSpark(21.0, 21.0)}, STEP)
    browser.open("/monitors")
    browser.sees("Certificate")
    browser.sees("Latency, last 1 h")
    cells = browser.run(
        "return [...document.querySelectorAll('.monitors .item')].map((row) => row.lastElementChild)"
        ".map((cell) => [cell.innerText.replace(/\\s+/g, ' '), cell.querySelector('b')?.className ?? null])"
    )
    assert cells[2:] == [
        ["62 days Let’s <b>Encrypt", ""],
        ["9 days Let’s <b>Encrypt", "warn"],
        ["expired Let’s <b>Encrypt", "bad"],
    ]
    drawn = browser.run("return [...document.querySelectorAll('.monitors .spark')].map((one) => one.childElementCount)")
    assert drawn == [0, 2, 0, 0, 0], "the one that loses packets comes first"
    line = browser.element(".monitors .spark path:last-child").get_attribute("d")
    heights = [float(number) for number in re.findall(r"[\d.]+ ([\d.]+)", line)]
    assert 7 < min(heights) < 10, "room above the curve"
    assert 12 < max(heights) < 15, "a change from 20 to 21 ms is seen, but small"
    browser.accessible()
    assert browser.messages() == []
