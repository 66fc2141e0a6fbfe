"""/api/event: what rules found, for people and, where they may, for guests."""

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.fleet.alerts.ledger import EventRecord, Ledger
from tests.api.people.panel import Panel
from tests.fleet.alerts.fleets import NOW
from tests.fleet.alerts.ledgers import BUSY, eventful
from tests.fleet.alerts.test_ledger import delivered
from tests.support.dashboard import Dashboard


def archived(id_: int, server_id: int | None = 1) -> EventRecord:
    return EventRecord(
        id_, 3, "Busy", server_id, "one", 9 if server_id is None else None, "", NOW, 1, NOW + 5, "recovered"
    )


@pytest.fixture
def store_events(dashboard: Dashboard) -> None:
    """Servers 1 to 4, the third hidden. Events 1 (over), 2, 3 and 11 (open) of servers 1 to 4, and archived ones."""
    for number in range(1, 5):
        dashboard.server(f"server-{number}", hide_for_guest=number == 3)
    dashboard.store.alerts.create_rule(delivered(eventful(), 1, 5, 4))
    dashboard.store.alerts.archive([archived(8), archived(9, 3), archived(10, None), replace(archived(1), value=7)])


def ids(answer: Any) -> list[int]:
    return [event["id"] for event in answer.result]


@pytest.mark.usefixtures("store_events")
def test_events_are_listed_with_their_deliveries(panel: Panel) -> None:
    answer = panel.get("/api/event")
    assert ids(answer) == [11, 10, 9, 8, 3, 2, 1]
    assert answer.result[5] == {
        "id": 2,
        "rule_id": 3,
        "rule": "Busy",
        "server_id": 2,
        "server": "server-2",
        "monitor_id": None,
        "monitor": "",
        "began": NOW,
        "ended": None,
        "reason": None,
        "value": 96.0,
        "deliveries": [
            {"channel_id": 5, "kind": "began", "at": NOW, "tries": 1, "delivered": True, "error": ""},
            {"channel_id": 4, "kind": "began", "at": NOW, "tries": 1, "delivered": True, "error": ""},
            {"channel_id": 5, "kind": "reminder", "at": 0, "tries": 0, "delivered": False, "error": ""},
            {"channel_id": 4, "kind": "reminder", "at": 0, "tries": 0, "delivered": False, "error": ""},
        ],
    }
    over = answer.result[6]
    assert (over["ended"], over["reason"], over["value"]) == (NOW + 60, "recovered", 95.0)


@pytest.mark.usefixtures("store_events")
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("open=1", [11, 3, 2]),
        ("open=0", [11, 10, 9, 8, 3, 2, 1]),
        ("limit=2", [11, 10]),
        ("limit=1000", [11, 10, 9, 8, 3, 2, 1]),
        ("before=9", [8, 3, 2, 1]),
        ("before=9&limit=2", [8, 3]),
        ("server=3", [9, 3]),
        ("server=3&open=1", [3]),
        ("server=99", []),
    ],
)
def test_events_can_be_chosen(panel: Panel, query: str, expected: list[int]) -> None:
    assert ids(panel.get(f"/api/event?{query}")) == expected


@pytest.mark.parametrize("query", ["limit=x", "before=-1", "server=1.5", f"before={'9' * 30}"])
def test_a_query_that_is_no_number_is_refused(panel: Panel, query: str) -> None:
    answer = panel.get(f"/api/event?{query}")
    assert (answer.error, answer.json["field"]) == ((400, 400), query.partition("=")[0])


@pytest.mark.usefixtures("store_events")
def test_guests_see_events_of_visible_servers_where_the_settings_say_so(dashboard: Dashboard, panel: Panel) -> None:
    assert dashboard.get("/api/event").error == (403, 403)
    assert dashboard.get("/api/event").json["error"] == "events_private"
    assert panel.patch("/api/settings", {"public_events": True}).status == 200
    answer = dashboard.get("/api/event")
    assert ids(answer) == [11, 8, 2, 1]
    for event in answer.result:
        assert event.keys() == {"id", "rule", "server_id", "server", "monitor_id", "monitor", "began", "ended"}
    assert ids(dashboard.get("/api/event?limit=2&before=11")) == [8, 2]
    assert ids(dashboard.get("/api/event?server=3")) == []
    assert panel.patch("/api/settings", {"public_page": False}).status == 200
    assert dashboard.get("/api/event").error == (403, 403)


def test_events_of_an_edited_and_a_deleted_rule(dashboard: Dashboard, panel: Panel) -> None:
    for number in range(1, 5):
        dashboard.server(f"server-{number}")
    dashboard.store.alerts.create_rule(eventful())
    assert panel.patch("/api/rule/3", {"name": "New", "channels": []}).status == 200
    assert {event["rule"] for event in panel.get("/api/event").result} == {"New"}
    assert panel.patch("/api/rule/3", {"conditions": [{"type": "down"}]}).status == 200
    ended = panel.get("/api/event").result
    assert {(event["ended"] is not None, event["server_id"] is not None) for event in ended} == {(True, True)}
    assert {event["reason"] for event in ended} == {"recovered", "rule_changed"}
    assert panel.delete("/api/rule/3").status == 200
    assert ids(panel.get("/api/event")) == [11, 3, 2, 1]
    assert panel.get("/api/rule").result == []


def test_deleting_a_rule_ends_its_events_and_owes_that(dashboard: Dashboard, panel: Panel) -> None:
    dashboard.store.alerts.create_rule(eventful())
    assert panel.delete("/api/rule/3").status == 200
    ledger = dashboard.store.alerts.ledger(3)
    assert ledger
    assert (ledger.deleted, dict(ledger.standing.open)) == (True, {})
    assert [told.event_id for told in ledger.notices[-1].told] == [2, 3, 11]
    assert ledger.notices[-1].kind == "ended"


def test_a_rule_that_watches_the_same_keeps_what_it_remembers(dashboard: Dashboard, panel: Panel) -> None:
    dashboard.store.alerts.create_rule(Ledger(BUSY))
    before = replace(eventful(), mark="")
    stored = dashboard.store.alerts.ledger(3)
    assert stored
    dashboard.store.alerts.save(stored, before)
    panel.patch("/api/rule/3", {"name": "New", "remind": 5, "channels": []})
    after = dashboard.store.alerts.ledger(3)
    assert after
    assert (after.standing, after.notices) == (before.standing, before.notices)
    panel.patch("/api/rule/3", {"duration": 5})
    edited = dashboard.store.alerts.ledger(3)
    assert edited
    assert {event.edited for event in edited.standing.open.values()} == {True}
