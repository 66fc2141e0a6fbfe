"""Simulated servers that report and ping, to try out the pages. `feed` runs in its own thread.

They are written directly to the store, because HTTP would cost more than the pages that are being tried out.
"""

import threading
import time
from base64 import b64encode
from collections.abc import Sequence

from chalicelib.fleet import monitors
from chalicelib.fleet.errors import Throttled, Unavailable
from chalicelib.fleet.history import Recorded
from chalicelib.fleet.pings import MINUTE
from chalicelib.storage import DynamoStore
from chalicelib.storage.dump import JsonItem
from chalicelib.storage.head import group_of
from chalicelib.storage.servers import ServerItem
from local import simulated
from local.demo_fleet import fill_days, fill_hour, fill_monitors_hour
from local.demo_year import Simulated, fill_year
from local.simulated import MONITORS, NEVER, OFFLINE_SECONDS

REPORT_SECONDS, REPORT_SECONDS_OF_MANY = 5, 10
MANY = 200
"""With more servers than this, all of them report less often, because the pages also refresh less often."""
MINUTES_AT_ONCE = 120

AHEAD_SECONDS = 900
"""How long after the start the newest step is shown that is filled in at once: it ends 5 minutes earlier."""

REMEMBERING = 40
"""By default, only this many servers have a history, because each takes the embedded DynamoDB a second."""

NO_SECRET = bytes(32)
"""Stored in place of a secret's hash. No secret has it, so only this module can report for the simulated servers."""


def feed(store: DynamoStore, count: int, stop: threading.Event, remembering: int = REMEMBERING) -> None:
    """Adds `count` servers, fills in their past, and reports for all servers until `stop` is set.

    remembering: how many of them have a history, the first ones.

    Starts again when the embedded DynamoDB is too busy to answer; nothing is added twice.
    """
    adding: list[int] = []
    while True:
        try:
            _feed(store, count, stop, remembering, adding)
        except (Throttled, Unavailable):
            if not stop.wait(REPORT_SECONDS):
                continue
        return


def _feed(store: DynamoStore, count: int, stop: threading.Event, remembering: int, adding: list[int]) -> None:
    now = int(time.time())
    ids = _added(store, count, now, adding)
    reporting = {number: ids[number] for number in range(count) if number != NEVER}
    off = {number: id_ for number, id_ in reporting.items() if simulated.is_off(number)}
    on = {number: id_ for number, id_ in reporting.items() if number not in off}
    store.write_states(
        {id_: simulated.state(number, simulated.last_report(number, now)) for number, id_ in off.items()}
    )
    known = {(monitor.name, monitor.target): monitor.id for monitor in store.view().monitors.values()}
    monitor_ids = [known.get((one.name, one.target)) or monitors.create(store, one) for one in MONITORS]
    store.certificates.write(simulated.certificates(monitor_ids, now))
    fill_hour(store, on, simulated.spark, now)
    few = {number: id_ for number, id_ in on.items() if number < REMEMBERING}

    def fill_monitors(until: float) -> None:
        fill_monitors_hour(store, few, lambda number, at: simulated.points(number, monitor_ids, at), until)

    # Also the steps during which the servers get their past. Otherwise the evaluation of the rules stores them from the
    # points of few servers.
    fill_monitors(now + AHEAD_SECONDS)
    silent = dict.fromkeys(off, OFFLINE_SECONDS // MINUTE)
    fill_days(store, reporting, monitor_ids, simulated.missing, silent, now)
    recorded: dict[int, int] = {}
    past = fill_year(
        store,
        {number: id_ for number, id_ in reporting.items() if number < remembering},
        Simulated(
            simulated.history_minute,
            lambda number, at: simulated.points(number, monitor_ids, at),
            lambda number: simulated.last_report(number, now),
        ),
        now,
    )
    pause = REPORT_SECONDS_OF_MANY if count > MANY else REPORT_SECONDS
    while not stop.is_set():
        began = time.time()
        store.write_states({id_: simulated.state(number, int(began)) for number, id_ in on.items()})
        fill_monitors(began)
        while True:  # at least once, because a slow database leaves no time, and would never get a past
            if filled := next(past, None):
                recorded |= [filled]
            elif not _record_some(store, ids, monitor_ids, recorded, now):
                stop.wait(max(0, began + pause - time.time()))
            if stop.is_set() or time.time() >= began + pause:
                break


def _added(store: DynamoStore, count: int, now: int, adding: list[int]) -> Sequence[int]:
    """Returns the IDs of `count` simulated servers: those of an earlier run, if its data was kept, and new ones.

    adding: the IDs of new servers, until all of them are added. If that fails, the next attempt adds the same IDs,
    because the store does not yet know of those that were already written.
    """
    known = store.view().fleet.by_id.items()
    kept = sorted(id_ for id_, server in known if server.secret_hash == NO_SECRET.hex() and id_ not in adding)
    missing = count - len(kept)
    if missing <= 0:
        return kept[:count]
    if not adding:
        first = store.new_server_id()
        adding += range(first, first + missing)
    ids = [*kept, *adding]
    # All at once, like restoring a backup; one by one would take the embedded DynamoDB minutes.
    for _ in store.dump.load(("servers", _server_item(ids[number], number, now)) for number in range(len(kept), count)):
        pass
    adding.clear()
    return ids


def _server_item(server_id: int, number: int, now: int) -> JsonItem:
    item: JsonItem = ServerItem(
        group_of(server_id),
        server_id,
        name=simulated.name_of(number),
        tag=simulated.place_of(number).tag,
        note="rack 4, paid until March" if number % 7 == 0 else None,
        hide_for_guest=1 if number % 40 == 11 else None,
        # Addresses from the blocks reserved for documentation.
        ip=f"203.0.113.{number % 250 + 1}/2001:db8::{number + 1:x}",
        host=None if number == NEVER else simulated.host(number, now),
        secret_hash=NO_SECRET,
        created=now,
    ).serialize()
    return {**item, "s": {"B": b64encode(NO_SECRET).decode()}}


def _record_some(
    store: DynamoStore, ids: Sequence[int], monitor_ids: Sequence[int], recorded: dict[int, int], began: int
) -> bool:
    """Adds some minutes to the next server that lacks any. Returns False if none does. recorded: the last minute of
    each.

    began: the start of the simulation; offline servers sent their last report OFFLINE_SECONDS before it.
    """
    now = int(time.time())

    def behind(number: int) -> int:
        last = simulated.last_report(number, began if simulated.is_off(number) else now)
        return last - last % MINUTE - MINUTE

    number = next((one for one, until in recorded.items() if until < behind(one)), None)
    if number is None:
        return False
    first = recorded[number] - recorded[number] % MINUTE + MINUTE
    times = range(first, min(first + MINUTES_AT_ONCE * MINUTE, behind(number) + MINUTE), MINUTE)
    minutes = [simulated.history_minute(number, at) for at in times]
    points = [one for at in times for one in simulated.points(number, monitor_ids, at)]
    store.write_history({ids[number]: Recorded(minutes, points)}, now)
    recorded[number] = times[-1]
    return True
