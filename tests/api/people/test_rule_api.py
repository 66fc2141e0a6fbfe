"""/api/rule: what is watched, and who is told."""

from typing import Any

import pytest

from chalicelib.fleet import limits
from chalicelib.fleet.alerts.conditions import TYPES
from tests.api.people.panel import Panel, serve_another
from tests.support.dashboard import Dashboard

DISK = {"name": "Disk", "conditions": [{"type": "disk", "above": 90}]}
DEFAULTS = {
    "enabled": True,
    "duration": 120,
    "cover": "all",
    "servers": [],
    "tags": [],
    "channels": [],
    "remind": 0,
    "recovery": True,
    "muted_until": 0,
}


def test_create_then_list(panel: Panel) -> None:
    assert panel.get("/api/rule").result == []
    made = panel.post("/api/rule", DISK).result
    assert made.keys() == {"id"}
    conditions = [{"type": "disk", "above": 90.0}]
    assert panel.get("/api/rule").result == [{"id": made["id"], **DEFAULTS, **DISK, "conditions": conditions}]


def test_create_with_everything(dashboard: Dashboard, panel: Panel) -> None:
    servers = [dashboard.server()[0].id for _ in range(3)]
    monitors = [panel.monitor(), panel.monitor()]
    channels = [panel.channel(), panel.channel()]
    body = {
        "name": "Alles 东京",
        "enabled": False,
        "conditions": [
            {"type": "net_all", "above": 1e9, "below": 5.5, "duration": 0, "cover": "only", "servers": servers[:2]},
            {"type": "latency", "above": 200, "monitors": monitors},
            {"type": "offline", "duration": 300},
        ],
        "duration": 600,
        "cover": "only",
        "servers": servers,
        "tags": ["db", "web"],
        "channels": [channels[1], channels[0]],
        "remind": 3600,
        "recovery": False,
        "muted_until": 1_900_000_000,
    }
    id_ = panel.post("/api/rule", body).result["id"]
    shown = panel.one("/api/rule", id_)
    assert shown == {**body, "id": id_}


def test_every_type_of_condition_is_taken(panel: Panel) -> None:
    for type_ in TYPES:
        kind = TYPES[type_]
        limit: dict[str, Any] = {"none": {}, "below": {"below": 7}, "band": {"above": 1}}[kind.limits]
        cycle = {"cycle": {"start": "2026-01-31T00:00"}} if kind.source == "traffic" else {}
        assert panel.post("/api/rule", {"name": type_, "conditions": [{"type": type_, **limit, **cycle}]}).status == 200
    assert len(panel.get("/api/rule").result) == len(TYPES)


@pytest.mark.parametrize(
    ("change", "error", "field"),
    [
        ({"name": ""}, "required", "name"),
        ({"conditions": []}, "required", "conditions"),
        ({"conditions": [{"type": "disk", "above": 1}] * 11}, "too_many_entries", "conditions"),
        ({"conditions": [5]}, "not_an_object", ""),
        ({"conditions": [{"above": 1}]}, "required", "conditions[0].type"),
        ({"conditions": [{"type": "disk", "above": 1}, {"type": "disc"}]}, "not_a_choice", "conditions[1].type"),
        ({"conditions": [{"type": "disk"}]}, "required", "conditions[0].above"),
        ({"conditions": [{"type": "disk", "above": "1"}]}, "not_a_number", "conditions[0].above"),
        ({"conditions": [{"type": "disk", "above": 100.1}]}, "too_large", "conditions[0].above"),
        ({"conditions": [{"type": "loss", "below": -1}]}, "too_small", "conditions[0].below"),
        ({"conditions": [{"type": "offline", "above": 1}]}, "not_taken", "conditions[0].above"),
        ({"conditions": [{"type": "certificate", "above": 14}]}, "not_taken", "conditions[0].above"),
        ({"conditions": [{"type": "certificate"}]}, "required", "conditions[0].below"),
        (
            {"conditions": [{"type": "certificate", "below": 9}, {"type": "cpu", "above": 9}]},
            "mixed_conditions",
            "conditions",
        ),
        ({"conditions": [{"type": "disk", "above": 1, "servers": [99]}]}, "unknown_server", "conditions[0].servers"),
        ({"conditions": [{"type": "loss", "above": 1, "monitors": [99]}]}, "unknown_monitor", "conditions[0].monitors"),
        ({"conditions": [{"type": "down"}, {"type": "offline"}]}, "mixed_conditions", "conditions"),
        ({"duration": -1}, "too_small", "duration"),
        ({"duration": limits.RULE_SECONDS_MOST + 1}, "too_large", "duration"),
        ({"cover": "some"}, "not_a_choice", "cover"),
        ({"servers": [99]}, "unknown_server", "servers"),
        ({"tags": ["x"] * 101}, "too_many_entries", "tags"),
        ({"channels": [99]}, "unknown_channel", "channels"),
        ({"remind": 1.5}, "not_a_whole_number", "remind"),
    ],
)
def test_what_is_wrong_with_a_rule_is_named(panel: Panel, change: Any, error: str, field: str) -> None:
    answer = panel.post("/api/rule", {**DISK, **change})
    assert answer.error == (400, 400)
    assert (answer.json["error"], answer.json["field"] or "") == (error, field)
    id_ = panel.post("/api/rule", DISK).result["id"]
    assert panel.patch(f"/api/rule/{id_}", change).json["error"] == error
    assert panel.one("/api/rule", id_)["name"] == "Disk"


def test_change_of_some_fields_keeps_the_others(dashboard: Dashboard, panel: Panel) -> None:
    id_ = panel.post("/api/rule", {**DISK, "tags": ["a"], "duration": 5}).result["id"]
    assert panel.patch(f"/api/rule/{id_}", {"name": "Platte", "duration": None}).result is None
    with serve_another(dashboard) as other:
        shown = Panel(other, panel.cookie).one("/api/rule", id_)
    assert shown == {"id": id_, **DEFAULTS, "name": "Platte", "conditions": [{"type": "disk", "above": 90.0}]} | {
        "tags": ["a"],
        "duration": 5,
    }


def test_what_was_deleted_may_stay_in_a_rule(dashboard: Dashboard, panel: Panel) -> None:
    server, _ = dashboard.server()
    monitor, channel = panel.monitor(), panel.channel()
    condition = {"type": "loss", "above": 5.0, "servers": [server.id], "monitors": [monitor]}
    body = {"name": "Loss", "conditions": [condition], "servers": [server.id], "channels": [channel]}
    id_ = panel.post("/api/rule", body).result["id"]
    for path in (f"/api/server/{server.id}", f"/api/monitor/{monitor}", f"/api/channel/{channel}"):
        assert panel.delete(path).status == 200
    assert panel.patch(f"/api/rule/{id_}", {"name": "New"}).status == 200
    assert panel.patch(f"/api/rule/{id_}", {"servers": [server.id], "conditions": [condition]}).status == 200
    assert panel.post("/api/rule", body).json["error"] == "unknown_server"


def test_a_deleted_rule_is_gone_and_its_id_is_never_used_again(panel: Panel) -> None:
    ids = [panel.post("/api/rule", DISK).result["id"] for _ in range(3)]
    assert panel.delete(f"/api/rule/{ids[2]}").result is None
    assert [rule["id"] for rule in panel.get("/api/rule").result] == ids[:2]
    for answer in (panel.delete(f"/api/rule/{ids[2]}"), panel.patch(f"/api/rule/{ids[2]}", {"name": "x"})):
        assert (answer.error, answer.json["error"]) == ((404, 404), "rule_not_found")
    assert panel.post("/api/rule", DISK).result["id"] > ids[2]


def test_there_is_a_limit_that_deleting_makes_room_below(panel: Panel, monkeypatch: pytest.MonkeyPatch) -> None:
    from chalicelib.storage.alerts import alerts

    monkeypatch.setitem(alerts._MOST, "rule", 2)
    first, _ = (panel.post("/api/rule", DISK).result["id"] for _ in range(2))
    answer = panel.post("/api/rule", DISK)
    assert (answer.error, answer.json["error"], answer.json["limit"]) == ((400, 400), "too_many_rules", 2)
    panel.delete(f"/api/rule/{first}")
    assert panel.post("/api/rule", DISK).status == 200
