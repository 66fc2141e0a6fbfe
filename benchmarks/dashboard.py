"""The dashboard as Lambda runs it: events in, answers out, and what each request costs at DynamoDB."""

import gzip
import importlib
import json
import os
import sys
import time
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from unittest import mock

from benchmarks.events import Event
from benchmarks.item_size import consumed
from benchmarks.sample_data import PREFIX
from benchmarks.watched_store import Parameters, Send, Watched
from chalicelib.api.compression import LEVEL
from chalicelib.config import Config
from chalicelib.storage import connect
from chalicelib.storage.calls import Transport

OVERLAP_SECONDS = 0.05
"""Added to each DynamoDB call while round trips are counted, so that concurrent calls really overlap."""


@dataclass(frozen=True)
class Cost:
    """What a request costs.

    read, written: capacity units. returned: bytes as Lambda returns the answer. body: bytes as the client reads it.
    gzipped: bytes as they are sent to the client.
    """

    read: float
    written: float
    returned: int
    body: int
    gzipped: int


class ColdApp:
    """app.py with nothing in its memory, as after a cold start, over the tables that begin with `prefix`.

    app: the Lambda handler. now: what its clock shows, in Unix seconds; None for the real time. transport, calls: as in
    WatchedStore.
    """

    def __init__(self, url: str, prefix: str = PREFIX, *, now: float | None = None) -> None:
        self.now = now
        self.transport: Transport
        self.calls: Watched
        variables = {
            "NEZHA_TABLE_PREFIX": prefix,
            "NEZHA_COMPRESS": "1",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ENDPOINT_URL_DYNAMODB": url,
        }
        for_requests = connect.for_requests
        real_time = time.time

        def watched(config: Config) -> Transport:
            self.transport = for_requests(config)
            self.calls = Watched(self.transport)
            return self.calls

        def clock() -> float:
            return real_time() if self.now is None else self.now

        with (
            mock.patch.dict(os.environ, variables),
            mock.patch.object(connect, "for_requests", watched),
            mock.patch.object(time, "time", clock),
        ):
            sys.modules.pop("app", None)
            self.app: Any = importlib.import_module("app").app

    def send(self, event: Event) -> Mapping[str, Any]:
        """Returns what the Lambda handler returns."""
        answer: dict[str, Any] = self.app(event, None)
        return answer

    def ask(self, event: Event) -> Mapping[str, Any]:
        """As `send`, but fails unless the status is 200."""
        answer = self.send(event)
        assert answer["statusCode"] == 200, answer["body"][:300]
        return answer

    def cost(self, event: Event) -> Cost:
        """Counts what one request costs. Its calls must not write the same item concurrently."""
        with consumed(self) as used:
            answer = self.ask(event)
        body = content(answer)
        return Cost(
            read=used.read,
            written=used.written,
            returned=len(json.dumps(answer["body"])),
            body=len(body),
            gzipped=len(gzip.compress(body, LEVEL, mtime=0)),
        )

    def round_trips(self, event: Event) -> int:
        """Returns how many DynamoDB calls one request makes one after the other; concurrent calls count once."""
        spans = []

        def timed(send: Send, operation: str, parameters: Parameters) -> Parameters:
            began = time.perf_counter()
            time.sleep(OVERLAP_SECONDS)
            try:
                return send(operation, parameters)
            finally:
                spans.append((began, time.perf_counter()))

        with self.calls.around(timed):
            self.ask(event)
        return one_after_the_other(spans)


def content(answer: Mapping[str, Any]) -> bytes:
    """Returns an answer's body as a client reads it."""
    body: str = answer["body"]
    return gzip.decompress(b64decode(body)) if answer.get("isBase64Encoded") else body.encode()


def one_after_the_other(spans: list[tuple[float, float]]) -> int:
    """Returns how many of these spans of time, at most, follow one another without overlapping."""
    count, free_from = 0, float("-inf")
    for began, ended in sorted(spans, key=lambda span: span[1]):
        if began >= free_from:
            count, free_from = count + 1, ended
    return count
