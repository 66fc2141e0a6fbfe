"""A dashboard of the original is imported, its servers fail a rule, and its receivers get what it sent them.

Everything on the way is real: the import, the evaluation, the delivery, and HTTP. Only the text of a message and the
time in it are ours, so they are put into the recorded requests.
"""

import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

from chalicelib.every_minute import EveryMinute
from chalicelib.fleet.alerts.ledger import Ledger
from chalicelib.fleet.alerts.messages import Site, message, site_of
from chalicelib.fleet.alerts.notices import Notice, told_of
from chalicelib.fleet.figures import V0_NAMES
from chalicelib.fleet.servers import Facts
from chalicelib.fleet.states import State
from chalicelib.storage import DynamoStore
from ops.import_v0 import Import, open_database
from tests.delivery.receiver import Received, Receiver
from tests.delivery.test_recorded_webhooks import METHODS, SENDABLE, SENT, TYPES, differs, first_received
from tests.ops.original_alerts import ORIGINAL

NOW = 1_796_000_000
RECORDER = "127.0.0.1:9000"
TIME = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{1,9} \+0000 UTC"
MESSAGE, MOMENT = "\ue000", "\ue001"
"""Stand for the message and the time in what was recorded."""


def chosen() -> Iterator[Any]:
    """The original's messages about servers that fail a rule: one record for each channel.

    Records with JSON inside a form are left out: our messages have several lines, which break it in the original.
    """
    for record in SENT:
        told_of_a_server = record["event"] == "incident" and record["zone"] == "UTC" and "/extra-" not in record["name"]
        url = record["notification"]["url"]
        nests = record["notification"]["type"] == "form" and '":{' in record["notification"]["body"]
        if told_of_a_server and not nests and differs(record) is None and url.startswith("http://") and RECORDER in url:
            yield record


def original_of(records: list[Any], receiver: Receiver, path: Path) -> Path:
    """A database with these servers and notifications, and a rule for each server that notifies its own group."""
    with closing(sqlite3.connect(path)) as database, database:
        with closing(sqlite3.connect(f"file:{ORIGINAL}?mode=ro", uri=True)) as known:
            for (statement,) in known.execute("SELECT sql FROM sqlite_master WHERE sql LIKE 'CREATE TABLE `%'"):
                database.execute(statement)
        for id_, server in servers_of(records).items():
            database.execute(
                "INSERT INTO servers (id, name, secret) VALUES (?, ?, ?)", (id_, server["name"], f"s{id_}")
            )
            watched = json.dumps([{"type": "cpu", "max": 50, "duration": 3, "cover": 1, "ignore": {str(id_): True}}])
            database.execute(
                "INSERT INTO alert_rules (id, name, rules_raw, enable, trigger_mode, notification_tag) "
                "VALUES (?, 'CPU > 50%', ?, 1, 1, ?)",
                (id_, watched, f"group {id_}"),
            )
        for id_, record in enumerate(records, 1):
            given = record["notification"]
            row = (
                id_,
                record["name"],
                f"group {record['server']['id']}",
                given["url"].replace(RECORDER, address(receiver)),
            )
            sent = (METHODS.get(given["method"], given["method"]), TYPES.get(given["type"], given["type"]))
            database.execute(
                "INSERT INTO notifications (id, name, tag, url, request_method, request_type, request_header, "
                "request_body, verify_ssl) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (*row, *sent, given["headers"], given["body"], given["verify_ssl"]),
            )
    return path


def address(receiver: Receiver) -> str:
    return f"127.0.0.1:{receiver.port}"


def servers_of(records: list[Any]) -> dict[int, Any]:
    return {record["server"]["id"]: record["server"] for record in records}


def report(store: DynamoStore, records: list[Any], now: int) -> None:
    for id_, server in servers_of(records).items():
        host = server["host"]
        facts = json.dumps(["", "", None, host["MemTotal"], host["DiskTotal"], host["SwapTotal"]])
        store.write_facts({id_: Facts(ip=host["ip"], host=facts)}, now)
        figures = ",".join(json.dumps(server["state"].get(name, 0)) for name in V0_NAMES)
        assert not store.write_states({id_: State(now, now, figures)})


def text_of(ledger: Ledger, site: Site) -> str:
    """Of the message about the one event of a rule."""
    ((subject, event),) = ledger.standing.open.items()
    rule = ledger.rule
    told = (told_of(subject, event),)
    notice = Notice(0, "began", rule.id, rule.name, rule.conditions, of_monitors=False, at=event.fired, told=told)
    text = message(notice, site).text
    assert "CPU" in text
    return text


def expected(record: Any, text: str, receiver: Receiver) -> re.Pattern[str]:
    """The whole recorded request, with our message and any time in the same format."""
    recorded = first_received(record)
    whole = whole_text(
        recorded["method"], quote(recorded["path"], safe=SENDABLE), recorded["headers"], recorded["body"]
    )
    for escape in (query, in_json, lambda value: query(in_json(value)), str):
        whole = whole.replace(escape(record["message"]), f"{MESSAGE}{escape(text)}{MESSAGE}")
        for moment in record.get("datetimes") or ():
            whole = whole.replace(escape(moment), MOMENT)
    pattern = re.escape(whole.replace(MESSAGE, "").replace(RECORDER, address(receiver)))
    moments = "|".join([TIME, TIME.replace(" ", r"\+").replace(r"\+0000", "%2B0000").replace(":", "%3A")])
    return re.compile(pattern.replace(MOMENT, f"(?:{moments})"))


def whole_text(method: str, path: str, headers: Any, body: str) -> str:
    """Without the length, which belongs to another message."""
    shown = [f"{name}: {value}" for name, value in headers if name != "Content-Length"]
    return "\n".join([f"{method} {path}", *shown, "", body])


def query(text: str) -> str:
    return quote_plus(text, safe="~")


def in_json(text: str) -> str:
    """As Go writes it."""
    plain = json.dumps(text, ensure_ascii=False)[1:-1].replace("\\b", "\\u0008").replace("\\f", "\\u000c")
    for special in "<>&\u2028\u2029":
        plain = plain.replace(special, f"\\u{ord(special):04x}")
    return plain


def shown(request: Received) -> str:
    method, path, _ = request.line.split(" ")
    lengths = [value for name, value in request.headers if name == "Content-Length"]
    assert lengths in ([], [str(len(request.body))])
    return whole_text(method, path, request.headers, request.body.decode())


def test_an_imported_dashboard_sends_what_the_original_sent(store: DynamoStore, tmp_path: Path) -> None:
    records = list(chosen())
    assert len(records) > 60
    assert len(servers_of(records)) > 8
    with Receiver() as receiver:
        path = original_of(records, receiver, tmp_path / "original.sqlite")
        with closing(open_database(path)) as database:
            imported = Import(store, database, NOW, write=True).run()
        assert imported.taken["channels"] == len(records)
        now = [float(NOW)]
        minute = EveryMinute(store, 60, flush=300, every=60, local=True, clock=lambda: now[0])
        for _ in range(2):
            report(store, records, int(now[0]))
            minute.run(now[0])
            if minute._delivering:
                minute._delivering.join(60)
            now[0] += 60
        assert len(receiver.requests) == len(records)
        site = site_of(store.view().settings)
        ledgers = store.alerts.ledgers(at_once=True)
        settled = [receipt for one in ledgers.values() for of in one.receipts.values() for receipt in of]
        assert (len(settled), all(receipt.delivered for receipt in settled)) == (len(records), True)
        texts = {id_: text_of(ledger, site) for id_, ledger in ledgers.items()}
        left = [shown(request) for request in receiver.requests]
        for record in records:
            wanted = expected(record, texts[record["server"]["id"]], receiver)
            found = next((one for one in left if wanted.fullmatch(one)), None)
            assert found is not None, (record["name"], wanted.pattern)
            left.remove(found)
