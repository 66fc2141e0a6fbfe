"""A Chromium that tests control through Selenium's driver and, faster, through a DevTools connection of their own."""

import json
import select
from typing import Any
from urllib.parse import urlsplit

from websocket import WebSocket, create_connection

PATIENCE_SECONDS = 120
"""How long a script or command may take, until its promise is settled."""
GONE = ("navigated", "context", "collected")
"""Words in Chromium's error messages if the window loaded another page while a script ran."""
CALL = """(async function () {{
if (document.readyState === "loading") await new Promise((done) => addEventListener("DOMContentLoaded", done));
const value = await (async function () {{ {script}
}}).apply(window, {arguments});
return JSON.stringify(value instanceof Node ? true : value) ?? "null";
}})()"""


class Failed(Exception):
    """Raised when a script throws an error, or Chromium refuses a command."""


class Missing(Failed):
    """Raised when a script reads a property of null or undefined, such as of an element that is not there yet."""


class Chromium:
    """driver: Selenium's. It loads pages and presses keys; its scripts and commands take ten times as long as these."""

    def __init__(self, driver: Any) -> None:
        self.driver = driver
        self._sent = 0
        self._connections: dict[str, WebSocket] = {}
        self._loading: set[str] = set()
        self.look_at(driver.current_window_handle)

    def look_at(self, window: str) -> None:
        """Sends scripts and commands to this window from now on, and the driver's, too.

        What commands have set for other windows remains in effect there.
        """
        self.driver.switch_to.window(window)
        self._window = window
        if known := self._connections.get(window):
            self._connection = known
        else:
            # The driver says "localhost", which may resolve to ::1, where Chromium does not listen.
            port = urlsplit("//" + self.driver.capabilities["goog:chromeOptions"]["debuggerAddress"]).port
            self._connection = self._connections[window] = create_connection(
                f"ws://127.0.0.1:{port}/devtools/page/{window}",
                timeout=PATIENCE_SECONDS,
                suppress_origin=True,
                skip_utf8_validation=True,  # it is written in Python and takes longer than everything else
                http_no_proxy=["127.0.0.1"],
            )
            self.command("Page.enable")  # makes Chromium report when it loads a page

    def close(self) -> None:
        """Also resets what commands have set. The driver and its windows stay open."""
        for connection in self._connections.values():
            connection.close()

    def command(self, method: str, **parameters: Any) -> Any:
        """Sends a command of the DevTools protocol and returns its result."""
        self._sent += 1
        self._connection.send(json.dumps({"id": self._sent, "method": method, "params": parameters}))
        while (message := self._next()).get("id") != self._sent:
            pass
        if "error" in message:
            raise Failed(f"{method}: {message['error']['message']}")
        return message["result"]

    def run(self, script: str, *arguments: Any) -> Any:
        """Runs the body of a function and returns its result, or that of its promise.

        Arguments and results are JSON; an element is returned as True. If a click has begun to load another page, the
        script waits until that page is loaded; or, if Chromium has not reported the loading yet, until the page is
        parsed. If the window loads another page while the script runs, it runs again in that page.
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
        while self._window in self._loading or select.select([self._connection], [], [], 0)[0]:
            self._next()

    def _next(self) -> dict[str, Any]:
        message: dict[str, Any] = json.loads(self._connection.recv())
        if message.get("method") == "Page.frameStartedLoading":
            self._loading.add(message["params"]["frameId"])
        elif message.get("method") == "Page.frameStoppedLoading":
            self._loading.discard(message["params"]["frameId"])
        return message
