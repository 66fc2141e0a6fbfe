"""`python -m benchmarks.month_tables` prints the tables of docs/cost.md on reports through API Gateway and on other
costs.
"""

from collections.abc import Iterable, Iterator

from benchmarks.capacity import FLUSH_MINUTES, MONITORS
from benchmarks.month import (
    COUNTED,
    READ_SECONDS,
    READS_A_MONTH,
    REPORTS_A_MONTH,
    MonthPart,
    MonthUnits,
    answer_run_ms,
    count,
    machine,
    million,
    points,
    reader,
    total,
)
from chalicelib.fleet import prices as price
from chalicelib.fleet.limits import REPORTS
from chalicelib.storage.tables import TABLES

MACHINE_MB = 1
"""The most storage that a server with ten monitors takes: a day of points takes a tenth of it, but DynamoDB may take
days to remove expired items.
"""
KEY_SECONDS = 300
"""How often DynamoDB asks KMS for a table's key while a connection is in use:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.howitworks.html
"""
ALARMS = 13
METRICS = 2
"""As in infra/application."""
MAILS = 100
PACKAGES = 100
PACKAGE_MB = 5


def main() -> None:
    print("\n\n".join(tables(count())))


def tables(counted: MonthUnits) -> Iterator[str]:
    """The second half of the tables of docs/cost.md."""
    yield _table(
        ("per machine and month", "alone", f"through a relay, {REPORTS} in a request"), _machine_lines(counted)
    )
    yield _table(
        ("also", "a month", "free for each account"),
        [(part.what, _cell(part), free) for part, free in [*_reading(counted), *_keeping()]],
    )


def _reading(counted: MonthUnits) -> list[tuple[MonthPart, str]]:
    """Returns what reading and the edge cost, each with its free tier."""
    answer_kb = round(counted.answer, -4) // 1000
    return [
        (
            MonthPart(
                f"a program that reads {COUNTED:,} servers every {READ_SECONDS} s; {counted.read:g} read units, "
                f"{answer_run_ms(COUNTED):g} ms of Lambda (assumed)",
                READS_A_MONTH,
                "requests",
                reader(COUNTED, counted) / READS_A_MONTH,
            ),
            "",
        ),
        (
            MonthPart(
                f"the responses to it, {answer_kb} KB compressed, ${price.TRANSFER_GB:.2f} a GB",
                READS_A_MONTH * answer_kb * 1000 / price.GB,
                "GB",
                price.TRANSFER_GB,
            ),
            "100 GB",
        ),
        (
            MonthPart(
                f"CloudFront for a machine that reports directly, {million(price.CDN_REQUEST)} requests, in Europe "
                f"${price.CDN_REQUEST_EUROPE * price.MILLION:.2f}; {million(price.CDN_FUNCTION)} runs of its function",
                REPORTS_A_MONTH,
                "of both",
                price.CDN_REQUEST + price.CDN_FUNCTION,
            ),
            "10 million requests, 2 million runs",
        ),
    ]


def _keeping() -> list[tuple[MonthPart, str]]:
    """Returns what keeping a stage costs, each with its free tier."""
    key_uses = len(TABLES) * price.MONTH_SECONDS / KEY_SECONDS
    return [
        (
            MonthPart(
                f"tables, ${price.TABLE_GB_MONTH:.2f} a GB, and their recovery, ${price.RECOVERY_GB_MONTH:.2f}; 1,000 "
                f"machines with {MONITORS} monitors, at most {MACHINE_MB} MB each",
                1000 * MACHINE_MB / 1000,
                "GB",
                price.TABLE_GB_MONTH + price.RECOVERY_GB_MONTH,
            ),
            "25 GB of tables",
        ),
        (
            MonthPart(
                f"only with `--encryption aws-managed`: the key, ${price.KEY_REQUEST * 10_000:.2f} for 10,000 uses; "
                f"{len(TABLES)} tables, every five minutes for a connection in use",
                key_uses,
                "uses",
                price.KEY_REQUEST,
            ),
            "20,000 uses",
        ),
        (MonthPart(f"alarms, ${price.ALARM_MONTH:.2f} each", ALARMS, "alarms", price.ALARM_MONTH), "10 alarms"),
        (
            MonthPart(
                f"custom metrics, ${price.METRIC_MONTH:.2f} each with data in every hour",
                METRICS,
                "metrics",
                price.METRIC_MONTH,
            ),
            "10 metrics",
        ),
        (
            MonthPart(f"alarm mails, ${price.MAIL * 100_000:.2f} for 100,000", MAILS, "mails", price.MAIL),
            "1,000 mails",
        ),
        (MonthPart("a budget, with its mails", 1, "budget", price.BUDGET_MONTH), ""),
        (
            MonthPart(
                f"packages of earlier versions in S3, ${price.BUCKET_GB_MONTH:.3f} a GB; {PACKAGE_MB} MB each",
                PACKAGES,
                "packages",
                PACKAGE_MB / 1000 * price.BUCKET_GB_MONTH,
            ),
            "",
        ),
    ]


def _machine_lines(counted: MonthUnits) -> Iterator[tuple[str, str, str]]:
    alone, relayed = machine(1, counted), machine(REPORTS, counted)
    for one, other in zip(alone, relayed, strict=True):
        yield one.what, _cell(one), _cell(other)
    yield "**total**", f"**{_dollars(total(alone))}**", f"**{_dollars(total(relayed))}**"
    minute, flush = _cell(points(counted.minute)), _cell(points(counted.flush))
    yield (
        f"{MONITORS} monitors, {counted.minute:g} write unit{'s' if counted.minute != 1 else ''} a minute",
        minute,
        minute,
    )
    yield f"the same, {FLUSH_MINUTES} minutes at once, {counted.flush:.2f}", flush, flush


def _cell(part: MonthPart) -> str:
    return f"{part.amount:,.0f} {part.unit}: {_dollars(part.dollars)}"


def _dollars(dollars: float) -> str:
    if dollars == 0:
        return "nothing"
    return f"${dollars:,.{2 if dollars >= 0.1 else 3}f}"


def _table(head: tuple[str, ...], lines: Iterable[tuple[str, ...]]) -> str:
    return "\n".join(f"| {' | '.join(line)} |" for line in [head, ("---",) * len(head), *lines])


if __name__ == "__main__":
    main()
