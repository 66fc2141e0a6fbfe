"""Meaning and contrast of colors, and texts that must not be cut off."""

import pytest

from tests.browser.browser import Browser
from tests.browser.test_home import contrast
from tests.support.dashboard import Dashboard

GIB = 2**30


@pytest.fixture
def fleet(dashboard: Dashboard) -> Dashboard:
    """One server whose memory is half full and whose disk is full, and one that never reported."""
    _, secret = dashboard.server("web-1", tag="web")
    state = {"CPU": 5, "MemUsed": 2 * GIB, "DiskUsed": 98 * GIB, "Load1": 0.1}
    host = {"MemTotal": 4 * GIB, "DiskTotal": 100 * GIB}
    dashboard.report({"state": state, "host": host}, credential=secret)
    dashboard.server("web-2", tag="db")
    return dashboard


def test_a_healthy_meter_is_not_green_and_a_full_one_is_red(browser: Browser, fleet: Dashboard) -> None:
    browser.open("/?view=list")
    browser.finds(".row .meter.memory")
    assert browser.run("return document.querySelectorAll('.row .meter.bad').length") == 1
    for dark in (False, True):
        browser.media(dark=dark)
        colors = browser.run("""
            const probe = document.body.appendChild(document.createElement("i"));
            const token = (name) => ((probe.style.color = `var(--${name})`), getComputedStyle(probe).color);
            const fill = (selector) => getComputedStyle(document.querySelector(selector), "::before").backgroundColor;
            return [fill(".row .meter.memory"), token("memory"), fill(".row .meter.bad"), token("bad-fill")];
        """)
        assert colors[0] == colors[1]
        assert colors[2] == colors[3]


def test_dark_cards_stand_out_from_the_page(browser: Browser, fleet: Dashboard) -> None:
    browser.media(dark=True)
    browser.open("/?view=cards")
    browser.finds(".server .meter")
    assert contrast(browser, ".server", "html") > 1.15


def test_name_of_the_site_is_whole_in_the_narrowest_window(browser: Browser, fleet: Dashboard) -> None:
    browser.size(320, 568)
    browser.open("/")
    browser.finds(".row .meter")
    whole = "const name = document.querySelector('.brand bdi'); return name.scrollWidth <= name.clientWidth"
    assert browser.run(whole)
    browser.resize(844, 390)
    assert browser.run("return document.querySelector('.row').getBoundingClientRect().top < innerHeight"), "landscape"
    browser.signed_in("/dashboard")
    browser.finds(".line")
    for language in ("en", "de"):
        browser.choose_language(language)
        assert browser.run(whole), f"beside the sections of the admin pages: {language}"


def test_tags_are_suggested(browser: Browser, fleet: Dashboard) -> None:
    browser.signed_in("/dashboard#servers/2")
    browser.finds("dialog #tag-choices")
    tags = browser.run("return [...document.querySelectorAll('#tag-choices option')].map((one) => one.value)")
    assert sorted(tags) == ["db", "web"]


def test_header_is_translucent_but_costs_nothing_while_the_page_moves(browser: Browser, fleet: Dashboard) -> None:
    browser.size(390, 300)
    browser.open("/")
    browser.finds(".row")
    filters = "return getComputedStyle(document.querySelector('.top')).backdropFilter"
    assert "blur" in browser.run(filters)
    ground = browser.run("return getComputedStyle(document.querySelector('.top')).backgroundColor")
    assert 0.5 < float(ground.rstrip(")").split("/")[1]) < 0.9, ground
    moving = """
        const seen = [];
        const look = () => seen.push(getComputedStyle(document.querySelector(".top")).backdropFilter);
        return new Promise((done) => {
            addEventListener("scroll", () => requestAnimationFrame(() => (look(), done(seen))), { once: true });
            scrollBy(0, 60);
        });
    """
    assert browser.run(moving) == ["none"]
    browser.until(f"{filters}.includes('blur')")
