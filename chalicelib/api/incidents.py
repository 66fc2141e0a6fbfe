"""The feed of incidents: the events that guests may see, as Atom (RFC 4287).

Links are relative until the site's URL is set.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import NAMESPACE_URL, uuid5

from chalicelib.api.answers import Answer
from chalicelib.api.call import Call
from chalicelib.api.xml_text import escaped
from chalicelib.fleet.alerts import events
from chalicelib.fleet.alerts.ledger import EventRecord
from chalicelib.fleet.alerts.messages import Site, clean, length_of_time, site_of
from chalicelib.fleet.alerts.open_events import visible_to_guests
from chalicelib.fleet.alerts.words import SENTENCES
from chalicelib.fleet.limits import EVENTS_IN_FEED
from chalicelib.fleet.wall_clock import minute_text, offset_text

CONTENT_TYPE = "application/atom+xml; charset=utf-8"
_NAMELESS = "Nezha"
"""Instead of the site's name, while the public page is off."""


def feed(call: Call) -> Answer:
    """Contains what guests may see, whoever asks: caches share the answer. Empty while events are not public."""
    view = call.store.view()
    site = site_of(view.settings)
    visible = visible_to_guests(view)
    found = events.newest(call.store, limit=EVENTS_IN_FEED, visible=visible) if visible else []
    name = clean(site.name) if view.settings.public_page else _NAMELESS
    return Answer(_feed(found, name, site), content_type=CONTENT_TYPE)


def _feed(found: Sequence[EventRecord], name: str, site: Site) -> str:
    words = SENTENCES[site.language]
    root = site.url.rstrip("/") or "."
    own = f"{root}/incidents.atom"
    id_, self_ = (own, [_link(own, "self")]) if site.url else (_urn("incidents"), [])
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{site.language}">',
        _element("id", id_),
        _element("title", f"{name}: {words['incidents']}"),
        f"<author>{_element('name', name)}</author>",
        _element("updated", _moment(max(map(_updated, found), default=0))),
        *self_,
        _link(f"{root}/"),
        *(_entry(record, root, site) for record in found),
        "</feed>\n",
    ]
    return "\n".join(lines)


def _entry(record: EventRecord, root: str, site: Site) -> str:
    """An event's entry. Its ID does not depend on anything that people can change."""
    kind = SENTENCES[site.language]["began" if record.ended is None else "ended"]
    about = " → ".join(clean(name) for name in (record.server, record.monitor) if name)
    parts = [
        _element("id", _urn(f"event {record.id} {record.server_id} {record.monitor_id} {record.began}")),
        _element("title", f"[{kind}] {clean(record.rule)}: {about}"),
        _element("published", _moment(record.began)),
        _element("updated", _moment(_updated(record))),
        _link(f"{root}/monitors" if record.server_id is None else f"{root}/server/{record.server_id}"),
        _element("content", _when(record, site)),
    ]
    return f"<entry>{''.join(parts)}</entry>"


def _updated(record: EventRecord) -> int:
    return record.began if record.ended is None else record.ended


def _when(record: EventRecord, site: Site) -> str:
    """When an event began and ended, in the site's time zone, and how long it lasted; for an open one, since when."""
    began, zone = minute_text(record.began, site.zone), offset_text(record.began, site.zone)
    if record.ended is None:
        return SENTENCES[site.language]["since"].format(time=f"{began} {zone}")
    ended, lasted = minute_text(record.ended, site.zone), length_of_time(record.ended - record.began, site)
    return f"{began} – {ended} {zone}, {lasted}"


def _element(name: str, text: str) -> str:
    return f"<{name}>{escaped(text)}</{name}>"


def _link(href: str, rel: str = "alternate") -> str:
    return f'<link rel="{rel}" href="{escaped(href)}"/>'


def _moment(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _urn(text: str) -> str:
    return uuid5(NAMESPACE_URL, f"nezha {text}").urn
