"""What the dashboard costs, and that it saves: what signed-in people see, and guests do not."""

from chalicelib.fleet.bill import Amount, Metered
from tests.browser.browser import Browser
from tests.support.dashboard import Dashboard

USED = {
    "api_requests": Amount(1_000_000, 2_000_000),
    "runs": Amount(3_000_000, 4_000_000),
    "writes": Amount(400_000, 800_000),
    "tables": Amount(0.5, 1),
    "alarms": Amount(6, 13),
}


def test_settings_show_the_costs_and_every_page_says_that_it_saves(browser: Browser, dashboard: Dashboard) -> None:
    dashboard.server("web-1")
    browser.signed_in("/dashboard#settings")
    browser.sees("No data yet.")
    dashboard.store.another().keep_cost(Metered(int(dashboard.clock.now), USED, ceiling=4))
    browser.open("/dashboard#settings")
    browser.sees("Total before free tier")
    browser.sees("This month has reached its cost ceiling.")
    rows = browser.run("""
        const table = document.querySelector(".costs table");
        return [...table.rows].slice(1).map((row) => [...row.cells].map((cell) => cell.innerText));
    """)
    assert rows == [
        ["API Gateway", "$3.50", "$7.00"],
        ["Lambda", "$0.40", "$0.60"],
        ["DynamoDB", "$0.25", "$0.50"],
        ["CloudWatch", "$0.00", "$0.30"],
        ["Total", "$4.15", "$8.40"],
        ["Total before free tier", "$5.08", "$9.85"],
    ]
    assert "Above $4.00 a month" in browser.text()
    assert "Deploy with --email to be told when this happens." in browser.text()
    dashboard.store.another().keep_cost(Metered(int(dashboard.clock.now), USED, ceiling=4, notifies=True))
    browser.open("/dashboard#settings")
    browser.sees("You get an email when this happens.")
    browser.accessible()
    browser.picture("costs")
    browser.open("/")
    browser.sees("web-1")
    browser.sees("This month has reached its cost ceiling.")
    foot_is_free = """
        scrollTo(0, document.body.scrollHeight);
        const words = [...document.querySelectorAll(".foot .wrap > *")];
        const ends = words.map((one) => one.getBoundingClientRect().bottom);
        return Math.max(...ends) < document.querySelector(".notice").getBoundingClientRect().top;
    """
    for width in (1280, 390):
        browser.resize(width, 500)
        browser.until(foot_is_free, what="a foot that the notice does not cover")
    assert browser.messages() == []


def test_guests_are_not_told_of_costs(browser: Browser, dashboard: Dashboard) -> None:
    dashboard.server("web-1")
    dashboard.store.another().keep_cost(Metered(int(dashboard.clock.now), USED, ceiling=4))
    browser.open("/")
    browser.sees("web-1")
    assert "ceiling" not in browser.text()
