"""8 writers over HTTP while a third of DynamoDB's answers fail at random: no minute and no point is lost or doubled.

Throttled, failed, slow, cut off, or done with the answer lost or too late, which makes a client send again what is
there already.
"""

import json
import random
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from chalicelib.fleet.monitors import Monitor
from tests.api.failing_dynamodb import (
    BROKEN,
    CUT,
    EXCEEDED,
    LOST,
    SLOW,
    THROTTLED,
    TOO_SLOW,
    FailingDynamoDB,
    Failure,
    failing_dynamodb,
)
from tests.support.dashboard import NOW, Dashboard, new_store, serve

WRITERS = 8
MINUTES = 12
SHARE = 1 / 3
ATTEMPTS = 60
FAILURES = (THROTTLED, EXCEEDED, BROKEN, SLOW, TOO_SLOW, CUT, LOST)


def fail_at_random(database: FailingDynamoDB, seed: int) -> Counter[Failure]:
    """From now on; how often each failure came is counted."""
    chance, lock, fates = random.Random(seed), threading.Lock(), Counter[Failure]()  # noqa: S311

    def fate(operation: str, parameters: object) -> Failure | None:
        with lock:
            failure = chance.choice(FAILURES) if chance.random() < SHARE else None
            fates.update([failure] if failure else [])
            return failure

    database.failure = fate
    return fates


def test_8_writers_lose_and_double_nothing_while_a_third_of_the_answers_fail(dynamodb_url: str) -> None:
    with failing_dynamodb(dynamodb_url) as database:
        store = new_store(database.url)
        with serve(store) as dashboard:
            server, secret = dashboard.server("shared")
            store.create_monitor(Monitor(store.new_monitor_id(), "DNS", "icmp", "192.0.2.1", 30))
            fates = fail_at_random(database, seed=20261125)
            with ThreadPoolExecutor(WRITERS) as writers:
                answers = list(writers.map(write, [dashboard] * WRITERS, [secret] * WRITERS, range(WRITERS)))
            database.works()
            assert all(fates[failure] for failure in FAILURES)
            statuses = {status for answer in answers for status in answer}
            assert statuses <= {200, 429, 503}
            (series,) = dashboard.get(f"/api/v1/monitor/{server.id}").result
            assert series["created_at"] == [minute(ago) * 1000 for ago in range(MINUTES, 0, -1)]
            history = dashboard.get(f"/api/history/{server.id}").result
            assert history["at"] == [minute(ago) for ago in range(MINUTES, 0, -1)]
            assert (history["samples"], history["net_in"]) == (
                [WRITERS] * MINUTES,
                [ago * 1000 + WRITERS for ago in range(MINUTES, 0, -1)],
            )
            # Of each minute the point made from the most probes stays, whichever writer brought it, however often.
            assert series["avg_delay"] == [ago + WRITERS / 8 for ago in range(MINUTES, 0, -1)]
        store.transport.close()


def minute(ago: int) -> int:
    return int(NOW) // 60 * 60 - ago * 60


def write(dashboard: Dashboard, secret: str, number: int) -> list[int]:
    """Every minute, and its point, as this writer measured it, in an order of its own, each sent until it is taken.

    The statuses of the answers.
    """
    statuses = []
    order = random.Random(number).sample(range(1, MINUTES + 1), MINUTES)  # noqa: S311
    for ago in order:
        ping = {"monitor_id": 1, "at": minute(ago), "delay": ago + (number + 1) / 8, "up": number + 1, "down": 0}
        figures = {"at": minute(ago), "samples": number + 1, "NetIn": ago * 1000 + number + 1}
        body = json.dumps({"reports": [{"secret": secret, "pings": [ping], "minutes": [figures]}]}).encode()
        for _ in range(ATTEMPTS):
            answer = dashboard.request("POST", "/api/v1/agent/report", None, body)
            statuses.append(answer.status)
            if answer.status != 200:
                continue
            (outcome,) = answer.result["reports"]
            assert outcome.get("retry", True), outcome
            assert outcome.keys() & {"refused", "refused_minutes"} == set(), outcome
            if "error" not in outcome:
                break
        else:
            raise AssertionError(f"a point was not taken in {ATTEMPTS} attempts")
    return statuses
