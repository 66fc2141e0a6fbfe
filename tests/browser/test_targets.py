"""Touch targets on a phone, on every page and in every dialog."""

from collections.abc import Iterator

import pytest

from chalicelib.fleet.alerts.channels import Channel
from tests.browser.browser import Browser
from tests.browser.conftest import Demo
from tests.browser.test_looks import DIALOGS, alerts
from tests.browser.test_rule_editor import segment
from tests.fleet.alerts.ledgers import eventful
from tests.support.dashboard import Dashboard

SMALL = """
    const within = document.querySelector("dialog[open]") ?? document.body;
    // Exceptions of WCAG: links inside a sentence, and the bars of the whole fleet, which the list below them repeats.
    const isException = (one) => one.matches("p a, .notice a, .foot a, .foot button, .skip, .bars a");
    const boxOf = (one) => {
        const box = (one.closest("label") ?? one).getBoundingClientRect();
        const { left, right, top, bottom, width, height } = box;
        const cover = getComputedStyle(one, "::after");
        const covered = cover.content !== "none" && cover.position === "absolute" && cover.inset === "0px";
        return covered ? one.offsetParent.getBoundingClientRect() : { left, right, top, bottom, width, height };
    };
    const all = [...within.querySelectorAll("button, a[href], input, select, textarea, summary, [role=option]")]
        .filter((one) => one.checkVisibility({ checkVisibilityCSS: true }) && !isException(one))
        .map((one) => [one, boxOf(one)])
        .filter(([one, { width }]) => width > 1);
    const words = (one) => (one.getAttribute("aria-label") || one.innerText || one.id || one.className).slice(0, 40);
    // 44 pixels, or 24 with a circle of 24 around its middle that meets no other target.
    const isNear = ([one, box], [other, its]) => {
        if (one === other || one.contains(other) || other.contains(one)) return false;
        const [x, y] = [(box.left + box.right) / 2, (box.top + box.bottom) / 2];
        const [dx, dy] = [Math.max(its.left - x, x - its.right, 0), Math.max(its.top - y, y - its.bottom, 0)];
        return dx * dx + dy * dy < 12 * 12;
    };
    const isSmall = ([one, box]) => {
        if (box.height >= 43.5 && box.width >= 43.5) return false;
        return box.height < 23.5 || box.width < 23.5 || all.some((other) => isNear([one, box], other));
    };
    return all.filter(isSmall).map(([one, { width, height }]) => `${words(one)}: ${width} x ${height}`);
"""


@pytest.fixture
def phone(browser: Browser) -> Iterator[Browser]:
    browser.size(390, 860)
    browser.chromium.command("Emulation.setTouchEmulationEnabled", enabled=True)
    yield browser
    browser.chromium.command("Emulation.setTouchEmulationEnabled", enabled=False)


PUBLIC = {
    "/?view=list": ".row .meter",
    "/?view=cards": ".server .meter",
    "/server/1": ".plot svg path",
    "/monitors": ".monitors .item",
    "/events": ".incidents li",
    "/login": "#password",
}


def test_every_public_page_can_be_used_with_a_finger(phone: Browser, dashboard: Dashboard, demo: Demo) -> None:
    demo(8)
    phone.with_everything()
    for path, drawn in PUBLIC.items():
        phone.open(path)
        phone.finds(drawn)
        assert phone.run(SMALL) == [], path
    phone.open("/")
    for selector in (".chip.filter", ".menu", ".find"):
        phone.click(selector)
        phone.finds("dialog[open]")
        assert phone.run(SMALL) == [], selector
        phone.keys("\ue00c")
        phone.until("return !document.querySelector('dialog')")


def test_every_dialog_and_editor_can_be_used_with_a_finger(phone: Browser, dashboard: Dashboard, demo: Demo) -> None:
    demo(8)
    alerts(dashboard)
    phone.signed_in()
    for section, names in DIALOGS.items():
        phone.section(section)
        for name in names:
            phone.press(name)
            phone.finds("dialog[open]")
            assert phone.run(SMALL) == [], name
            phone.press("Close")
            phone.until("return !document.querySelector('dialog')")
    for place, title in {"1": "Offline", "2": "Busy CPU", "3": "Slow and lossy", "new": "New rule"}.items():
        phone.section(f"alerts/rules/{place}")
        phone.until("return document.querySelector('.editor .title')?.innerText === arguments[0]", title)
        phone.run("for (const one of document.querySelectorAll('details')) one.open = true")
        assert phone.run(SMALL) == [], place
    segment(phone, "Applies to", "Only selected")
    phone.run("document.querySelector('.editor .seg + .names input').click()")
    phone.finds("[role=option]")
    assert phone.run(SMALL) == []


DELIVERED = """
    const real = window.fetch;
    const answer = {code: 0, result: {delivered: true}};
    window.fetch = async (url, options) =>
        String(url).endsWith("/test") ? new Response(JSON.stringify(answer)) : real(url, options);
"""
"""No test sends a message to anybody."""


def test_dialogs_that_follow_an_action_can_be_used_with_a_finger(phone: Browser, dashboard: Dashboard) -> None:
    for number in range(1, 5):
        dashboard.server(f"server-{number}")
    dashboard.store.alerts.create_channel(Channel(5, "Ops", "webhook", "https://hooks.example.com/1"))
    dashboard.store.alerts.create_rule(eventful())
    phone.before(DELIVERED)
    opened = {
        "alerts/events": ("Details of server-4", "still open"),
        "alerts/channels": ("Test Ops", "The test message was delivered."),
        "alerts/rules/3": ("Delete rule", "To confirm, type"),
    }
    phone.signed_in()
    for section, (name, words) in opened.items():
        phone.section(section)
        phone.press(name)
        phone.sees(words)
        assert phone.run(SMALL) == [], name
        phone.keys("\ue00c")
        phone.until("return !document.querySelector('dialog')")
    phone.section("servers")
    phone.press("Add server")
    phone.type("name", "web-1")
    phone.press("Add")
    phone.sees("Waiting for the first report")
    for tab in ("In one line", "Nezha v0 agent", "Secret"):
        phone.press(tab)
        assert phone.run(SMALL) == [], tab
