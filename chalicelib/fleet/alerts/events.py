"""Events as people ask for them: those in the ledgers, and those in the archive."""

from collections.abc import Callable, Iterator
from itertools import islice

from chalicelib.fleet.access import GUEST, may_see
from chalicelib.fleet.alerts.ledger import Record, records
from chalicelib.fleet.store import Store, View


def visible_to_guests(view: View) -> Callable[[Record], bool] | None:
    """Whether guests may see an event: of a visible server, or of a monitor where monitors are public; None where they
    see no events."""
    settings, servers = view.settings, view.fleet.by_id
    if not (settings.public_page and settings.public_events):
        return None

    def visible(record: Record) -> bool:
        if record.server_id is None:
            return settings.public_monitors and record.monitor_id in view.monitors
        server = servers.get(record.server_id)
        return server is not None and may_see(GUEST, hidden=server.hide_for_guest)

    return visible


def newest(
    store: Store,
    *,
    limit: int,
    before: int | None = None,
    server_id: int | None = None,
    only_open: bool = False,
    visible: Callable[[Record], bool] = lambda _: True,
) -> list[Record]:
    """The newest events, by id from the highest. server_id: only those of this server."""
    ledgers = store.alerts.ledgers(at_once=True).values()
    known = {record.id: record for ledger in ledgers for record in records(ledger)}
    if only_open:
        known = {id_: record for id_, record in known.items() if record.ended is None}
    else:
        # What a process archived and did not yet take out of its ledger is in both.
        known = {record.id: record for record in _archived(store, limit, before, server_id, visible)} | known
    wanted = (
        record
        for record in sorted(known.values(), key=lambda record: -record.id)
        if (before is None or record.id < before)
        and (server_id is None or record.server_id == server_id)
        and visible(record)
    )
    return list(islice(wanted, limit))


def _archived(
    store: Store, limit: int, before: int | None, server_id: int | None, visible: Callable[[Record], bool]
) -> Iterator[Record]:
    """As many visible archived events as an answer takes."""
    left = limit
    while left > 0:
        page = store.alerts.archived(limit, before, server_id)
        for record in page:
            if visible(record):
                left -= 1
                yield record
        if len(page) < limit:
            return
        before = page[-1].id
