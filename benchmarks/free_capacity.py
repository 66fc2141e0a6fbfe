"""Tables within the always-free tier: how much a fleet of 1,000 servers uses of them in each second.

Relays are simulated in time (benchmarks/relays_in_time.py); what their requests consume is counted on an embedded
DynamoDB.
"""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol

from agent.core.answers import Answer, Outcome
from agent.core.client import Report
from benchmarks import capacity, events, sample_data
from benchmarks.capacity import MONITORS, NOW
from benchmarks.dashboard import ColdApp
from benchmarks.item_size import consumed
from benchmarks.relays_in_time import SimulatedRelay, SimulatedTime, run
from benchmarks.table import Row
from infra import template

SERVERS = 1000
RELAYS = (1, 10)
CELL, ITEM = 300, 600
REPORT_SECONDS = 60

SIMULATED_SECONDS = 1200
BEGIN_SECONDS = 180
"""How long relays run before anything is counted, as they have just started."""

DAY = 24 * 3600
SHARE = 100
"""After an outage, only one in this many servers is simulated, with the same share of the table's capacity."""


def rows() -> Iterator[Row]:
    random.seed(1)
    with sample_data.dynamodb() as url:
        units = ReportUnits(capacity.filled(url, SERVERS, MONITORS))
        for relays in RELAYS:
            taken = fleet(units, relays)
            behind = f"{SERVERS:,} servers behind {relays} relay{'s' if relays > 1 else ''}"
            yield Row(f"{behind}: all tables in the fullest second", max(taken.seconds().values()), "WCU", 25)
            for table in ("series", "states"):
                mean = sum(taken.units[table].values()) / taken.lasted
                yield Row(f"{behind}: {table}, mean of a second", mean, "WCU", written(table))
            month = taken.requests / taken.lasted * 30 * DAY
            yield Row(f"{behind}: requests in 30 days", month / 1_000_000, "million")
    hours, lost = after_an_outage()
    yield Row(f"a day's outage of {SERVERS:,} servers: until all has arrived", hours, "hours")
    yield Row("  of it, minutes that were lost", lost, "", 0, 0)


def written(table: str) -> int:
    """Provisioned write units of a table."""
    resources = template.read(template.DATA)["Resources"].values()
    (found,) = (one for one in resources if str(one["Properties"].get("TableName", "")).endswith(f"-{table}'}}"))
    units: int = found["Properties"]["ProvisionedThroughput"]["Fn::If"][1]["WriteCapacityUnits"]
    return units


class Consumption(Protocol):
    def of(self, reports: Sequence[Report]) -> Counter[str]:
        """Write units of a request, by table."""


class ReportUnits:
    """The write units of reports. They are counted once for each set of servers whose states are in one request, and
    for each position of cells in their item.
    """

    def __init__(self, dashboard: ColdApp) -> None:
        self._dashboard = dashboard
        self._known: dict[Any, Counter[str]] = {}

    def of(self, reports: Sequence[Report]) -> Counter[str]:
        states = tuple(int(report["secret"]) for report in reports if "state" in report)
        found = Counter(self._states(states)) if states else Counter[str]()
        for report in reports:
            if "minutes" in report:
                ats = sorted(one["at"] for one in report["minutes"])
                found += self._cells(int(report["secret"]) % 8 + 8, tuple(at % ITEM for at in ats))
        return found

    def _states(self, servers: tuple[int, ...]) -> Counter[str]:
        if servers not in self._known:
            assert self._dashboard.now is not None
            self._dashboard.now += 10
            self._known[servers] = self._counted(events.states_of(servers))
        return self._known[servers]

    def _cells(self, server: int, minutes: tuple[int, ...]) -> Counter[str]:
        if minutes not in self._known:
            first = NOW // ITEM * ITEM - ITEM * (2 + len(self._known))
            self._known[minutes] = self._counted(events.history_of(server, [first + at for at in minutes], MONITORS))
        return self._known[minutes]

    def _counted(self, event: events.Event) -> Counter[str]:
        with consumed(self._dashboard) as used:
            self._dashboard.ask(event)
        return Counter({table: round(units) for table, units in used.written_of.items()})


class AcceptingDashboard:
    """A dashboard that accepts everything. units: by table, the write units in each second."""

    def __init__(self, units: Consumption, since: float, lasted: float) -> None:
        self.units: dict[str, Counter[int]] = {}
        self.requests = 0
        self.lasted = lasted
        self._since = since
        self._of = units.of

    def answer(self, now: float, reports: Sequence[Report]) -> Answer:
        if now >= self._since and reports:
            self.requests += 1
            for table, units in self._of(reports).items():
                self.units.setdefault(table, Counter())[int(now)] += units
        return Answer(REPORT_SECONDS, tuple(Outcome(int(one["secret"])) for one in reports), flush=CELL)

    def seconds(self) -> Counter[int]:
        return sum(self.units.values(), Counter[int]())


def fleet(units: Consumption, relays: int, seconds: float = SIMULATED_SECONDS) -> AcceptingDashboard:
    """Simulates a fleet in normal operation. Each relay serves a range of server IDs."""
    begin = NOW // ITEM * ITEM
    time, taken = SimulatedTime(begin), AcceptingDashboard(units, begin + BEGIN_SECONDS, seconds)
    each = SERVERS // relays
    with TemporaryDirectory() as folder:
        of = [range(1 + number * each, 1 + (number + 1) * each) for number in range(relays)]
        run(
            time,
            [SimulatedRelay(time, Path(folder, str(one[0])), one, taken.answer) for one in of],
            BEGIN_SECONDS + seconds,
        )
    return taken


class ThrottlingDashboard:
    """A dashboard whose series table accepts `rate` items a second, and saves unused capacity of the last five minutes.

    kept: when each minute of a server arrived, in Unix seconds.
    """

    def __init__(self, now: float, rate: float) -> None:
        self.kept: dict[tuple[str, int], float] = {}
        self._rate = rate
        self._units, self._at = 0.0, now

    def answer(self, now: float, reports: Sequence[Report]) -> Answer:
        return Answer(REPORT_SECONDS, tuple(self._write(now, report) for report in reports), flush=CELL)

    def _write(self, now: float, report: Report) -> Outcome:
        ats = [one["at"] for key in ("minutes", "pings") for one in report.get(key, ())]
        self._units = min(self._rate * 300, self._units + (now - self._at) * self._rate)
        self._at = now
        items = len({at // ITEM for at in ats})
        if self._units < items:
            return Outcome(error="throttled", message="simulated", retry=True)
        self._units -= items
        for at in ats:
            self.kept.setdefault((report["secret"], at), now)
        return Outcome(int(report["secret"]))


def after_an_outage() -> tuple[float, int]:
    """Hours until everything of a day's outage has arrived, and how many minutes were lost."""
    servers = range(1, 1 + SERVERS // SHARE)
    begin = NOW // ITEM * ITEM
    time, table = SimulatedTime(begin), ThrottlingDashboard(begin, written("series") / SHARE)
    with TemporaryDirectory() as folder:
        relay = SimulatedRelay(time, Path(folder), servers, table.answer)
        for at in range(begin - DAY, begin, 60):
            relay.measure(at)
        run(time, [relay], 6 * 3600, states=False)
    outage = [(str(one), at) for one in servers for at in range(begin - DAY, begin, 60)]
    lost = sum(one not in table.kept for one in outage)
    return (max(table.kept.get(one, 0) for one in outage) - begin) / 3600, lost
