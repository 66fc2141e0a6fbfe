"""The look that an owner gives the pages, from the settings page to what guests see."""

from pathlib import Path

from tests.api.people.test_site_files import SVG, png
from tests.browser.browser import Browser
from tests.support.dashboard import Dashboard

FORM = "[...document.querySelectorAll('form')].find((one) => one.querySelector('#accent'))"


def test_owner_gives_the_pages_a_look_that_guests_see(browser: Browser, dashboard: Dashboard, tmp_path: Path) -> None:
    (tmp_path / "logo.svg").write_text(SVG)
    (tmp_path / "hostile.svg").write_text(SVG.replace("<defs>", "<script/><defs>"))
    (tmp_path / "large.png").write_bytes(png(2, 2, bytes(33_000)))
    dashboard.server("web-1")
    browser.signed_in("/dashboard#settings")
    logo = browser.element("#logo")
    logo.send_keys(str(tmp_path / "large.png"))
    browser.sees("Choose a file of at most 32 KB.")
    logo.send_keys(str(tmp_path / "hostile.svg"))
    browser.type("footer", "© [Us](https://example.com/a?b=1&c=2) & <b>friends</b>")
    browser.type("css", "main { letter-spacing: 3px } body { background: url(https://evil.example/x) }")
    browser.run(f"{FORM}.requestSubmit()")
    browser.sees("without scripts, links, fonts or other files")
    browser.until("return document.activeElement.id === 'logo'")
    assert browser.element("#footer").get_attribute("value").startswith("© [Us]")
    browser.accessible()
    browser.element("#logo").send_keys(str(tmp_path / "logo.svg"))
    browser.sees_no_more("without scripts, links, fonts or other files")  # once the page has read the other file
    browser.sees("New logo chosen")
    browser.run(f"{FORM}.requestSubmit()")
    browser.until("return document.querySelector('.brand img.mark')?.complete")
    browser.until("return document.querySelector('#css')?.value.includes('evil')")
    browser.picture("settings-look")
    browser.run("""
        const field = document.querySelector("#accent");
        field.value = "#ffee00";
        field.dispatchEvent(new Event("input", { bubbles: true }));
    """)
    browser.run(f"{FORM}.requestSubmit()")
    browser.until("return document.querySelector('link[href*=accent]') && document.querySelector('#accent')")
    assert browser.run("return document.querySelector('#accent').value") == "#ffee00"
    assert browser.run("return getComputedStyle(document.querySelector('main')).letterSpacing") != "3px"
    browser.accessible()

    browser.driver.delete_all_cookies()
    browser.open("/server/1")
    browser.finds("h1")
    for dark in (False, True):
        browser.media(dark=dark)
        browser.until("return document.querySelector('.brand img.mark')?.naturalWidth > 0")
        link = browser.element(".foot .own a")
        assert link.get_attribute("href") == "https://example.com/a?b=1&c=2"
        assert link.get_attribute("rel") == "noopener noreferrer"
        browser.sees("& <b>friends</b>")
        browser.until("return getComputedStyle(document.querySelector('main')).letterSpacing === '3px'")
        assert browser.run("return document.querySelectorAll('.own b').length") == 0
        browser.accessible(colors=dark or None)
        browser.picture(f"look-{'dark' if dark else 'light'}")
    assert [one for one in browser.messages() if "evil.example" not in one] == []
