"""What a person does with a browser: opens, presses, types, looks."""

import base64
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from selenium.webdriver import ActionChains
from selenium.webdriver.remote.webelement import WebElement

from tests.api.people.panel import PASSWORD_TEXT, SAME_ORIGIN, cookie_of
from tests.browser.devtools import Chromium, Missing
from tests.support.dashboard import Client

STAND_IN = Path(__file__).with_name("stand_in.js")
CLICK = Path(__file__).with_name("click.js")
AXE = Path(__file__).with_name("axe.js")
SCREENSHOTS = Path(__file__).resolve().parents[2] / "build" / "screenshots"
WAIT_SECONDS = 60
FOCUSED = "(document.activeElement.getAttribute('aria-label') ?? document.activeElement.innerText).trim()"
ASKS_BEFORE_LEAVING = "!dispatchEvent(new Event('beforeunload', {cancelable: true}))"
NOW = "return performance.now()"
ASKED = """performance.getEntriesByType("resource")
    .filter((one) => one.name.includes("/api/") && one.startTime > arguments[0])
    .map((one) => one.name.split("/api/").at(-1))"""
"""An expression: the API's addresses that were requested after a page's time NOW, and answered, without "/api/"."""
OF_COLORS = ("color-contrast", "link-in-text-block")
"""The rules of axe that check colors."""
CHECKED: Mapping[bool | None, Mapping[str, Any]] = {
    None: {},
    True: {"runOnly": OF_COLORS},
    False: {"rules": {rule: {"enabled": False} for rule in OF_COLORS}},
}
"""Options of axe that choose rules: all, those of colors, the others."""


@dataclass
class Browser:
    """What a person does: opens, presses, types, looks. pictures: whether to write pictures of what is seen."""

    chromium: Chromium
    url: str
    pictures: bool = False
    _scripts: list[str] = field(default_factory=list)

    @property
    def driver(self) -> Any:
        """Selenium's driver."""
        return self.chromium.driver

    def before(self, script: str) -> None:
        """Runs a script in every page from now on, before the page's own."""
        added = self.chromium.command("Page.addScriptToEvaluateOnNewDocument", source=script)
        self._scripts.append(added["identifier"])

    def with_everything(self) -> None:
        """From now on pages get sparks, availability, history and events, whatever the dashboard has of them."""
        self.before(STAND_IN.read_text())

    def forget(self) -> None:
        for identifier in self._scripts:
            self.chromium.command("Page.removeScriptToEvaluateOnNewDocument", identifier=identifier)

    def open(self, path: str = "/") -> None:
        """Loads a page, also when it is the one that is shown, or differs from it by its fragment only."""
        address = self.url + path
        if "#" in path and self.driver.current_url.partition("#")[0] == address.partition("#")[0]:
            self.run("history.pushState(null, '', arguments[0])", address)
            self.driver.refresh()
        else:
            self.driver.get(address)

    def go(self, path: str) -> None:
        """Goes from one public page to another without loading it anew, as "back" does."""
        self.run("history.pushState(null, '', arguments[0]); dispatchEvent(new Event('popstate'))", self.url + path)

    def section(self, name: str) -> None:
        """Goes to a section of the admin pages, which are shown, without loading them anew."""
        self.run("location.hash = arguments[0]", name)

    def size(self, width: int = 1280, height: int = 860) -> None:
        """Gives pages this size, as scripts, styles and the pointer see it. They are drawn whole only for pictures."""
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        self.chromium.command("Emulation.setDeviceMetricsOverride", **metrics, dontSetVisibleSize=True)

    def resize(self, width: int, height: int) -> None:
        """Returns when the page that is shown has its new size, and was drawn with it."""
        self.size(width, height)
        self.until("return innerWidth === arguments[0]", width)
        self.draws()

    def draws(self) -> None:
        """Waits until what a script changed was drawn."""
        self.run("return new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")

    def media(self, *, dark: bool = False, **features: str) -> None:
        """features: of media queries, with "_" for "-". Without motion: nothing is drawn that soon looks different."""
        wanted = {"prefers-color-scheme": "dark" if dark else "light", "prefers-reduced-motion": "reduce"}
        wanted |= {name.replace("_", "-"): value for name, value in features.items()}
        listed = [{"name": name, "value": value} for name, value in wanted.items()]
        self.chromium.command("Emulation.setEmulatedMedia", features=listed)

    def languages(self, accepted: str) -> None:
        """What the browser asks for from the next page on, such as "zh-CN,en"."""
        agent = self.run("return navigator.userAgent")
        self.chromium.command("Network.setUserAgentOverride", userAgent=agent, acceptLanguage=accepted)

    def choose_language(self, language: str) -> None:
        """In the page that is shown. Returns when its texts are in that language."""
        choice = "const one = document.querySelector('.language select'); one.value = arguments[0];"
        self.run(f"{choice} one.dispatchEvent(new Event('change', {{bubbles: true}}))", language)
        self.until("return document.documentElement.lang === arguments[0]", language)
        self.draws()

    def run(self, script: str, *arguments: Any) -> Any:
        """Runs the body of a function and returns its result, or that of its promise. Takes what `element` returns."""
        if any(isinstance(one, WebElement) for one in arguments):
            return self.driver.execute_script(script, *arguments)
        return self.chromium.run(script, *arguments)

    def until(self, script: str, *arguments: Any, what: str = "") -> Any:
        """Runs a script until its result is true, and returns that. Elements that it uses need not be there yet."""
        end, pause = time.monotonic() + WAIT_SECONDS, 0.05
        while True:
            missing = ""
            try:
                if value := self.run(script, *arguments):
                    return value
            except Missing as error:
                missing = str(error)
            assert time.monotonic() < end, (
                f"never came: {what or script}\n{missing}\n{self.messages()[:3]}\n{self.text()}"
            )
            time.sleep(pause)
            pause = min(0.5, pause * 1.5)  # each script that runs slows the page down

    def text(self) -> str:
        return str(self.run("return document.body.innerText"))

    def sees(self, words: str) -> None:
        self.until("return document.body.innerText.includes(arguments[0])", words, what=words)

    def sees_no_more(self, words: str) -> None:
        self.until("return !document.body.innerText.includes(arguments[0])", words, what=f"no {words}")

    def element(self, selector: str) -> Any:
        """Waits for an element and returns Selenium's object for it. If you only need to wait, `finds` is faster."""
        while True:
            self.finds(selector)
            found = self.driver.execute_script("return document.querySelector(arguments[0])", selector)
            if found is not None:  # the page may have changed in between
                return found

    def finds(self, selector: str) -> None:
        """Waits until an element matches."""
        self.until("return document.querySelector(arguments[0])", selector)

    def press(self, words: str) -> None:
        """The last button or link in sight with these words: a dialog's come after the page's."""
        script = """
            const named = (one) => (one.getAttribute("aria-label") ?? one.innerText).trim();
            const seen = [...document.querySelectorAll("button, a")].filter((one) => one.checkVisibility());
            return seen.filter((one) => named(one) === arguments[0]).at(-1);
        """
        self.click_found(script, words, what=f"a button {words}")

    def click(self, selector: str) -> None:
        self.click_found("return document.querySelector(arguments[0])", selector, what=selector)

    def click_found(self, script: str, *arguments: Any, what: str) -> None:
        """Clicks in the middle of the element that a script returns. Tries again if the page moves at that moment.

        The driver's own click takes ten times as long, because it asks the page a dozen times.
        """
        middle = f"const found = (() => {{ {script} }})();\n{CLICK.read_text()}"
        end = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < end:
            x, y = self.until(middle, *arguments, what=what)
            for kind in ("mousePressed", "mouseReleased"):
                event = {"type": kind, "x": x, "y": y, "button": "left", "clickCount": 1}
                self.chromium.command("Input.dispatchMouseEvent", **event)
            if not self.run("return window.missed"):
                return
        raise AssertionError(f"cannot be clicked: {what}")

    def type(self, name: str, words: str) -> None:
        """Replaces the text of a field in one step. `keys` presses single keys."""
        self.until("const one = document.getElementById(arguments[0]); one?.focus(); one?.select(); return one", name)
        self.chromium.command("Input.insertText", text=words)

    def keys(self, *keys: str) -> None:
        """Presses keys where the focus is, one after the other. An element's `send_keys` takes much longer."""
        ActionChains(self.driver, duration=0).send_keys(*keys).perform()

    def focused(self) -> str:
        """The words of what has the focus."""
        return str(self.run(f"return {FOCUSED}"))

    def focuses(self, words: str) -> None:
        """Waits until the element with these words has the focus."""
        self.until(f"return {FOCUSED} === arguments[0]", words, what=f"the focus on {words}")

    def tab_to(self, words: str) -> None:
        """Goes on with the tab key until something with these words has the focus."""
        for _ in range(40):
            if self.focused() == words:
                return
            self.keys("\ue004")
        raise AssertionError(f"the tab key never comes to {words}")

    def choose(self, name: str, value: str) -> None:
        """Chooses an option of a select, once the page shows the select."""
        script = """
            const one = document.getElementById(arguments[0]);
            if (one) one.value = arguments[1];
            one?.dispatchEvent(new Event("change", { bubbles: true }));
            return one;
        """
        self.until(script, name, value)

    def signed_in(self, path: str = "/dashboard") -> None:
        """Opens an admin page as somebody who has signed in before; public pages know it once one was open."""
        self.get_session()
        self.open(path)

    def knows_of_a_session(self) -> None:
        """From now on, public pages are shown as to somebody who has signed in, without opening an admin page first."""
        self.get_session()
        self.before("localStorage.setItem('signed-in', '1')")

    def get_session(self) -> None:
        """Has the cookie of a new session from now on."""
        address = urlsplit(self.url)
        body = json.dumps({"password": PASSWORD_TEXT}).encode()
        answer = Client(address.port or 80).request("POST", "/api/login", {"Host": address.netloc, **SAME_ORIGIN}, body)
        name, _, value = cookie_of(answer).partition("=")
        cookie = {"name": name, "value": value, "url": self.url, "httpOnly": True}
        self.chromium.command("Network.setCookie", **cookie)

    def sign_in(self, password: str = PASSWORD_TEXT) -> None:
        """Uses the form. Returns when the admin pages are shown, or the form shows an error."""
        self.open("/login")
        self.type("password", password)
        self.click("form button")
        self.until("return !document.querySelector('.sign-in') || document.querySelector('[aria-invalid]')")

    def picture(self, name: str) -> None:
        """Writes one to SCREENSHOTS if pictures are wanted. Most take longer than all that is asserted of the page."""
        if not self.pictures:
            return
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        # A larger file in half the time.
        taken = self.chromium.command("Page.captureScreenshot", optimizeForSpeed=True)
        (SCREENSHOTS / f"{name}.png").write_bytes(base64.b64decode(taken["data"]))

    def asks_before_leaving(self) -> bool:
        """Whether the browser would ask before it closes the page, because something would be lost."""
        return bool(self.run(f"return {ASKS_BEFORE_LEAVING}"))

    def accessible(self, within: str = "", *, colors: bool | None = None) -> None:
        """Asserts that axe finds nothing. It is injected with DevTools, as the page's policy blocks script elements.

        within: a selector. colors: check only colors, or, if False, everything but colors, which take half the time.
        """
        if self.run("return typeof axe") == "undefined":
            self.run(AXE.read_text())
        found = self.run(
            """
            const [within, rules] = arguments;
            const options = { resultTypes: ["violations"], ...rules };
            return axe.run(within || document, options).then((all) => all.violations);
            """,
            within,
            CHECKED[colors],
        )
        assert [(one["id"], [node["html"][:200] for node in one["nodes"][:3]]) for one in found] == []

    def messages(self) -> list[str]:
        """What the browser complained about since the last call, but for refusals that a test provokes."""
        entries = self.driver.get_log("browser")
        return [
            entry["message"]
            for entry in entries
            if entry["level"] == "SEVERE" and "the server responded with a status of 4" not in entry["message"]
        ]
