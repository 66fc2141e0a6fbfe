"""A Chromium with its driver, and a line of our own to the page that is shown, past the driver."""

import json
import select
from typing import Any
from urllib.parse import urlsplit

from websocket import WebSocket, create_connection

PATIENCE_SECONDS = 120
"""How long the page may take for an answer. A script that returns a promise may take as long as that does."""
GONE = ("navigated", "context", "collected")
"""Words of what Chromium answers if another page came while a script ran."""
CALL = """(async function () {{
if (document.readyState === "loading") await new Promise((done) => addEventListener("DOMContentLoaded", done));
const value = await (async function () {{ {script}
}}).apply(window, {arguments});
return JSON.stringify(value instanceof Node ? true : value) ?? "null";
}})()"""


class Failed(Exception):
    """A script threw this, or Chromium refused a command."""


class Missing(Failed):
    """A script read from null or undefined: what it needs is not there, or not yet."""


class Chromium:
    """driver: Selenium's, for what a person does with the window. Scripts and commands take it ten times as long."""

    def __init__(self, driver: Any) -> None:
        self.driver = driver
        self._sent = 0
        self._lines: dict[str, WebSocket] = {}
        self._loading: set[str] = set()
        self.look_at(driver.current_window_handle)

    def look_at(self, window: str) -> None:
        """Scripts and commands are for this window from now on, those of the driver, too.

        What commands changed in another window stays as it is.
        """
        self.driver.switch_to.window(window)
        self._window = window
        if known := self._lines.get(window):
            self._line = known
        else:
            # The driver's name for this machine may also stand for an address on which Chromium does not listen.
            port = urlsplit("//" + self.driver.capabilities["goog:chromeOptions"]["debuggerAddress"]).port
            self._line = self._lines[window] = create_connection(
                f"ws://127.0.0.1:{port}/devtools/page/{window}",
                timeout=PATIENCE_SECONDS,
                suppress_origin=True,
                skip_utf8_validation=True,  # which is written in Python, and would take longer than all the rest
                http_no_proxy=["127.0.0.1"],
            )
            self.command("Page.enable")  # so that Chromium says when it loads a page

    def close(self) -> None:
        """Also ends what commands changed. The driver and its windows stay."""
        for line in self._lines.values():
            line.close()

    def command(self, method: str, **parameters: Any) -> Any:
        """What a command of the DevTools protocol returns."""
        self._sent += 1
        self._line.send(json.dumps({"id": self._sent, "method": method, "params": parameters}))
        while (message := self._next()).get("id") != self._sent:
            pass
        if "error" in message:
            raise Failed(f"{method}: {message['error']['message']}")
        return message["result"]

    def run(self, script: str, *arguments: Any) -> Any:
        """What the body of a function returns, or what the promise that it returns comes to.

        Arguments and results are JSON; an element is True. If a click began to load another page, the script runs in
        that one, once it is loaded, or at least there as a whole, if Chromium had not yet told that it loads one. It
        runs again if another page came while it ran.
        """
        expression = CALL.format(script=script, arguments=json.dumps(arguments))
        while True:
            self._wait_until_loaded()
            try:
                answer = self.command("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
            except Failed as failure:
                if any(word in str(failure) for word in GONE):
                    continue
                raise
            if "exceptionDetails" in answer:
                thrown = answer["exceptionDetails"].get("exception", {})
                text = f"{thrown.get('description', thrown.get('value'))}\n{script[:2000]}"
                raise (Missing if text.startswith("TypeError: Cannot read properties of ") else Failed)(text)
            return json.loads(answer["result"]["value"])

    def _wait_until_loaded(self) -> None:
        while self._window in self._loading or select.select([self._line], [], [], 0)[0]:
            self._next()

    def _next(self) -> dict[str, Any]:
        message: dict[str, Any] = json.loads(self._line.recv())
        if message.get("method") == "Page.frameStartedLoading":
            self._loading.add(message["params"]["frameId"])
        elif message.get("method") == "Page.frameStoppedLoading":
            self._loading.discard(message["params"]["frameId"])
        return message
