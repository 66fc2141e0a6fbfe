"""The dialog that connects a machine, on every size of screen."""

from tests.browser.browser import Browser
from tests.support.dashboard import Client, Dashboard

OVERLAPS = """
    const [words, button] = ["small", ".button"].map((one) => document.querySelector(`.connect .code ${one}`));
    const range = document.createRange();
    range.selectNodeContents(words);
    const [a, b] = [range, button].map((one) => one.getBoundingClientRect());
    const [box, command] = [".code", ".code code"].map((one) => document.querySelector(`.connect ${one}`));
    const [outer, above] = [box, command].map((one) => one.getBoundingClientRect());
    return a.right > b.left || a.bottom > outer.bottom || a.top < above.bottom;
"""
"""Whether the words beside "Copy" are under the button, outside their box, or over the command."""


SCREENS = ((1280, 860), (390, 844), (320, 568), (844, 390))


def test_every_screen_offers_the_options_of_the_installer(browser: Browser, dashboard: Dashboard) -> None:
    script = Client(dashboard.port).request("GET", "/install.sh").body.decode()
    browser.signed_in()
    browser.type("first-server", "web-1")
    browser.press("Get install command")
    browser.sees("Waiting for the first report")
    for screen in SCREENS:
        browser.resize(*screen)
        assert not browser.run(OVERLAPS), screen
    browser.click(".connect summary")
    options = browser.run("return [...document.querySelectorAll('.options dt')].map((one) => one.innerText)")
    assert [option.split()[-1].partition("=")[0] for option in options] == [
        "NEZHA_PREFIX",
        "--no-service",
        "--uninstall",
    ]
    assert all(option.split()[-1].partition("=")[0] in script for option in options)
    for screen in SCREENS:
        browser.resize(*screen)
        browser.accessible()
        browser.run("document.querySelector('dialog footer').scrollIntoView()")
        browser.sees("Requires Linux and Python 3.9+")
        assert browser.run("const box = document.querySelector('dialog'); return box.scrollWidth <= box.clientWidth")
    browser.run("document.querySelector('#tab-withAgent').click()")
    browser.sees_no_more("Install options")
    browser.press("Done")
    browser.until("return !document.querySelector('dialog')")
