"""`python -m benchmarks.cost` prints the tables of docs/cost.md: what fleets cost in 30 days while nobody watches.

Units are counted from what the code sends to an embedded DynamoDB. Assumptions and estimates are marked as such.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from agent.relay.agents import batches
from benchmarks import alerts, capacity, history, monitor_minutes, month, rollup, sample_data
from benchmarks.capacity import MONITORS, NOW
from benchmarks.item_size import consumed
from benchmarks.month import BATCH_RUN_MS, MEMORY_MB, REPORT_RUN_MS, MonthPart, million, total
from benchmarks.table import Row
from benchmarks.watched_store import WatchedStore
from chalicelib.config import Config
from chalicelib.every_minute import EveryMinute
from chalicelib.fleet import prices as price
from chalicelib.fleet.limits import REPORTS
from chalicelib.fleet.monitor_minutes import STEP
from chalicelib.scheduled import ROLLUP, WATCH
from infra import template

REPORT_SECONDS = Config(table_prefix="any", region="any").report_interval
EVERYTHING = f"a report every {REPORT_SECONDS} s, history and alerts on"
LIVE_SECONDS = 5
FLUSH_SECONDS = 300
RELAYED_A_FLUSH = 20
"""Servers whose minutes a relay sends in one request; see agent/relay/flusher.py."""

WATCH_RUN_MS, WATCH_RUN_MS_A_THOUSAND = 80, 150
ROLLUP_RUN_MS = 60
"""How long Lambda runs for an evaluation, and for a rollup that finds nothing due. Assumed; not measured on AWS."""

WATCH_LOG_BYTES = 700
"""Bytes of the two log lines of each run. Estimated."""

STORED_MB = 2.5
"""Megabytes of a server with ten monitors in its second year: minutes of a week, and rollups. Estimated."""

HOURS_A_MONTH = 720
MINUTES_A_MONTH = 43_200

FLEETS = ((10, False, 0.70, 0.50), (100, False, 5.0, 4.0), (100, True, 1.30, 1.0), (1000, True, 12.0, 9.0))
"""The number of servers, whether they report through relays, and the budgets in dollars: must, and reach for."""

SEED = 1


@dataclass(frozen=True)
class FleetUnits:
    """state, batch: write units of a state, alone and as one of 100 in a request. hour: those of an hour of history.

    found: read units of a report, for its secret and monitors, by the number of direct servers. run: read and write
    units of an evaluation with 20 rules, by the number of servers. rolled_up: dollars a month of the tables for rolling
    up 1,000. pinged, sparks: read units for a server's newest pings, write units for monitors' sparklines; once a
    flush, and only with public monitors or rules on pings. probed: read and write units of counting today's
    availability of monitors, by the number of servers.
    """

    state: float
    batch: float
    hour: float
    found: dict[int, float]
    run: dict[int, tuple[float, float]]
    rolled_up: float
    pinged: float
    sparks: float
    probed: dict[int, tuple[float, float]]


def count() -> FleetUnits:
    """Counts on an embedded DynamoDB. The result is the same each time."""
    random.seed(SEED)
    with sample_data.dynamodb() as url:
        dashboard = capacity.filled(url, 1 + REPORTS, MONITORS)
        pinged, sparks = _pings(url)
        every_minute = {servers: _probed_and_run(url, servers) for servers in (10, 100, 1000)}
        return FleetUnits(
            state=capacity.state_written(dashboard, range(1, 2)),
            batch=capacity.state_written(dashboard, range(1, 1 + REPORTS)),
            hour=history.hour_written(dashboard, 2, FLUSH_SECONDS // 60),
            found={servers: _found(url, servers) for servers in (10, 100)},
            run={servers: run for servers, (_, run) in every_minute.items()},
            rolled_up=next(row.figure for row in rollup.counted() if row.unit == rollup.DOLLARS),
            pinged=pinged,
            sparks=sparks,
            probed={servers: probed for servers, (probed, _) in every_minute.items()},
        )


def _found(url: str, servers: int) -> float:
    turns = 2
    dashboard = capacity.filled(url, servers)
    return capacity.report_read(dashboard, agents=servers, seconds=turns * REPORT_SECONDS, turns=turns)


def _probed_and_run(url: str, servers: int) -> tuple[tuple[float, float], tuple[float, float]]:
    """Units of counting today's availability of monitors, and of an evaluation.

    The latter is the mean of three minutes in which nothing happens.
    """
    minutes = 3
    store = sample_data.new_store(url, f"every-minute-{servers}-")
    sample_data.fill(store, servers=servers, monitors=MONITORS, now=NOW)
    probed = monitor_minutes.units(store, servers)
    alerts.create_rules(store)
    read, written = _evaluated(store, minutes)
    return probed, (read / minutes, written / minutes)


def _pings(url: str) -> tuple[float, float]:
    """Read and write units that public monitors add for one server with ten monitors, between two flushes."""
    (read, written), (read_more, written_more) = (_flush_of_evaluations(url, public=one) for one in (False, True))
    return read_more - read, written_more - written


def _flush_of_evaluations(url: str, *, public: bool) -> tuple[float, float]:
    store = sample_data.new_store(url, f"public-{public}-")
    sample_data.fill(store, servers=1, monitors=MONITORS, now=NOW)
    store.edit_settings({"public_monitors": public})
    return _evaluated(store, FLUSH_SECONDS // 60)


def _evaluated(store: WatchedStore, minutes: int) -> tuple[float, float]:
    """Read and write units of this many runs, one a minute, in a process that has run once before."""
    now = float(NOW)
    job = EveryMinute(store, REPORT_SECONDS, flush=FLUSH_SECONDS, every=60, local=False, clock=lambda: now)
    job.run(now)
    with consumed(store) as used:
        for _ in range(minutes):
            now += 60
            job.run(now)
    return used.read, used.written


def fleet(servers: int, counted: FleetUnits, *, relayed: bool, seconds: float = REPORT_SECONDS) -> list[MonthPart]:
    """What a fleet costs in 30 days if it reports every `seconds`."""
    states = servers * price.MONTH_SECONDS / seconds
    sent = requests(servers, relayed=relayed, seconds=seconds)
    run_ms = BATCH_RUN_MS if relayed else REPORT_RUN_MS
    read, written = counted.run[servers]
    probed = counted.probed[servers]
    watch_ms = WATCH_RUN_MS + WATCH_RUN_MS_A_THOUSAND * servers / 1000
    return [
        _writes("states", states * (counted.batch if relayed else counted.state)),
        _writes("minutes and points of ten monitors", servers * HOURS_A_MONTH * counted.hour),
        _reads("secret and monitor lookups", sent * (1 if relayed else counted.found[servers])),
        MonthPart("report requests", sent, "requests", _run_dollars(run_ms, MEMORY_MB)),
        MonthPart("evaluations", MINUTES_A_MONTH, "runs", _run_dollars(watch_ms, WATCH.memory)),
        _reads("reads of evaluations", MINUTES_A_MONTH * read),
        _writes("writes of evaluations", MINUTES_A_MONTH * written),
        MonthPart("today's availability of monitors", price.MONTH_SECONDS / STEP, "times", _units_dollars(*probed)),
        MonthPart(
            "rollup runs with nothing to do",
            MINUTES_A_MONTH / ROLLUP.minutes,
            "runs",
            _run_dollars(ROLLUP_RUN_MS, ROLLUP.memory),
        ),
        MonthPart("rollups", servers, "servers", counted.rolled_up / 1000),
        MonthPart(
            "logs", MINUTES_A_MONTH * WATCH_LOG_BYTES / price.MILLION, "MB", price.LOGS_GB * price.MILLION / price.GB
        ),
        MonthPart(
            "storage and recovery", servers * STORED_MB / 1000, "GB", price.TABLE_GB_MONTH + price.RECOVERY_GB_MONTH
        ),
    ]


def requests(servers: int, *, relayed: bool, seconds: float = REPORT_SECONDS) -> float:
    """Requests with reports in 30 days. A relay sends states and finished cells in separate requests."""
    rounds = price.MONTH_SECONDS / seconds
    if not relayed:
        return servers * rounds
    flushes = price.MONTH_SECONDS / FLUSH_SECONDS * servers / RELAYED_A_FLUSH
    return rounds * len(batches(range(1, servers + 1), REPORTS)) + flushes


def watched_hour(servers: int, counted: FleetUnits, *, relayed: bool) -> float:
    """What an hour with an open page costs in addition, in dollars."""
    live = fleet(servers, counted, relayed=relayed, seconds=LIVE_SECONDS)
    idle = fleet(servers, counted, relayed=relayed)
    asked = 3600 / LIVE_SECONDS
    # A page's request passes the edge and API Gateway, and reads states and the head.
    each = month.request(month.answer_run_ms(servers)) + price.CDN_REQUEST + price.CDN_FUNCTION
    read = asked * counted.run[servers][0] * price.READ_UNIT
    notes = 3600 / 20 * price.WRITE_UNIT
    return (total(live) - total(idle)) / HOURS_A_MONTH + asked * each + read + notes


def public_monitors(servers: int, counted: FleetUnits) -> float:
    """What public monitors, or rules on pings, add to the cost of a month."""
    flushes = price.MONTH_SECONDS / FLUSH_SECONDS
    running = _time_dollars(WATCH_RUN_MS_A_THOUSAND * servers / 1000, WATCH.memory)
    return flushes * (_units_dollars(servers * counted.pinged, counted.sparks) + running)


def rows() -> Iterator[Row]:
    # Imported here, because that module imports this one.
    from benchmarks import free_month

    yield from fleets(count())
    yield from free_month.rows()
    yield from month.rows()


def fleets(counted: FleetUnits) -> Iterator[Row]:
    for servers, relayed, must, reach in FLEETS:
        yield Row(
            f"{_name(servers, relayed=relayed)}, {EVERYTHING}",
            total(fleet(servers, counted, relayed=relayed)),
            "$",
            must,
            reach,
        )


def tables(counted: FleetUnits) -> Iterator[str]:
    """The tables of docs/cost.md."""
    columns = [fleet(servers, counted, relayed=relayed) for servers, relayed, *_ in FLEETS]
    head = ["a month", *(_name(servers, relayed=relayed) for servers, relayed, *_ in FLEETS)]
    lines = [[parts[0].what, *(_dollars(part.dollars) for part in parts)] for parts in zip(*columns, strict=True)]
    sums = ["**total**", *(f"**{_dollars(total(parts))}**" for parts in columns)]
    watched = [watched_hour(servers, counted, relayed=relayed) for servers, relayed, *_ in FLEETS]
    more = ["each hour with a page open, in addition", *map(_dollars, watched)]
    public = [public_monitors(servers, counted) for servers, *_ in FLEETS]
    pinging = ["public monitors, or rules on pings, in addition", *map(_dollars, public)]
    yield _table([head, *lines, sums, pinging, more])
    yield _table([["what", "how much", "price"], *_units(counted)])


def _units(counted: FleetUnits) -> Iterator[list[str]]:
    write, read = million(price.WRITE_UNIT), million(price.READ_UNIT)
    states = f"{counted.state:g}; {counted.batch:g} write units"
    yield ["a state sent alone; in a request with 99 neighbours", states, write]
    yield ["a server-hour of minutes and points of ten monitors", f"{counted.hour:g} write units", write]
    found = "; ".join(f"{units:.2g}" for units in counted.found.values())
    yield ["a report's secret and monitors, 10 servers; 100", f"{found} read units", read]
    runs = "; ".join(f"{reads:.3g}" for reads, _ in counted.run.values())
    yield ["an evaluation with 20 rules, 10 servers; 100; 1,000", f"{runs} read units", read]
    pings = f"{counted.pinged:g} read units a server; {counted.sparks:g} write unit"
    yield ["public monitors, or rules on pings, every 5 minutes", pings, f"{read}; {write}"]
    probed = "; ".join(f"{reads:.3g}" for reads, _ in counted.probed.values())
    yield [
        "today's availability of monitors, every 5 minutes, 10 servers; 100; 1,000",
        f"{probed} read units; {counted.probed[10][1]:g} write units",
        f"{read}; {write}",
    ]
    yield ["a server's rollups in a month", f"{_dollars(counted.rolled_up / 1000)}", ""]
    yield ["a request through the function URL", "1", million(price.LAMBDA_REQUEST)]
    yield [
        f"Lambda's time, assumed: a report {REPORT_RUN_MS} ms, a batch {BATCH_RUN_MS}, an evaluation {WATCH_RUN_MS}",
        f"{MEMORY_MB} MB, arm64",
        f"${price.LAMBDA_GB_SECOND:.7f} a GB s",
    ]


def _units_dollars(read: float, written: float) -> float:
    return read * price.READ_UNIT + written * price.WRITE_UNIT


def _run_dollars(run_ms: float, memory_mb: float) -> float:
    return price.LAMBDA_REQUEST + _time_dollars(run_ms, memory_mb)


def _time_dollars(run_ms: float, memory_mb: float) -> float:
    return memory_mb / 1024 * run_ms / 1000 * price.LAMBDA_GB_SECOND


def _writes(what: str, units: float) -> MonthPart:
    return MonthPart(what, units, "units", price.WRITE_UNIT)


def _reads(what: str, units: float) -> MonthPart:
    return MonthPart(what, units, "units", price.READ_UNIT)


def _name(servers: int, *, relayed: bool) -> str:
    return f"{servers:,} {'through relays' if relayed else 'direct'}"


def _dollars(dollars: float) -> str:
    return f"${dollars:.{2 if dollars >= 0.1 else 3 if dollars >= 0.001 else 5}f}"


def _table(lines: Sequence[Sequence[str]]) -> str:
    ruled = [lines[0], ["---"] * len(lines[0]), *lines[1:]]
    return "\n".join(f"| {' | '.join(line)} |" for line in ruled)


def alarms() -> int:
    """How many alarms a stage with an email address has."""
    resources = template.application()["Resources"].values()
    return sum(resource.get("Type") == "AWS::CloudWatch::Alarm" for resource in resources)


if __name__ == "__main__":
    print("\n\n".join(tables(count())))
