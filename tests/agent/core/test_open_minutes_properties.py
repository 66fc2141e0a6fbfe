"""Minutes of any life of a host, against a plain model that knows every byte it moved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from agent.core.minutes import pack, unpack
from agent.core.open_minutes import OpenMinutes
from tests.agent.core.test_open_minutes import NOON, STATE

BOOTED_BEFORE = 100_000


@dataclass
class Event:
    """What happens before a state: seconds pass, bytes are moved; maybe the host or an interface starts anew, the host
    sleeps, its clock is set, or the process that samples it is another one."""

    seconds: float
    received: int
    what: str
    cpu: float
    change: int


EVENTS = st.builds(
    Event,
    seconds=st.floats(0.5, 5),
    received=st.integers(0, 10**9),
    what=st.sampled_from(["state"] * 8 + ["restart", "interface", "sleep", "clock", "process"]),
    cpu=st.floats(0, 100),
    change=st.integers(-4000, 4000),
)


class Model:
    """A host, what is sampled of it, and what is true."""

    def __init__(self, counter: int) -> None:
        self.wall, self.monotonic, self.uptime = float(NOON), 0.0, float(BOOTED_BEFORE)
        self.counter = counter
        self.moved = 0
        self.samples: dict[int, list[float]] = {}
        self.minutes = OpenMinutes()

    def live(self, event: Event) -> None:
        seconds = event.seconds
        self.wall, self.monotonic, self.uptime = self.wall + seconds, self.monotonic + seconds, self.uptime + seconds
        self.counter += event.received
        self.moved += event.received
        if event.what == "restart":
            self.uptime, self.counter = seconds / 2, min(event.received, self.counter)
        elif event.what == "interface":
            self.counter //= 3
        elif event.what == "sleep":
            self.wall += 1000
            self.uptime += 1000
        elif event.what == "clock":
            self.wall += event.change
        elif event.what == "process":
            self.minutes = OpenMinutes.restored(self.minutes.for_journal())
            self.monotonic = 0.0
        self.samples.setdefault(int(self.wall // 60) * 60, []).append(event.cpu)
        state = {**STATE, "CPU": event.cpu, "NetInTransfer": self.counter, "Uptime": int(self.uptime)}
        self.minutes.add(state, self.wall, self.monotonic)


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**62), st.lists(EVENTS, min_size=1, max_size=60))
def test_minutes_are_true_whatever_happens_to_the_host(counter: int, events: list[Event]) -> None:
    model = Model(counter)
    for event in events:
        model.live(event)
    minutes = model.minutes.finished(2**40)
    assert {minute["at"]: minute["samples"] for minute in minutes} == {
        at: len(values) for at, values in model.samples.items()
    }
    for minute in minutes:
        values = model.samples[minute["at"]]
        assert minute["CPU"] == round(sum(values) / len(values), 2)
        assert minute["CPUMax"] == round(max(values), 2)
        assert unpack(minute["at"], pack(minute)) == minute
    assert 0 <= _total(minutes) <= model.moved


@settings(max_examples=50, deadline=None)
@given(
    st.integers(0, 2**62),
    st.lists(st.builds(Event, st.floats(0.5, 5), st.integers(0, 10**9), st.just("state"), st.just(1.0), st.just(0))),
)
def test_every_byte_counts_once_while_nothing_special_happens(counter: int, events: list[Event]) -> None:
    model = Model(counter)
    for event in events:
        model.live(event)
    minutes = model.minutes.finished(2**40)
    assert _total(minutes) == model.moved - (events[0].received if events else 0)


def _total(minutes: list[dict[str, Any]]) -> int:
    return sum(minute.get("NetIn", 0) for minute in minutes)
