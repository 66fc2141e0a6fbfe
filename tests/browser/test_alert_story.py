"""The whole story of an alert, by hand in a browser, with a reporter that really stops and starts again."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.browser.browser import Browser
from tests.browser.devtools import Chromium
from tests.delivery.receiver import Receiver
from tests.local.running import PROJECT, Running, started, wait_until


@contextmanager
def reporter(system: Running, secret: str, folder: Path) -> Iterator[None]:
    variables = {"NEZHA_URL": system.said["url"], "NEZHA_SECRET": secret}
    process = subprocess.Popen(
        [sys.executable, "-m", "agent.reporter", "--spool", str(folder)],
        cwd=PROJECT,
        env={**os.environ, **variables},
        stderr=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        process.kill()
        process.wait()


def told(receiver: Receiver) -> list[str]:
    return [json.loads(request.body)["text"].splitlines()[0] for request in receiver.requests]


def test_a_reporter_that_stops_is_told_and_so_is_its_return(chromium: Chromium, port: int, tmp_path: Path) -> None:
    at = ("--port", str(port))  # where the browser knows the pages' files
    options = (*at, "--no-report", "--no-relay", "--data", "memory", "--evaluate-every", "1")
    with Receiver() as receiver, started(*options, NEZHA_REPORT_INTERVAL="1") as system:
        secret = system.register(Name="web-1")
        browser = Browser(chromium, system.said["url"])
        browser.size()
        browser.sign_in(system.said["password"])
        browser.sees("web-1")
        browser.open("/dashboard#alerts/channels")

        browser.press("New channel")
        browser.choose("service", "webhook")
        browser.type("name", "Hook")
        browser.type("url", f"{receiver.url}/hook")
        browser.press("Add")
        browser.sees(f"{receiver.url}/…")
        browser.run("document.querySelector('nav.seg a').click()")
        browser.press("New rule")
        browser.type("name", "Gone")
        browser.type("duration", "0")
        browser.press("Add")
        browser.sees("Offline, all servers")

        with reporter(system, secret, tmp_path):
            assert wait_until(lambda: system.servers()[0]["last_active"] > 0)
        assert wait_until(lambda: told(receiver) == ["[Incident] Gone: web-1"])
        browser.sees("Firing: web-1")
        browser.open("/dashboard#alerts/events")
        browser.sees("open since")
        browser.press("Details of web-1")
        browser.sees("still open")
        browser.sees("delivered")
        browser.press("Done")

        with reporter(system, secret, tmp_path):
            assert wait_until(lambda: told(receiver) == ["[Incident] Gone: web-1", "[Resolved] Gone: web-1"])
            browser.sees_no_more("open since")
        browser.press("Details of web-1")
        browser.sees("It recovered.")
        assert browser.messages() == []
        assert f"{system.said['url']}/server/1" in json.loads(receiver.requests[0].body)["text"]
