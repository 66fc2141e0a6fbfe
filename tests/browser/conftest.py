"""A Chromium without a screen in front of a dashboard; tests are skipped where there is none, but never in CI."""

import os
import shlex
import shutil
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path

import pytest
from selenium import webdriver

from benchmarks.sample_data import patience
from benchmarks.watched_store import WatchedStore
from chalicelib.fleet.limits import SECRET_CACHE_SECONDS
from tests.api.people.panel import PASSWORD
from tests.browser.browser import Browser
from tests.browser.devtools import Chromium
from tests.browser.feeding import feeding, history_of, wait_for_reports
from tests.support import processes
from tests.support.dashboard import Clock, Dashboard, serve
from tests.support.moto_transport import Items, items_of, put_items

Demo = Callable[[int], None]
SWITCHES = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--force-color-profile=srgb",
    # Optimizing scripts takes longer than it saves, because pages are soon loaded again.
    "--js-flags=--no-opt --no-maglev",
)


class WallClock(Clock):
    """The machine's own: a page compares what it is told with the Date of the answer."""

    def __init__(self) -> None:
        """Nothing is set: it goes by itself."""

    @property
    def now(self) -> float:
        return time.time()

    @now.setter
    def now(self, time: float) -> None:
        raise AssertionError("The browser's clock cannot be set, so the dashboard's cannot either.")


@pytest.fixture(scope="session")
def port() -> int:
    """Where all dashboards are, one after the other, so that the browser keeps their files.

    It is below those that the system gives to whoever asks for any: one of these could be taken between two tests. Each
    process of the tests has ports of its own.
    """
    for free in range(20_000 + processes.number(), 30_000, 64):
        with suppress(OSError), socket.create_server(("127.0.0.1", free)):
            return free
    raise AssertionError("No port is free for the dashboards.")


@pytest.fixture
def dashboard(store: WatchedStore, port: int) -> Iterator[Dashboard]:
    """Over empty tables, with patience for a busy machine. Its password is PASSWORD_TEXT."""
    with patience():
        store.set_password(PASSWORD)
        with serve(store, WallClock(), port=port) as running:
            yield running


@pytest.fixture(scope="package")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    """One browser for all tests; each begins with nothing remembered but files whose names change with them."""
    with started(tmp_path_factory.mktemp("chromium"), {"browser": "ALL"}) as browser:
        yield browser


@contextmanager
def started(folder: Path, logs: Mapping[str, str]) -> Iterator[Chromium]:
    """A browser with its profile in that folder, which writes these logs.

    Debian's headless shell, if it is installed: its pages are the same as Chromium's, for a third less CPU time.
    """
    shell, driver = shutil.which("chromium-headless-shell"), shutil.which("chromedriver")
    whole = shutil.which("chromium") or shutil.which("google-chrome")
    if not (driver and (shell or whole)):
        if os.environ.get("CI") == "true":
            pytest.fail("CI needs Chromium and its driver: apt-get install chromium chromium-driver")
        pytest.skip("there is no Chromium here: apt-get install chromium chromium-driver")
    options = webdriver.ChromeOptions()
    if shell:
        options.binary_location = with_a_page(shell, folder)
        # A tiny window, because drawing is a fifth of what a page costs. `Browser.size` gives pages the size that a
        # test wants. Windows of the whole Chromium have frames, which would leave no room for a page.
        options.add_argument("--window-size=16,16")
    else:
        options.binary_location = whole or ""
        options.add_argument("--headless=new")
    for switch in (*SWITCHES, f"--user-data-dir={folder / 'profile'}"):
        options.add_argument(switch)
    options.set_capability("goog:loggingPrefs", logs)
    service = webdriver.ChromeService(driver)
    browser = webdriver.Chrome(options=options, service=service)
    try:
        with closing(Chromium(browser)) as chromium:
            yield chromium
    finally:
        browser.quit()


def with_a_page(shell: str, folder: Path) -> str:
    """A program that starts the headless shell with a page. Without one it opens none, and its driver waits for it."""
    program = folder / "chromium"
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(shell)} "$@" data:,\n')
    program.chmod(0o755)
    return str(program)


@pytest.fixture
def browser(chromium: Chromium, dashboard: Dashboard, request: pytest.FixtureRequest) -> Iterator[Browser]:
    opened = Browser(chromium, dashboard.url, pictures=request.config.getoption("--pictures"))
    opened.size()
    opened.media()
    opened.languages("en-US,en")
    # All that pages store. Clearing the kinds that they do not use would take longer than the rest of this fixture.
    kept = {"origin": dashboard.url, "storageTypes": "cookies,local_storage"}
    chromium.command("Storage.clearDataForOrigin", **kept)
    opened.messages()
    yield opened
    opened.forget()
    # After this the page sends no requests and draws nothing. Loading another one would take ten times as long.
    opened.run("window.stop(); window.fetch = () => new Promise(() => {}); document.body.remove()")


@pytest.fixture(scope="session")
def demo_items() -> dict[int, Items]:
    """What demo() stored, by its count."""
    return {}


@pytest.fixture
def demo(dashboard: Dashboard, demo_items: dict[int, Items]) -> Iterator[Demo]:
    """demo(count): that many believable servers from now on, the first one with a past. Returns when they reported.

    Tests call it before they store anything, because it replaces what is in the tables.
    """
    store = dashboard.store
    with ExitStack() as running:

        def start(count: int) -> None:
            if count not in demo_items:
                if demo_items:  # to make a year of history takes as long as many tests
                    put_items(store.prefix, history_of(next(iter(demo_items.values()))))
                with feeding(store, count):
                    wait_for_reports(dashboard)
                demo_items[count] = items_of(store.prefix)
            put_items(store.prefix, demo_items[count])
            store.clock.skip(SECRET_CACHE_SECONDS)  # for so long a process trusts what it read
            running.enter_context(feeding(store, count))
            wait_for_reports(dashboard)

        yield start
