"""What the original v0 sent to its receivers, sent again: byte for byte, but for what v0 did wrong."""

import json
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from chalicelib.delivery.placeholders import server_values
from chalicelib.delivery.webhook_request import webhook_request
from chalicelib.fleet.alerts.channels import Channel
from chalicelib.fleet.figures import V0_NAMES
from chalicelib.fleet.servers import Server
from chalicelib.fleet.states import State
from ops.v0_notifications import Unusable, channel_of

RECORDED = Path(__file__).parents[1] / "golden" / "notifications.jsonl"
TYPES = {"json": 1, "form": 2}
METHODS = {"GET": 1, "POST": 2}


@cache
def recorded() -> list[Any]:
    return [json.loads(line) for line in RECORDED.read_text("utf-8").strip().split("\n")]


def channel(notification: Any) -> Channel:
    return channel_of(
        {
            "id": 1,
            "name": "recorded",
            "url": notification["url"],
            "request_method": METHODS.get(notification["method"], notification["method"]),
            "request_type": TYPES.get(notification["type"], notification["type"]),
            "request_header": notification["headers"],
            "request_body": notification["body"],
            "verify_ssl": notification["verify_ssl"],
        }
    )


def values(record: Any, which: int) -> dict[str, Any]:
    """which: of the times that the original read, as URL and body read the clock one after the other."""
    known = {"NEZHA": record["message"]}
    if record.get("datetimes"):
        known["DATETIME"] = record["datetimes"][min(which, len(record["datetimes"]) - 1)]
    if record["server"] is None:
        return known
    host, state = record["server"]["host"], record["server"]["state"]
    totals = json.dumps(["", "", None, host["MemTotal"], host["DiskTotal"], host["SwapTotal"]])
    server = Server(record["server"]["id"], record["server"]["name"], "", ip=host["ip"], host=totals)
    figures = ",".join(json.dumps(state.get(name, 0)) for name in V0_NAMES)
    return {**known, **server_values(server, State(0, 0, figures))}


def first_received(record: Any) -> Any:
    """Without the requests that followed a redirect."""
    received = record["received"]
    return received[0] if isinstance(received, list) else received


def differs(record: Any) -> str | None:
    """Why our request is another one; None where it must be the same. docs/compatibility.md lists the reasons."""
    name = (record["server"] or {}).get("name", "")
    channel_text = record["notification"]["url"] + record["notification"]["body"]
    if record["server"] is None and "#SERVER." in record["notification"]["url"]:
        return "a placeholder without a value cuts off the rest of the URL"
    if "#SERVER.IP#" in name and record["notification"]["method"] == "POST":
        return "placeholders are found in text that was put in"
    nested = record["notification"]["type"] == "form" and '"object":{"k":"#SERVER.NAME#"}' in channel_text
    if nested and (set(name) | set(record["message"])) & set('"\\\n'):
        return "JSON inside of a form is broken by what is put in"
    return None


SENT = [record for record in recorded() if record["received"] is not None]


@pytest.mark.parametrize("record", SENT, ids=[record["name"] for record in SENT])
def test_sends_what_the_original_sent(record: Any) -> None:
    received = first_received(record)
    ours = channel(record["notification"])
    # Where both show a time, the original read the clock twice: the URL first.
    urls = webhook_request(ours, values(record, 0))
    bodies = webhook_request(ours, values(record, 1 if "#DATETIME#" in ours.url else 0))
    sent: dict[str, Any] = {
        "method": urls.method,
        "path": urls.target,
        "headers": [list(pair) for pair in bodies.headers],
    }
    sent["body"] = bodies.body.decode()
    if urls.secure:
        sent["tls"] = True
    expected = {**received, "path": quote(received["path"], safe=SENDABLE)}
    if differs(record) is None:
        assert sent == expected
    else:
        assert sent != expected


SENDABLE = "".join(chr(code) for code in range(0x21, 0x7F))
"""Blanks and letters beyond ASCII stand in the original's requests as they are; they are percent-encoded here."""


def test_few_requests_differ() -> None:
    assert len(SENT) == 206
    assert Counter(map(differs, SENT)) == {
        None: 177,
        "a placeholder without a value cuts off the rest of the URL": 18,
        "placeholders are found in text that was put in": 7,
        "JSON inside of a form is broken by what is put in": 4,
    }


REFUSED = [record for record in recorded() if record["received"] is None]


@pytest.mark.parametrize("record", REFUSED, ids=[record["name"] for record in REFUSED])
def test_what_the_original_could_not_send_is_refused_or_fails(record: Any) -> None:
    hopeless = ("wrong type", "不支持的请求类型", "first path segment", "unsupported protocol", "invalid header")
    if any(text in record["outcome"] for text in hopeless):
        with pytest.raises(Unusable):
            channel(record["notification"])
    else:
        assert channel(record["notification"]).url  # whether it arrives is the receiver's matter
