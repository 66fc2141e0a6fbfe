"""GET /api/cost: what the dashboard costs this month, for signed-in people only."""

from chalicelib.fleet.bill import Amount, Metered
from tests.api.people.panel import Panel
from tests.support.dashboard import Dashboard


def test_nothing_is_shown_before_it_was_counted(panel: Panel) -> None:
    assert panel.get("/api/cost").result == {"local": False, "ceiling": 0, "notifies": False, "bill": None}


def test_people_see_what_was_counted_last(panel: Panel, dashboard: Dashboard) -> None:
    now = int(dashboard.clock.now)
    used = {"api_requests": Amount(2_000_000, 3_000_000), "runs": Amount(400_000, 1_500_000), "mails": Amount(0, 0)}
    dashboard.store.another().keep_cost(Metered(now, used, ceiling=50, notifies=True))
    shown = panel.get("/api/cost").result
    assert (shown["local"], shown["ceiling"], shown["notifies"]) == (False, 50, True)
    bill = shown["bill"]
    assert bill["from"] < bill["at"] == now < bill["to"]
    assert bill["cost"] == {"so_far": 7.0, "by_end": 10.6}
    assert bill["list_price"] == {"so_far": 7.08, "by_end": 10.8}
    requests, runs = bill["parts"]
    assert (requests["part"], requests["service"], requests["free"]) == ("api_requests", "API Gateway", 0)
    assert runs == {
        "part": "runs",
        "service": "Lambda",
        "unit": "requests",
        "price": 2e-07,
        "free": 1_000_000,
        "amount": {"so_far": 400_000, "by_end": 1_500_000},
        "cost": {"so_far": 0, "by_end": 0.1},
        "list_price": {"so_far": 0.08, "by_end": 0.3},
    }


def test_programs_and_guests_see_nothing(dashboard: Dashboard) -> None:
    assert dashboard.get("/api/cost").status == 401
    assert dashboard.get("/api/cost", dashboard.token()).status == 401
