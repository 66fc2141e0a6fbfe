"""GET /incidents.atom: events as a feed."""

from dataclasses import replace
from datetime import datetime
from typing import Any
from xml.etree import ElementTree

import pytest

from chalicelib.fleet.alerts.ledger import EventRecord
from tests.fleet.alerts.fleets import NOW
from tests.support.dashboard import Dashboard

ATOM = "{http://www.w3.org/2005/Atom}"
OPEN = EventRecord(2, 3, "Disk", 1, "web-1", None, "", NOW, 95)
OVER = replace(OPEN, id=1, server_id=2, server="web-2", ended=NOW + 300, reason="recovered")
URL = "https://status.example.com"


@pytest.fixture
def site(dashboard: Dashboard) -> Dashboard:
    """Server 3 is hidden; events are public."""
    for number in range(1, 4):
        dashboard.server(f"web-{number}", hide_for_guest=number == 3)
    dashboard.store.edit_settings({"public_events": True, "site_url": URL, "site_name": "Fleet"})
    return dashboard


def feed(dashboard: Dashboard, *records: EventRecord) -> Any:
    dashboard.store.alerts.archive(records)
    answer = dashboard.get("/incidents.atom")
    assert (answer.status, answer.headers["content-type"]) == (200, "application/atom+xml; charset=utf-8")
    found = ElementTree.fromstring(answer.body.decode())  # noqa: S314 - our own
    assert found.tag == f"{ATOM}feed"
    for one in (found, *entries(found)):
        for name in ("id", "title", "updated"):
            (element,) = one.findall(f"{ATOM}{name}")
            assert element.text
    return found


def entries(found: Any) -> list[Any]:
    return list(found.findall(f"{ATOM}entry"))


def texts(element: Any, name: str) -> list[str]:
    return [one.text or "" for one in element.iter(f"{ATOM}{name}")]


def at(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def test_feed_has_events_newest_first(site: Dashboard) -> None:
    found = feed(site, OPEN, OVER)
    assert texts(found, "title") == ["Fleet: Incidents", "[Incident] Disk: web-1", "[Resolved] Disk: web-2"]
    assert texts(found, "name") == ["Fleet"]
    assert list(map(at, texts(found, "published"))) == [NOW, NOW]
    assert list(map(at, texts(found, "updated"))) == [NOW + 300, NOW, NOW + 300]
    links = [(one.get("rel"), one.get("href")) for one in found.iter(f"{ATOM}link")]
    assert links == [
        ("self", f"{URL}/incidents.atom"),
        ("alternate", f"{URL}/"),
        ("alternate", f"{URL}/server/1"),
        ("alternate", f"{URL}/server/2"),
    ]
    since, lasted = texts(found, "content")
    assert since.startswith("since 2")
    assert lasted.endswith(" UTC, 5 min")


def test_entry_keeps_its_id_when_names_change_and_the_event_ends(site: Dashboard) -> None:
    (before,) = entries(feed(site, OPEN))
    changed = replace(OPEN, server="new", rule="new", ended=NOW + 9, reason="recovered")
    (after,) = entries(feed(site, changed))
    assert texts(before, "id") == texts(after, "id")
    assert texts(before, "id")[0].startswith("urn:uuid:")
    assert [at(texts(one, "updated")[0]) for one in (before, after)] == [NOW, NOW + 9]
    assert texts(entries(feed(site, OVER))[1], "id") != texts(after, "id")


@pytest.mark.parametrize("name", ["<b>&\"'</b>]]>", "a\x01\x00\u202e\uffffb", "x" * 128, "东京 🗼", " "])
def test_hostile_names_leave_the_feed_valid(site: Dashboard, name: str) -> None:
    site.store.edit_settings({"site_name": "</title><script>"})
    (entry,) = entries(feed(site, replace(OPEN, server=name, rule=name)))
    assert len(entry) == 6
    title = texts(entry, "title")[0]
    assert not set("\x00\x01\u202e\uffff") & set(title)
    assert "东京" not in name or title == f"[Incident] {name}: {name}"


def test_feed_is_only_of_what_guests_see_whoever_asks(site: Dashboard) -> None:
    hidden = replace(OPEN, id=3, server_id=3, server="hidden")
    gone = replace(OPEN, id=4, server_id=99, server="gone")
    assert len(entries(feed(site, hidden, gone, OPEN))) == 1
    as_reader = site.request("GET", "/incidents.atom", {"Authorization": site.token("read")})
    assert as_reader.body == site.get("/incidents.atom").body
    assert b"hidden" not in as_reader.body
    for off in ({"public_events": False}, {"public_events": True, "public_page": False}):
        site.store.edit_settings(off)
        assert entries(feed(site)) == []
    assert b"Fleet" not in site.get("/incidents.atom").body


def test_events_of_monitors_are_there_where_monitors_are_public(site: Dashboard) -> None:
    from chalicelib.fleet.monitors import Monitor, create

    monitor = create(site.store, Monitor(0, "DNS", "icmp", "192.0.2.1"))
    down = replace(OPEN, server_id=None, server="", monitor_id=monitor, monitor="DNS")
    assert entries(feed(site, down)) == []
    site.store.edit_settings({"public_monitors": True})
    (entry,) = entries(feed(site))
    assert texts(entry, "title") == ["[Incident] Disk: DNS"]
    assert entry.find(f"{ATOM}link").get("href") == f"{URL}/monitors"


def test_feed_speaks_the_sites_language_and_shows_its_time_zone(site: Dashboard) -> None:
    site.store.edit_settings({"language": "zh", "time_zone": "Asia/Shanghai"})
    found = feed(site, OVER)
    assert found.get("{http://www.w3.org/XML/1998/namespace}lang") == "zh"
    assert texts(found, "title") == ["Fleet: 事件", "[恢复] Disk: web-2"]
    assert texts(found, "content")[0].endswith("UTC+8, 5 分钟")


def test_links_are_relative_until_the_sites_url_is_known(site: Dashboard) -> None:
    site.store.edit_settings({"site_url": ""})
    found = feed(site, OPEN)
    assert [one.get("href") for one in found.iter(f"{ATOM}link")] == ["./", "./server/1"]
    assert texts(found, "id")[0].startswith("urn:uuid:")


def test_feed_has_the_newest_fifty(site: Dashboard) -> None:
    found = feed(site, *(replace(OPEN, id=id_, began=NOW + id_) for id_ in range(1, 61)))
    assert [at(text) - NOW for text in texts(found, "published")] == list(range(60, 10, -1))


def test_feed_is_kept_by_the_edge_and_never_by_browsers(site: Dashboard) -> None:
    assert site.get("/incidents.atom").headers["cache-control"] == "no-store"
