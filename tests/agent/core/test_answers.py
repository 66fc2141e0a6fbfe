"""Parsing the dashboard's answers."""

from __future__ import annotations

import json
from typing import Any

import pytest

from agent.core.answers import Answer, NotTaken, Outcome, RefusedMinute, RefusedPoint, parse_answer
from agent.core.monitors import Monitor

MONITOR = {"id": 1, "type": "icmp", "target": "1.1.1.1", "interval": 30, "server_ids": [1]}


def answer(**result: Any) -> bytes:
    usual = {"interval": 10, "reports": [{"server_id": 1}], "monitors": []}
    return json.dumps({"code": 0, "result": {**usual, **result}}).encode()


@pytest.mark.parametrize(("sent", "kept"), [(1, 1), (3600, 3600), (0, 1), (-5, 1), (3601, 3600), (10**400, 3600)])
def test_interval_is_kept_within_bounds(sent: int, kept: int) -> None:
    assert parse_answer(answer(interval=sent), 1) == Answer(kept, (Outcome(1),))


@pytest.mark.parametrize(("sent", "kept"), [(None, None), (300, 300), (600, 600), (0, 1), (10**9, 3600)])
def test_flush_is_kept_within_bounds_and_absent_from_a_dashboard_that_knows_no_minutes(sent: Any, kept: Any) -> None:
    assert parse_answer(answer(flush=sent), 1).flush == kept
    assert parse_answer(answer(), 1).flush is None


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html>",
        b"\xff\xfe",
        b"null",
        b"[]",
        b"[" * 100_000,
        b'{"code": 0}',
        b'{"code": 0, "result": null}',
        b'{"result": {"interval": 10, "reports": [], "monitors": []}}',
        b'{"result": {"interval": 10, "reports": [{"server_id": 1}, {"server_id": 2}], "monitors": []}}',
        b'{"result": {"interval": 10, "reports": [{"server_id": true}], "monitors": []}}',
        b'{"result": {"interval": 10, "reports": [{"server_id": 1}], "monitors": [1]}}',
        b'{"result": {"interval": 10, "reports": [{"server_id": 1}], "monitors": 7}}',
        b'{"result": {"interval": 10, "reports": [{"server_id": 1}], "monitors": {}}}',
        b'{"result": {"interval": 10, "reports": [{"server_id": 1}]}}',
        b'{"result": {"interval": 10, "reports": [{}], "monitors": []}}',
        b'{"result": {"interval": 10, "reports": ["x"], "monitors": []}}',
        b'{"result": {"interval": 10, "reports": [{"error": "throttled"}], "monitors": []}}',
        b'{"result": {"interval": 10, "reports": [{"error": 1, "message": 2, "retry": 3}], "monitors": []}}',
        b'{"result": {"interval": NaN, "reports": [{"server_id": 1}], "monitors": []}}',
        b'{"result": {"interval": "10", "reports": [{"server_id": 1}], "monitors": []}}',
        answer(interval=True),
        answer(reports=[{"server_id": 0}]),
        answer(reports=[{"server_id": 1, "refused": 7}]),
        answer(reports=[{"server_id": 1, "refused": [{}]}]),
        answer(reports=[{"server_id": 1, "refused_minutes": [{}]}]),
        answer(reports=[{"server_id": 1, "not_kept": [1]}]),
        answer(flush="300"),
        answer(monitors=[{"id": 1, "type": "icmp", "target": "x", "interval": 30}]),
        answer(monitors=["x"]),
        b'{"result": {"interval": ' + b"9" * 5000 + b', "reports": [{"server_id": 1}], "monitors": []}}',
    ],
)
def test_answer_that_is_not_as_agreed_counts_as_not_taken(content: Any) -> None:
    with pytest.raises(NotTaken, match="check the URL"):
        parse_answer(content, 1)


def test_outcomes_come_in_order_with_what_was_refused() -> None:
    refused = {"monitor_id": 3, "at": 60, "error": "too_old", "message": "No.\nNo."}
    failed = {"error": "throttled", "message": "Busy.", "retry": True}
    minute = {"at": 120, "error": "in_the_future", "message": "Not yet."}
    taken = {"server_id": 7, "refused": [refused], "refused_minutes": [minute], "not_kept": ["host"]}
    parsed = parse_answer(answer(reports=[taken, failed]), 2)
    assert parsed.outcomes == (
        Outcome(
            7,
            refused=(RefusedPoint(3, 60, "too_old", "No. No."),),
            refused_minutes=(RefusedMinute(120, "in_the_future", "Not yet."),),
            not_kept=("host",),
        ),
        Outcome(error="throttled", message="Busy.", retry=True),
    )


def test_texts_stay_on_one_line_of_bounded_length() -> None:
    failed = {"error": "throttled", "message": "busy\n\x1b[31mroot: all is well" + "x" * 9999, "retry": True}
    (outcome,) = parse_answer(answer(reports=[failed]), 1).outcomes
    assert outcome.message.isprintable()
    assert len(outcome.message) < 500


def test_monitors_that_cannot_be_probed_are_named_and_the_others_kept() -> None:
    sent = [MONITOR, {**MONITOR, "id": 2, "type": "command"}, {"id": 3}]
    parsed = parse_answer(answer(monitors=sent), 1)
    assert parsed.monitors == ((Monitor(1, "icmp", "1.1.1.1", 30), (1,)),)
    assert [why.partition(" has")[0] for why in parsed.unusable] == ["monitor 2", "monitor 3"]
