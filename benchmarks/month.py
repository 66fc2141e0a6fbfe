"""What a server, a fleet and a program that reads it cost in 30 days: counted units times AWS's list prices.

`python -m benchmarks.month` prints the tables of docs/operations.md.
"""

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from benchmarks import capacity, events, sample_data
from benchmarks import prices as price
from benchmarks.capacity import FLUSH_MINUTES, MONITORS
from benchmarks.table import Row
from chalicelib.fleet.limits import REPORTS
from chalicelib.storage.tables import TABLES

REPORT_SECONDS = 10
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
"""Read units a report, for its secret and its monitors, from ten servers on: at most one every 15 s and process."""
LOG_BYTES = 600
"""A request's lines in API Gateway's log and in the handler's, about 300 bytes each."""

MACHINE_MB = 1
"""A server with ten monitors takes at most so much of the tables: a day of points takes a tenth, but DynamoDB may take
days to remove expired items.
"""
KEY_SECONDS = 300
"""How often DynamoDB asks KMS for a table's key while a connection is in use:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.howitworks.html
"""
ALARMS = 10
METRICS = 2
"""As in infra/application/alarms.yaml."""
MAILS = 100
PACKAGES = 100
PACKAGE_MB = 3

SERVERS = (10, 100, 1_000, 10_000)
COUNTED = 1_000


@dataclass(frozen=True)
class Counted:
    """state, batch: write units of a state, alone and in a request of 100. minute, flush: of ten monitors' points of a
    minute, sent alone and with those of four others. read: read units of the details of all servers if nothing
    changed. answer: bytes of these details, compressed.
    """

    state: float
    batch: float
    minute: float
    flush: float
    read: float
    answer: int


@dataclass(frozen=True)
class Part:
    """`amount` units in a month, for `each` dollars a unit."""

    what: str
    amount: float
    unit: str
    each: float

    @property
    def dollars(self) -> float:
        return self.amount * self.each


def main() -> None:
    print("\n\n".join(tables(count())))


def rows() -> list[Row]:
    return fleets(count())


def fleets(counted: Counted) -> list[Row]:
    return [
        row
        for servers in SERVERS
        for row in (
            Row(f"{servers:,} servers, each by itself, no program reads", _fleet(servers, 1, counted), "$"),
            Row(f"{servers:,} servers, through relays, no program reads", _fleet(servers, REPORTS, counted), "$"),
            Row(f"a program that reads {servers:,} servers every {READ_SECONDS} s", _reader(servers, counted), "$"),
        )
    ]


def tables(counted: Counted) -> Iterator[str]:
    """The tables of docs/operations.md."""
    yield _table(("a machine and month", "alone", f"through a relay, {REPORTS} in a request"), _machine_lines(counted))
    yield _table(
        ("what else", "a month", "free of it, for an account"),
        [(part.what, _cell(part), free) for part, free in _others(counted)],
    )


def count() -> Counted:
    """Counts on an embedded DynamoDB. The result is the same each time."""
    random.seed(1)
    with sample_data.dynamodb() as url:
        dashboard = capacity.filled(url, COUNTED, MONITORS)
        dashboard.ask(events.DETAILS)
        details = dashboard.cost(events.DETAILS)
        return Counted(
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


def machine(reports: int, counted: Counted) -> list[Part]:
    """Returns what a server costs whose reports are sent in requests of `reports`."""
    requests = REPORTS_A_MONTH / reports
    run_ms, written = (REPORT_RUN_MS, counted.state) if reports == 1 else (BATCH_RUN_MS, counted.batch)
    assumed = f"{REPORT_RUN_MS} ms alone, {BATCH_RUN_MS} ms for {REPORTS} (assumed)"
    return [
        Part(f"API Gateway, {_million(price.REST_REQUEST)}", requests, "requests", price.REST_REQUEST),
        Part(f"Lambda, {_million(price.LAMBDA_REQUEST)}", requests, "runs", price.LAMBDA_REQUEST),
        Part(
            f"Lambda's time, {MEMORY_MB} MB, arm64; {assumed}",
            requests * _gb_seconds(run_ms),
            "GB s",
            price.LAMBDA_GB_SECOND,
        ),
        Part(
            f"states, {_million(price.WRITE_UNIT)} write units; {counted.state:g} alone, {counted.batch:g} in a batch",
            REPORTS_A_MONTH * written,
            "units",
            price.WRITE_UNIT,
        ),
        Part(
            f"secrets and monitors found, {_million(price.READ_UNIT)} read units; at most {HEAD_UNITS:g}",
            REPORTS_A_MONTH * HEAD_UNITS,
            "units",
            price.READ_UNIT,
        ),
        Part(
            f"logs, ${price.LOGS_GB:.2f} a GB; {LOG_BYTES} bytes a request in two of them (estimated)",
            requests * LOG_BYTES / price.MILLION,
            "MB",
            price.LOGS_GB * price.MILLION / price.GB,
        ),
    ]


def total(parts: Iterable[Part]) -> float:
    return sum(part.dollars for part in parts)


def _others(counted: Counted) -> list[tuple[Part, str]]:
    """Returns what else is billed, each with its free tier."""
    answer_kb = round(counted.answer, -4) // 1000
    key_uses = len(TABLES) * price.MONTH_SECONDS / KEY_SECONDS
    return [
        (
            Part(
                f"a program that reads {COUNTED:,} servers every {READ_SECONDS} s; {counted.read:g} read units, "
                f"{_answer_run_ms(COUNTED):g} ms of Lambda (assumed)",
                READS_A_MONTH,
                "requests",
                _reader(COUNTED, counted) / READS_A_MONTH,
            ),
            "",
        ),
        (
            Part(
                f"its answers, {answer_kb} KB compressed, ${price.TRANSFER_GB:.2f} a GB",
                READS_A_MONTH * answer_kb * 1000 / price.GB,
                "GB",
                price.TRANSFER_GB,
            ),
            "100 GB",
        ),
        (
            Part(
                f"CloudFront before a machine alone, {_million(price.CDN_REQUEST)} requests, in Europe "
                f"${price.CDN_REQUEST_EUROPE * price.MILLION:.2f}; {_million(price.CDN_FUNCTION)} runs of its function",
                REPORTS_A_MONTH,
                "of both",
                price.CDN_REQUEST + price.CDN_FUNCTION,
            ),
            "10 million requests, 2 million runs",
        ),
        (
            Part(
                f"tables, ${price.TABLE_GB_MONTH:.2f} a GB, and their recovery, ${price.RECOVERY_GB_MONTH:.2f}; 1,000 "
                f"machines with {MONITORS} monitors, at most {MACHINE_MB} MB each",
                1000 * MACHINE_MB / 1000,
                "GB",
                price.TABLE_GB_MONTH + price.RECOVERY_GB_MONTH,
            ),
            "25 GB of tables",
        ),
        (
            Part(
                f"only with `--encryption aws-managed`: the key, ${price.KEY_REQUEST * 10_000:.2f} for 10,000 uses; "
                f"{len(TABLES)} tables, every five minutes for a connection in use",
                key_uses,
                "uses",
                price.KEY_REQUEST,
            ),
            "20,000 uses",
        ),
        (Part(f"alarms, ${price.ALARM_MONTH:.2f} each", ALARMS, "alarms", price.ALARM_MONTH), "10 alarms"),
        (
            Part(
                f"metrics of ours, ${price.METRIC_MONTH:.2f} each when something is counted in every hour",
                METRICS,
                "metrics",
                price.METRIC_MONTH,
            ),
            "10 metrics",
        ),
        (Part(f"alarms' mails, ${price.MAIL * 100_000:.2f} for 100,000", MAILS, "mails", price.MAIL), "1,000 mails"),
        (Part("a budget, with its mails", 1, "budget", price.BUDGET_MONTH), ""),
        (
            Part(
                f"packages of earlier versions in S3, ${price.BUCKET_GB_MONTH:.3f} a GB; {PACKAGE_MB} MB each",
                PACKAGES,
                "packages",
                PACKAGE_MB / 1000 * price.BUCKET_GB_MONTH,
            ),
            "",
        ),
    ]


def _fleet(servers: int, reports: int, counted: Counted) -> float:
    """Returns dollars for servers with ten monitors that send at most `reports` reports in a request."""
    return servers * (total(machine(min(servers, reports), counted)) + _points(counted.flush).dollars)


def _points(written: float) -> Part:
    """Points cost no reads."""
    return Part("points", MINUTES_A_MONTH * written, "units", price.WRITE_UNIT)


def _reader(servers: int, counted: Counted) -> float:
    """Returns dollars without egress, which depends on whether the program accepts compressed answers."""
    units = 1 + (counted.read - 1) * servers / COUNTED
    return READS_A_MONTH * (request(_answer_run_ms(servers)) + units * price.READ_UNIT)


def _answer_run_ms(servers: int) -> float:
    return ANSWER_RUN_MS + ANSWER_RUN_MS_A_THOUSAND * servers / 1000


def _gb_seconds(run_ms: float) -> float:
    return MEMORY_MB / 1024 * run_ms / 1000


def _machine_lines(counted: Counted) -> Iterator[tuple[str, str, str]]:
    alone, relayed = machine(1, counted), machine(REPORTS, counted)
    for one, other in zip(alone, relayed, strict=True):
        yield one.what, _cell(one), _cell(other)
    yield "**together**", f"**{_dollars(total(alone))}**", f"**{_dollars(total(relayed))}**"
    minute, flush = _cell(_points(counted.minute)), _cell(_points(counted.flush))
    yield f"{MONITORS} monitors, {counted.minute:g} write unit a minute", minute, minute
    yield f"the same, {FLUSH_MINUTES} minutes at once, {counted.flush:.2f}", flush, flush


def _million(dollars: float) -> str:
    """Formats with at least two places: "$0.625 a million"."""
    return f"${f'{dollars * price.MILLION:.3f}'.removesuffix('0')} a million"


def _cell(part: Part) -> str:
    return f"{part.amount:,.0f} {part.unit}: {_dollars(part.dollars)}"


def _dollars(dollars: float) -> str:
    if dollars == 0:
        return "nothing"
    return f"${dollars:,.{2 if dollars >= 0.1 else 3}f}"


def _table(head: tuple[str, ...], lines: Iterable[tuple[str, ...]]) -> str:
    return "\n".join(f"| {' | '.join(line)} |" for line in [head, ("---",) * len(head), *lines])


if __name__ == "__main__":
    main()
