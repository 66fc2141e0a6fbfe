"""The dialog that connects a machine, on every size of screen."""

import pytest

from tests.browser.conftest import Browser
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


@pytest.mark.parametrize(("width", "height"), [(1280, 860), (390, 844), (320, 568), (844, 390)])
def test_every_screen_offers_the_options_of_the_installer(
    browser: Browser, dashboard: Dashboard, width: int, height: int
) -> None:
    script = Client(dashboard.port).request("GET", "/install.sh").body.decode()
    browser.size(width, height)
    browser.signed_in()
    browser.type("first-server", "web-1")
    browser.press("Get install command")
    browser.sees("Waiting for the first report")
    assert not browser.run(OVERLAPS)
    browser.element(".connect summary").click()
    options = browser.run("return [...document.querySelectorAll('.options dt')].map((one) => one.innerText)")
    assert [option.split()[-1].partition("=")[0] for option in options] == [
        "NEZHA_PREFIX",
        "--no-service",
        "--uninstall",
    ]
    assert all(option.split()[-1].partition("=")[0] in script for option in options)
    browser.accessible()
    foot = "document.querySelector('dialog footer')"
    browser.run(f"{foot}.scrollIntoView()")
    browser.sees("Requires Linux and Python 3.9+")
    assert browser.run("const box = document.querySelector('dialog'); return box.scrollWidth <= box.clientWidth")
    browser.run("document.querySelector('#tab-withAgent').click()")
    browser.sees_no_more("Install options")
    browser.press("Done")
    browser.until("return !document.querySelector('dialog')")
