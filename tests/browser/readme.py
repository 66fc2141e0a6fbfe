"""Takes the screenshots of README.md, in docs/images: `python -m tests.browser.readme`. Needs Chromium.

It starts `python -m local --demo 40` and adds rules and channels.
"""

import json
import shutil
import tempfile
import time
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from selenium import webdriver

from tests.browser.browser import Browser
from tests.browser.conftest import SWITCHES
from tests.browser.devtools import Chromium
from tests.local.running import PROJECT, Running, started

IMAGES = PROJECT / "docs" / "images"
OPTIONS = ("--demo", "40", "--data", "memory", "--no-relay", "--no-report", "--evaluate-every", "5")
SETTLE_SECONDS = 120
"""How long it takes until the first server has history, rules were evaluated, and curves have points."""

CHANNELS: tuple[Mapping[str, Any], ...] = (
    {"name": "Ops on Telegram", "kind": "apprise", "url": "tgram://123456789:abcdefg_hijklmnop/-10012345"},
    {"name": "Mail to the team", "kind": "apprise", "url": "mailtos://user:pass@example.com?to=ops@example.com"},
)
RULES: tuple[Mapping[str, Any], ...] = (
    {"name": "Busy CPU", "conditions": [{"type": "cpu", "above": 90}], "duration": 60, "channels": []},
    {"name": "Offline", "conditions": [{"type": "offline"}]},
    {"name": "Disk almost full", "conditions": [{"type": "disk", "above": 95}], "duration": 60},
    {"name": "Packet loss", "conditions": [{"type": "loss", "above": 20}], "duration": 900, "tags": ["Home"]},
    {"name": "Certificate expires", "conditions": [{"type": "certificate", "below": 14}]},
    {"name": "Plan expires", "conditions": [{"type": "expiry", "below": 7}]},
    {"name": "Too hot", "conditions": [{"type": "temperature", "above": 85}], "duration": 300, "enabled": False},
)
SETTINGS = {"public_monitors": True, "public_events": True, "first_steps": False}


def main() -> None:
    with started(*OPTIONS) as system:
        prepare(system)
        time.sleep(SETTLE_SECONDS)
        folder = tempfile.mkdtemp()
        options = webdriver.ChromeOptions()
        options.binary_location = shutil.which("chromium") or shutil.which("google-chrome") or ""
        for switch in ("--headless=new", *SWITCHES, "--hide-scrollbars", f"--user-data-dir={folder}"):
            options.add_argument(switch)
        service = webdriver.ChromeService(shutil.which("chromedriver"))
        driver = webdriver.Chrome(options=options, service=service)
        try:
            look(Browser(Chromium(driver), system.said["url"]), system.said["password"])
        finally:
            driver.quit()
            shutil.rmtree(folder, ignore_errors=True)


def prepare(system: Running) -> None:
    headers = system.sign_in()
    for method, path, bodies in (
        ("PATCH", "/api/settings", (SETTINGS,)),
        ("POST", "/api/channel", CHANNELS),
        ("POST", "/api/rule", RULES),
    ):
        for body in bodies:
            send(system, headers, method, path, body)


def send(system: Running, headers: Mapping[str, str], method: str, path: str, body: Mapping[str, Any]) -> None:
    """Retries while the database is busy writing the history of the servers."""
    for _ in range(30):
        answer = system.http.request(method, path, headers, json.dumps(body).encode())
        if answer.status == HTTPStatus.OK:
            return
        assert answer.status == HTTPStatus.SERVICE_UNAVAILABLE, answer.body
        time.sleep(1)
    raise AssertionError(path)


def look(browser: Browser, password: str) -> None:
    shoot(browser, "status-desktop-light", (1280, 860), "/", ".row .spark")
    shoot(browser, "status-phone-dark", (390, 844), "/", ".row .spark", dark=True)
    shoot(browser, "details-desktop-dark", (1280, 960), "/server/1", ".plot svg path", dark=True)
    browser.sign_in(password)
    browser.sees("Servers")
    shoot(browser, "admin-desktop-light", (1280, 860), "/dashboard#alerts", ".rules .chip.warn")


def shoot(browser: Browser, name: str, size: tuple[int, int], path: str, drawn: str, *, dark: bool = False) -> None:
    browser.size(*size)
    browser.media(dark=dark, prefers_reduced_motion="reduce")
    browser.open(path)
    browser.finds(drawn)
    browser.until("return document.fonts.size > 0 && document.fonts.status === 'loaded'")
    browser.run("return new Promise((done) => setTimeout(done, 2000))")
    browser.driver.save_screenshot(str(IMAGES / f"{name}.png"))


if __name__ == "__main__":
    main()
