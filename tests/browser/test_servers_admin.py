"""Many servers at once on the admin's page: chosen, changed, deleted, and put into another order."""

from typing import Any

import pytest
from selenium.webdriver import ActionChains, Keys

from tests.browser.browser import Browser
from tests.local.running import wait_until
from tests.support.dashboard import Dashboard

NAMES = "return [...document.querySelectorAll('.line.server .what a')].map((one) => one.innerText)"
CHOSEN = "return [...document.querySelectorAll('.line.server')].map((one) => one.querySelector('input').checked)"


@pytest.fixture
def five(browser: Browser, dashboard: Dashboard) -> list[int]:
    """The IDs of a, b, c, d and e, which stand in this order; the browser shows them."""
    ids = [dashboard.server(name)[0].id for name in "abcde"]
    dashboard.store.edit_settings({"first_steps": False})
    browser.signed_in()
    shows(browser, "abcde")
    return ids


def box(browser: Browser, name: str) -> Any:
    return browser.element(f"input[aria-label='Select {name}']")


def stored(dashboard: Dashboard) -> dict[str, Any]:
    return {one.name: one for one in dashboard.store.another().view().fleet.ordered}


def shows(browser: Browser, names: str) -> None:
    browser.until(NAMES.replace("return ", "return (") + ").join('') === arguments[0]", names, what=names)


def test_several_are_chosen_changed_and_deleted(browser: Browser, dashboard: Dashboard, five: list[int]) -> None:
    box(browser, "b").click()
    ActionChains(browser.driver).key_down(Keys.SHIFT).click(box(browser, "d")).key_up(Keys.SHIFT).perform()
    browser.sees("3 selected")
    assert browser.run(CHOSEN) == [False, True, True, True, False]
    browser.accessible()
    browser.press("Set tag")
    browser.type("tag", "web")
    browser.press("Save")
    browser.sees_no_more("3 selected")
    assert [one.tag == "web" for one in stored(dashboard).values()] == [False, True, True, True, False]

    box(browser, "a").click()
    browser.press("Mute…")
    browser.choose("muted_until", "28800")
    browser.press("Save")
    browser.sees("muted")
    assert 28_000 < stored(dashboard)["a"].muted_until - dashboard.clock() <= 28_800
    box(browser, "a").click()
    browser.press("Unmute")
    browser.sees_no_more("muted")
    assert stored(dashboard)["a"].muted_until == 0

    box(browser, "b").click()
    box(browser, "e").click()
    browser.press("Hide from guests")
    browser.sees_no_more("2 selected")
    assert [one.hide_for_guest for one in stored(dashboard).values()] == [False, True, False, False, True]

    browser.sees("Select all 5")
    browser.click(".bulk input")
    dashboard.store.delete_server(stored(dashboard)["c"], int(dashboard.clock()))
    browser.press("Show to guests")
    browser.sees("1 server was not changed")
    browser.sees("This server doesn't exist or was removed.")
    assert not any(one.hide_for_guest for one in stored(dashboard).values())
    browser.press("Close")
    shows(browser, "abde")

    box(browser, "a").click()
    box(browser, "b").click()
    browser.press("Delete")
    browser.sees("Delete 2 servers")
    browser.type("typed", "2 server")
    browser.press("Delete permanently")
    browser.sees("The name doesn't match.")
    browser.accessible()
    browser.type("typed", "2 servers")
    browser.press("Delete permanently")
    shows(browser, "de")
    assert list(stored(dashboard)) == ["d", "e"]
    assert browser.messages() == []


def test_many_are_changed_in_requests_of_fifty_and_a_failing_one_loses_nothing(
    browser: Browser, dashboard: Dashboard
) -> None:
    for number in range(60):
        dashboard.server(f"n{number:02}")
    browser.before("""
        const real = window.fetch;
        window.sent = [];
        window.fetch = (url, options) => {
            if (options?.method !== "PATCH") return real(url, options);
            window.sent.push(JSON.parse(options.body).servers.length);
            return window.sent.length === 2 ? Promise.reject(new TypeError("cut")) : real(url, options);
        };
    """)
    browser.signed_in()
    browser.sees("Select all 60")
    browser.click(".bulk input")
    browser.press("Hide from guests")
    browser.sees("10 servers were not changed")
    browser.sees("10 selected")
    browser.press("Hide from guests")
    browser.sees_no_more("10 selected")
    assert browser.run("return window.sent") == [50, 10, 10]
    assert all(one.hide_for_guest for one in stored(dashboard).values())


def test_order_is_given_with_mouse_finger_and_keyboard(browser: Browser, dashboard: Dashboard, five: list[int]) -> None:
    grip = browser.element("[aria-label='Move d']")
    ActionChains(browser.driver).click_and_hold(grip).move_by_offset(0, -64).move_by_offset(0, -66).perform()
    browser.until("return document.querySelector('.lifted')")
    browser.picture("order-dragged")
    ActionChains(browser.driver).release().perform()
    shows(browser, "adbce")

    browser.run("arguments[0].focus()", browser.element("[aria-label='Move a']"))
    browser.keys(" ", Keys.ARROW_DOWN, Keys.ARROW_DOWN)
    browser.until("return document.querySelector('.lifted [role=status]').innerText.includes('position 3 of 5')")
    browser.accessible()
    browser.keys(Keys.ESCAPE)
    browser.until("return !document.querySelector('.lifted')")
    browser.keys(" ", Keys.END, " ")
    shows(browser, "dbcea")
    browser.focuses("Move a")

    touched(browser, "c", 2)
    shows(browser, "dbeac")
    listed = ["d", "b", "e", "a", "c"]
    browser.open("/dashboard")
    shows(browser, "".join(listed))
    token = dashboard.token("read")
    assert [one["name"] for one in dashboard.get("/api/v1/server/list", token).result] == listed
    assert browser.messages() == []
    an_order_that_was_not_saved_is_tried_again(browser, dashboard)
    any_move_needs_no_more_changes_than_servers_above_or_below(browser)


def touched(browser: Browser, name: str, lines: int) -> None:
    """A finger takes a server by its handle and lets it go some lines below."""
    grip = browser.element(f"[aria-label='Move {name}']")
    x, y = browser.run("const r = arguments[0].getBoundingClientRect(); return [r.x + r.width / 2, r.y + 18]", grip)

    def touch(kind: str, points: list[dict[str, float]]) -> None:
        browser.chromium.command("Input.dispatchTouchEvent", type=kind, touchPoints=points)

    touch("touchStart", [{"x": x, "y": y}])
    for step in range(1, lines * 4 + 1):
        touch("touchMove", [{"x": x, "y": y + step * 16.2}])
    touch("touchEnd", [])


def an_order_that_was_not_saved_is_tried_again(browser: Browser, dashboard: Dashboard) -> None:
    browser.run("""
        const real = window.fetch;
        window.fetch = (url, options) =>
            options?.method === "PATCH" ? Promise.reject(new TypeError("cut")) : real(url, options);
        window.mend = () => (window.fetch = real);
    """)
    browser.run("arguments[0].focus()", browser.element("[aria-label='Move c']"))
    browser.keys(" ", Keys.HOME, Keys.ENTER)
    browser.sees("The new order was not saved")
    shows(browser, "cdbea")
    browser.run("window.mend()")
    browser.press("Try again")
    browser.sees_no_more("The new order was not saved")
    assert wait_until(lambda: list(stored(dashboard)) == ["c", "d", "b", "e", "a"])  # the notice goes before the answer


MOVES = """
    const [file, done] = arguments;
    import(file).then(({ moved, indexesFor, withIndexes }) => {
        let seed = 7;
        const random = (most) => (seed = (seed * 48271) % 2147483647) % most;
        let longest = 0;
        for (let round = 0; round < 300; round += 1) {
            const count = 2 + random(12);
            let servers = Array.from({ length: count }, (_, at) => ({ id: at + 1, display_index: random(4) - 1 }));
            servers = withIndexes(servers, new Map(servers.map((one) => [one.id, one.display_index])));
            const [from, to] = [random(count), random(count)];
            const order = moved(servers, from, to);
            const changes = indexesFor(order, to);
            longest = Math.max(longest, changes.size - Math.min(to + 1, count - to));
            const after = withIndexes(servers, changes);
            const ids = (list) => list.map((one) => one.id).join();
            if (ids(after) !== ids(order)) return done(`${JSON.stringify(servers)} ${from} to ${to}`);
        }
        const edge = [{ id: 1, display_index: 1e9 }, { id: 2, display_index: 1e9 }, { id: 3, display_index: -1e9 }];
        const far = indexesFor(moved(edge, 2, 0), 0);
        if ([...far.values()].some((index) => Math.abs(index) > 1e9)) return done("beyond the limit");
        return done(longest <= 0 ? "" : `${longest} too many`);
    }, (error) => done(String(error)));
"""


def any_move_needs_no_more_changes_than_servers_above_or_below(browser: Browser) -> None:
    """And gives exactly the wanted order, by v0's rule."""
    file = browser.until("""
        const files = [...document.querySelectorAll("link[rel=modulepreload]")].map((one) => one.href);
        return files.find((one) => /\\/order\\.[0-9a-f]+\\.js$/.test(one));
    """)
    assert browser.driver.execute_async_script(MOVES, file) == ""
