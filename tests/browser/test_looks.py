"""Whether every page fits in three sizes, and what axe says of it in both themes; its pictures with `--pictures`."""

import pytest

from chalicelib.fleet.alerts.channels import Channel
from chalicelib.fleet.alerts.conditions import Condition
from chalicelib.fleet.alerts.editing import create_channel, create_rule
from chalicelib.fleet.alerts.rules import Rule
from tests.browser.browser import Browser
from tests.browser.conftest import Demo
from tests.support.dashboard import Dashboard

WIDTHS = {"desktop": 1440, "tablet": 820, "phone": 390}
PUBLIC = {
    "home": ("/?view=list", ".row .meter"),
    "cards": ("/?view=cards", ".server .meter"),
    "server": ("/server/1", ".plot svg path"),
    "offline": ("/server/6", ".charts:not(:has(.waiting)) .panel"),
}
"""The address of each page, and what is there once it is drawn."""


@pytest.mark.parametrize("everything", [False, True])
def test_public_pages_look_as_they_should(browser: Browser, dashboard: Dashboard, demo: Demo, everything: bool) -> None:
    demo(12)
    if everything:
        browser.with_everything()
    kind = "" if everything else "-plain"
    browser.open()
    for name, (path, drawn) in PUBLIC.items():
        browser.media()
        browser.go(path)
        browser.finds(drawn)
        look_at_every_size(browser, f"{name}{kind}", themes=2 if everything else 1)
    browser.sees("No reports for")
    browser.size(2560, 1440)
    browser.open("/?wall")
    browser.finds(".tile")
    browser.picture(f"wall{kind}")
    browser.accessible()


def look_at_every_size(browser: Browser, name: str, themes: int = 2) -> None:
    """Whether a page fits, what axe says of it, and its pictures, without loading it anew.

    What axe sees of a theme is its colors; they differ in no size.

    themes: 1 for a page that was looked at in both with more in it.
    """
    shown = [False, True][:themes]
    for size, width in WIDTHS.items():
        browser.size(width, 900)
        browser.until(FITS, width, what=f"{name} fits {width} pixels")
        for dark in shown if size == "desktop" or browser.pictures else ():
            browser.media(dark=dark)
            browser.picture(f"{name}-{size}-{'dark' if dark else 'light'}")
            if size == "desktop":
                browser.accessible(colors=dark or None)
        if size == "phone" and themes == 2:
            browser.accessible(colors=False)
        shown.reverse()  # each size begins with the theme that the last one ended with, which draws the page less often


@pytest.mark.parametrize("signed_in", [False, True])
def test_empty_pages_look_as_they_should(browser: Browser, dashboard: Dashboard, signed_in: bool) -> None:
    who = "owner" if signed_in else "guest"
    if signed_in:
        browser.signed_in("/dashboard#servers")
        browser.sees("Add your first server")
        look_at_every_size(browser, "admin-empty")
    browser.open("/")
    browser.sees("Add your first server" if signed_in else "Servers show up here as soon as they report.")
    browser.finds(".tide i")
    look_at_every_size(browser, f"empty-{who}")


WALLS = {
    "wall": (2560, 1440),
    "wall-laptop": (1280, 720),
    "wall-portrait": (1080, 1920),
    "wall-phone": (390, 844),
    "wall-landscape": (844, 390),
}


@pytest.mark.parametrize("count", [12, 120])
def test_walls_look_as_they_should(browser: Browser, dashboard: Dashboard, demo: Demo, count: int) -> None:
    """Walls are dark unless the visitor chose a theme, and show every server."""
    demo(count)
    browser.with_everything()
    for theme in ("", "light"):
        browser.open("/?wall")
        for name, (width, height) in WALLS.items():
            browser.resize(width, height)
            browser.until(ALL_IN_SIGHT, count - 1 - count // 40)
            assert browser.run("return document.documentElement.dataset.theme") == (theme or "dark")
            browser.picture(f"{name}-{count}-{theme or 'dark'}")
        browser.run("localStorage.setItem('theme', 'light')")


LANGUAGES = ("de", "zh-CN", "zh-TW", "ru")


def test_long_words_and_other_scripts_fit(browser: Browser, dashboard: Dashboard, demo: Demo) -> None:
    demo(8)
    alerts(dashboard)
    browser.with_everything()
    pages = {
        "home": ("/?view=list", ".row .meter"),
        "cards": ("/?view=cards", ".server .meter"),
        "server": ("/server/1", ".plot svg path"),
        "monitors": ("/monitors", ".monitors .item"),
        "rules": ("/dashboard#alerts/rules/2", ".editor"),
    }
    browser.open()
    for name, (path, drawn) in pages.items():
        browser.signed_in(path) if "dashboard" in path else browser.go(path)
        browser.finds(drawn)
        for language in LANGUAGES:
            browser.choose_language(language)
            for size, width in (*WIDTHS.items(), ("large", 3840)):
                pictured = size in ("desktop", "phone")
                browser.size(width, 900)
                browser.until(FITS, width, what=f"{name} fits {width} pixels")
                if browser.run(CUT):
                    browser.draws()  # the number of columns follows the window's size with the next frame
                assert browser.run(CUT) == [], f"{name} at {width} in {language}"
                if name == "home" and pictured:
                    assert browser.run(WRAPPED) == [], f"{width} in {language}"
                if pictured:
                    browser.picture(f"{name}-{size}-{language}")


ALL_IN_SIGHT = """
    const isInside = (one) => one.getBoundingClientRect().bottom <= innerHeight + 1;
    const inOrder = (one) => [...one.querySelectorAll("header, header ~ *")].every((part) => {
      const after = part.nextElementSibling?.querySelector("b, span") ?? part.nextElementSibling;
      return !after || part.getBoundingClientRect().bottom <= after.getBoundingClientRect().top + 1;
    });
    const isTall = (one) => one.scrollHeight <= one.clientHeight + 1;
    const isWide = (foot) => !foot || foot.scrollWidth <= foot.clientWidth + 1;
    const fits = (one) => isInside(one) && isTall(one) && isWide(one.querySelector("footer")) && inOrder(one);
    const tiles = [...document.querySelectorAll(".tile")];
    return tiles.length ? tiles.length >= arguments[0] && tiles.every(fits) : document.querySelector(".screen .bars");
"""
"""Every server has a tile whose parts fit and do not overlap; or bars, if there is no room for that many tiles."""

CUT = """
    const figures = ".head [role=columnheader], .row b, .server b";
    const kinds = `.button, .seg button, .seg a, .pick select, h1, h2, legend, label, ${figures}`;
    return [...document.querySelectorAll(kinds)]
        .filter((one) => one.checkVisibility() && !one.matches(".unseen, .unseen *") && !one.querySelector("bdi"))
        .filter((one) => one.scrollWidth > one.clientWidth + 1 && one.clientWidth > 0)
        .map((one) => `${one.innerText.slice(0, 40)}: ${one.scrollWidth} in ${one.clientWidth}`);
"""
"""Texts of our own that are cut off. Names that people gave may be."""


WRAPPED = """
    const texts = [...document.querySelectorAll(".attention h2 a, .attention h2")];
    const lines = (one) => one.getBoundingClientRect().height / parseFloat(getComputedStyle(one).lineHeight);
    return texts.filter((one) => lines(one) > 1.9).map((one) => one.innerText);
"""
"""Of the heading of servers that need attention and its links, what takes two lines."""

FITS = "return innerWidth === arguments[0] && document.documentElement.scrollWidth <= innerWidth"


ADMIN = {
    "servers": "Add server",
    "monitors": "New monitor",
    "alerts/channels": "New channel",
    "alerts/events": "open since",
    "alerts/quiet": "Add quiet hours",
    "tokens": "New API token",
    "settings": "this browser",
}
"""Each section of the admin pages, and words that it alone shows."""


def test_admin_pages_look_as_they_should(browser: Browser, dashboard: Dashboard, demo: Demo) -> None:
    demo(12)
    browser.with_everything()
    browser.open("/login")
    browser.finds("#password")
    look_at_every_size(browser, "login")
    browser.signed_in()
    for section, words in ADMIN.items():
        browser.section(section)
        browser.sees(words)
        look_at_every_size(browser, f"admin-{section.partition('/')[2] or section}")
    alerts(dashboard)
    browser.open("/dashboard#alerts/rules")
    browser.finds(".rules")
    look_at_every_size(browser, "admin-rules")
    for name, (place, title) in {"rule": ("2", "Busy CPU"), "rule-new": ("new", "New rule")}.items():
        browser.section(f"alerts/rules/{place}")
        browser.until("return document.querySelector('.editor .title')?.innerText === arguments[0]", title)
        look_at_every_size(browser, f"admin-{name}")
    browser.size(1440, 900)
    browser.open("/monitors")
    browser.sees("Frankfurt")
    browser.sees("Availability, 30 days")
    browser.sees("Latency, last 1 h")
    look_at_every_size(browser, "monitors")
    browser.open("/events")
    browser.finds(".incidents li")
    look_at_every_size(browser, "events")


def alerts(dashboard: Dashboard) -> None:
    """Creates channels, and a rule of every look: one that fires, one that is off, one with two conditions."""
    store = dashboard.store
    create_channel(store, Channel(0, "Ops", "apprise", "tgram://123456789:abcdefg_hijklmnop/-10012345"))
    create_channel(store, Channel(0, "Hook", "webhook", "https://hooks.example.com/1"))
    slow_and_lossy = (Condition("loss", above=20), Condition("latency", below=1, above=250))
    servers, tags = frozenset({2}), frozenset({"Home"})
    for rule in (
        Rule(0, "Offline", (Condition("offline"),), channels=(1,)),
        Rule(0, "Busy CPU", (Condition("cpu", above=1),), channels=(1, 2), servers=servers, tags=tags),
        Rule(0, "Slow and lossy", slow_and_lossy, duration=900),
        Rule(0, "Hot", (Condition("temperature", above=85),), enabled=False),
    ):
        create_rule(store, rule)


DIALOGS = {
    "servers": ["Add server", "Edit fra-01", "New secret for fra-01", "Delete fra-01"],
    "monitors": ["New monitor", "Edit Frankfurt", "Delete Frankfurt"],
    "alerts/channels": ["New channel"],
    "tokens": ["New API token"],
}
WITH_ERRORS = {"Add server", "Delete fra-01", "New monitor", "Delete Frankfurt", "New channel"}


def test_dialogs_are_accessible(browser: Browser, dashboard: Dashboard, demo: Demo) -> None:
    demo(8)
    browser.size(390, 860)
    browser.signed_in()
    for section, names in DIALOGS.items():
        browser.section(section)
        for name in names:
            browser.press(name)
            browser.finds("dialog[open]")
            if name in WITH_ERRORS:
                browser.run("document.querySelector('dialog form [type=submit]').click()")
                browser.finds("dialog [aria-invalid]")
            assert browser.run(REACHED) in (None, [True, True]), (
                f"{name}: buttons are in sight, nothing scrolls sideways"
            )
            accessible_in_both_themes(browser)
            browser.press("Close")
            browser.until("return !document.querySelector('dialog')")
    browser.press("New API token")
    browser.press("Create")
    browser.sees("Try it")
    accessible_in_both_themes(browser)


REACHED = """
    const [box, send] = ["dialog .inside", "dialog .send .button"].map((one) => document.querySelector(one));
    box.scrollTo(0, 0);
    const inSight = send?.getBoundingClientRect().bottom <= box.getBoundingClientRect().bottom;
    return send && [inSight, box.scrollWidth <= box.clientWidth];
"""
"""Of a dialog with a form: whether its buttons are in sight before it is scrolled, and whether it fits its width."""


def accessible_in_both_themes(browser: Browser) -> None:
    for dark in (False, True):
        browser.media(dark=dark)
        browser.accessible("dialog[open]", colors=dark)


def test_sheets_and_palette_are_accessible(browser: Browser, dashboard: Dashboard, demo: Demo) -> None:
    demo(8)
    browser.with_everything()
    browser.size(390, 844)
    browser.open("/")
    browser.finds(".row .meter")
    for selector, name in ((".chip.filter", "filters"), (".menu", "menu"), (".find", "palette")):
        browser.click(selector)
        browser.finds("dialog[open]")
        browser.picture(f"{name}-phone")
        accessible_in_both_themes(browser)
        browser.keys("\ue00c")
        browser.until("return !document.querySelector('dialog')")


def test_reader_who_wants_no_motion_gets_none(browser: Browser, dashboard: Dashboard) -> None:
    dashboard.server("one")
    browser.open("/")
    meter = browser.element(".meter")
    duration = "return getComputedStyle(arguments[0], '::before').transitionDuration"
    assert browser.run(duration, meter) == "0s"
    browser.media(prefers_reduced_motion="no-preference")
    assert browser.run(duration, meter) != "0s"


def test_forced_colors_leave_what_is_pressed_and_what_is_down_visible(
    browser: Browser, dashboard: Dashboard, demo: Demo
) -> None:
    demo(8)
    browser.with_everything()
    browser.media(forced_colors="active")
    browser.open("/")
    pressed = browser.element(".seg [aria-pressed=true]")
    assert browser.run("return getComputedStyle(arguments[0]).outlineStyle", pressed) == "solid"
    page = browser.element(".top nav [aria-current]")
    offset, width = browser.run(
        "const one = getComputedStyle(arguments[0]); return [one.outlineOffset, one.outlineWidth]", page
    )
    assert float(offset[:-2]) <= -float(width[:-2]), (
        "the outline lies inside, as the navigation cuts off what is outside"
    )
    strip = browser.element(".strip i")
    assert "rgb(28, 156, 99)" in browser.run("return getComputedStyle(arguments[0]).backgroundImage", strip)
    browser.picture("forced-colors")
    select = browser.element(".sort.select, .sort .select, .sort")
    caret = browser.run("return getComputedStyle(arguments[0].querySelector('.icon')).color", select)
    ground = browser.run("return getComputedStyle(arguments[0].querySelector('select')).backgroundColor", select)
    assert caret != ground, "a select keeps its arrow"


WINDOWS = (320, 390, 480, 640, 760, 900, 1080, 1300, 1920, 3840)


TEXTS = (32, 16)
"""The reader's own size in pixels."""

DRAWN = ".row, .server, .plot, .monitors, .incidents, #password"


def test_nothing_scrolls_sideways_at_any_width_or_text_size(browser: Browser, demo: Demo) -> None:
    demo(8)
    browser.with_everything()
    try:
        for path in ("/?view=list", "/?view=cards", "/server/1", "/monitors", "/events", "/login"):
            for text in TEXTS:
                browser.chromium.command("Page.setFontSizes", fontSizes={"standard": text})
                if text == TEXTS[0]:
                    browser.open(path)
                    browser.until(f"return document.querySelector('{DRAWN}')")
                for width in (one for one in WINDOWS if one * 16 / text >= 320):
                    browser.size(width, 900)
                    browser.until(FITS, width, what=f"{path} fits {width} pixels with texts of {text}")
                assert browser.run(ROOT_SIZE) >= 6.25 * text
    finally:
        browser.chromium.command("Page.setFontSizes", fontSizes={"standard": 16})


ROOT_SIZE = "return parseFloat(getComputedStyle(document.documentElement).fontSize)"
