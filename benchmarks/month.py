"""The cost of a server, a fleet and a program that reads it in 30 days: counted units times AWS's list prices."""

import random
from collections.abc import Iterable
from dataclasses import dataclass

from benchmarks import capacity, events, sample_data
from benchmarks.capacity import FLUSH_MINUTES, MONITORS
from benchmarks.table import Row
from chalicelib.fleet import prices as price
from chalicelib.fleet.limits import REPORTS

REPORT_SECONDS = 10
EVERY = f"every {REPORT_SECONDS} s through API Gateway"
REPORTS_A_MONTH = price.MONTH_SECONDS // REPORT_SECONDS
MINUTES_A_MONTH = price.MONTH_SECONDS // 60
READ_SECONDS = 5
"""How often a program asks for the details of all servers."""
READS_A_MONTH = price.MONTH_SECONDS // READ_SECONDS

MEMORY_MB = 512
REPORT_RUN_MS = 10
BATCH_RUN_MS = 50
ANSWER_RUN_MS = 20
ANSWER_RUN_MS_A_THOUSAND = 100
"""How long Lambda runs for a request. Assumed; not measured on AWS."""

HEAD_UNITS = 0.1
"""Read units per report, for its secret and monitors, with ten servers or more: at most one every 15 s in each
process.
"""
LOG_BYTES = 600
"""The two log lines of a request, API Gateway's and the handler's, of about 300 bytes each."""

SERVERS = (10, 100, 1_000, 10_000)
COUNTED = 1_000


@dataclass(frozen=True)
class MonthUnits:
    """state, batch: write units of a state, sent alone and in a request of 100. minute, flush: write units of one
    minute's points of ten monitors, sent alone and with those of four other minutes. read: read units of the details of
    all servers if nothing changed. answer: bytes of these details, compressed.
    """

    state: float
    batch: float
    minute: float
    flush: float
    read: float
    answer: int


@dataclass(frozen=True)
class MonthPart:
    """`amount` units in a month, for `each` dollars a unit."""

    what: str
    amount: float
    unit: str
    each: float

    @property
    def dollars(self) -> float:
        return self.amount * self.each


def rows() -> list[Row]:
    return fleets(count())


def fleets(counted: MonthUnits) -> list[Row]:
    return [
        row
        for servers in SERVERS
        for row in (
            Row(f"{servers:,} servers, each by itself, {EVERY}", _fleet(servers, 1, counted), "$"),
            Row(f"{servers:,} servers, through relays, {EVERY}", _fleet(servers, REPORTS, counted), "$"),
            Row(f"a program that reads {servers:,} servers every {READ_SECONDS} s", reader(servers, counted), "$"),
        )
    ]


def count() -> MonthUnits:
    """Counts on an embedded DynamoDB. The result is the same each time."""
    random.seed(1)
    with sample_data.dynamodb() as url:
        dashboard = capacity.filled(url, COUNTED, MONITORS)
        dashboard.ask(events.DETAILS)
        details = dashboard.cost(events.DETAILS)
        return MonthUnits(
            read=details.read,
            answer=details.gzipped,
            state=capacity.state_written(dashboard, range(1, 2)),
            batch=capacity.state_written(dashboard, range(1, 1 + REPORTS)),
            minute=capacity.minute_written(dashboard, 2, 1),
            flush=capacity.minute_written(dashboard, 3, FLUSH_MINUTES),
        )


def request(run_ms: float) -> float:
    """Returns dollars for a request and its log lines, without reads and writes."""
    return (
        price.REST_REQUEST
        + price.LAMBDA_REQUEST
        + _gb_seconds(run_ms) * price.LAMBDA_GB_SECOND
        + LOG_BYTES / price.GB * price.LOGS_GB
    )


def machine(reports: int, counted: MonthUnits) -> list[MonthPart]:
    """Returns what a server costs if its reports are sent in requests of `reports` reports."""
    requests = REPORTS_A_MONTH / reports
    run_ms, written = (REPORT_RUN_MS, counted.state) if reports == 1 else (BATCH_RUN_MS, counted.batch)
    assumed = f"{REPORT_RUN_MS} ms alone, {BATCH_RUN_MS} ms for {REPORTS} (assumed)"
    return [
        MonthPart(f"API Gateway, {million(price.REST_REQUEST)}", requests, "requests", price.REST_REQUEST),
        MonthPart(f"Lambda, {million(price.LAMBDA_REQUEST)}", requests, "runs", price.LAMBDA_REQUEST),
        MonthPart(
            f"Lambda's time, {MEMORY_MB} MB, arm64; {assumed}",
            requests * _gb_seconds(run_ms),
            "GB s",
            price.LAMBDA_GB_SECOND,
        ),
        MonthPart(
            f"states, {million(price.WRITE_UNIT)} write units; {counted.state:g} alone, {counted.batch:g} in a batch",
            REPORTS_A_MONTH * written,
            "units",
            price.WRITE_UNIT,
        ),
        MonthPart(
            f"secret and monitor lookups, {million(price.READ_UNIT)} read units; at most {HEAD_UNITS:g}",
            REPORTS_A_MONTH * HEAD_UNITS,
            "units",
            price.READ_UNIT,
        ),
        MonthPart(
            f"logs, ${price.LOGS_GB:.2f} a GB; {LOG_BYTES} bytes a request in two of them (estimated)",
            requests * LOG_BYTES / price.MILLION,
            "MB",
            price.LOGS_GB * price.MILLION / price.GB,
        ),
    ]


def total(parts: Iterable[MonthPart]) -> float:
    return sum(part.dollars for part in parts)


def _fleet(servers: int, reports: int, counted: MonthUnits) -> float:
    """Returns dollars for servers with ten monitors that send at most `reports` reports in a request."""
    return servers * (total(machine(min(servers, reports), counted)) + points(counted.flush).dollars)


def points(written: float) -> MonthPart:
    """The cost of a server's points in a month. They need no reads. written: write units per minute."""
    return MonthPart("points", MINUTES_A_MONTH * written, "units", price.WRITE_UNIT)


def reader(servers: int, counted: MonthUnits) -> float:
    """Returns dollars a month, without egress, which depends on whether the program accepts compressed answers."""
    units = 1 + (counted.read - 1) * servers / COUNTED
    return READS_A_MONTH * (request(answer_run_ms(servers)) + units * price.READ_UNIT)


def answer_run_ms(servers: int) -> float:
    return ANSWER_RUN_MS + ANSWER_RUN_MS_A_THOUSAND * servers / 1000


def _gb_seconds(run_ms: float) -> float:
    return MEMORY_MB / 1024 * run_ms / 1000


def million(dollars: float) -> str:
    """The price of a million, with at least two decimals: "$0.625 a million"."""
    return f"${f'{dollars * price.MILLION:.3f}'.removesuffix('0')} a million"
