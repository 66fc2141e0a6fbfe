"""Traffic in memory, for the rules of the domain."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from chalicelib.fleet.cycle_totals import CycleCount
from chalicelib.fleet.traffic import Moved, PeriodTotals, Reached


@dataclass
class MemoryTraffic:
    """Implements `fleet.traffic.TrafficStore`. reads: what was asked for."""

    done: int | None = None
    carried_to: int | None = None
    all_totals: dict[int, PeriodTotals] = field(default_factory=dict)
    all_carried: dict[int, PeriodTotals] = field(default_factory=dict)
    all_noted: dict[int, Mapping[int, Moved]] = field(default_factory=dict)
    all_counted: dict[int, CycleCount] = field(default_factory=dict)
    noted_zone: str = ""
    reads: list[object] = field(default_factory=list)
    writes: list[Mapping[int, CycleCount]] = field(default_factory=list)

    def reached(self) -> Reached:
        self.reads.append("reached")
        return Reached(self.done, self.carried_to)

    def totals(self, period: int, *, at_once: bool = False) -> PeriodTotals | None:
        self.reads.append(period)
        return self.all_totals.get(period)

    def carried(self, period: int) -> PeriodTotals | None:
        return self.all_carried.get(period)

    def noted(self, minutes: range) -> Mapping[int, Mapping[int, Moved]]:
        self.reads.append(minutes)
        return {minute: self.all_noted[minute] for minute in minutes if minute in self.all_noted}

    def note(self, minute: int, counters: Mapping[int, Moved], zone: str = "UTC") -> None:
        self.all_noted.setdefault(minute, dict(counters))
        self.noted_zone = zone

    def counted(self) -> Mapping[int, CycleCount]:
        return dict(self.all_counted)

    def write_counted(self, counted: Mapping[int, CycleCount]) -> None:
        self.writes.append(counted)
        self.all_counted |= counted
