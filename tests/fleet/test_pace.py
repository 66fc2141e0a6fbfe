"""How often agents are told to report: by what the settings say, who watches, and what the tables take."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.fleet.limits import REPORT_INTERVAL_MOST
from chalicelib.fleet.pace import interval, least_interval
from chalicelib.fleet.settings import Settings

CAPACITY = 5


@pytest.mark.parametrize(
    ("settings", "least", "live", "idle"),
    [
        (Settings(), 0, 5, 60),
        (Settings(), 3, 5, 60),
        (Settings(), 26, 26, 60),
        (Settings(), 80, 80, 80),
        (Settings(report_interval=120), 0, 5, 120),
        (Settings(report_interval=30, live_interval=60), 0, 30, 30),
        (Settings(report_interval=30, live_interval=60), 40, 40, 40),
    ],
)
def test_intervals_are_as_the_settings_say_and_stretch_where_the_tables_take_less(
    settings: Settings, least: int, live: int, idle: int
) -> None:
    assert interval(settings, 60, live=True, least=least) == live
    assert interval(settings, 60, live=False, least=least) == idle


@pytest.mark.parametrize(
    ("servers", "units", "senders", "seconds"),
    [
        (20, 1, 1, 4),  # direct: the live interval stays 5 s up to 25 of them
        (25, 1, 1, 5),
        (300, 1, 1, 60),
        (1000, 12, 96, 25),  # through relays, whose requests are whole blocks of 8 neighbours
        (200, 12, 96, 5),
        (20_000, 1, 1, REPORT_INTERVAL_MOST),
        (0, 0, 0, 0),
    ],
)
def test_least_interval_by_fleet_and_packing(servers: int, units: int, senders: int, seconds: int) -> None:
    assert least_interval(servers, units, senders, CAPACITY) == seconds


@given(
    st.integers(0, 400),
    st.lists(st.tuples(st.integers(1, 100), st.integers(1, 100)), max_size=20),
)
def test_states_of_any_fleet_consume_at_most_the_capacity(direct: int, relayed: list[tuple[int, int]]) -> None:
    """Servers that report alone, and batches of relays with any packing, side by side: unless capped, never more."""
    batches = [(servers, min(units, servers)) for servers, units in relayed]
    servers = direct + sum(count for count, _ in batches)
    senders = [(1, 1)] * direct + batches
    told = [least_interval(servers, units, count, CAPACITY) for count, units in senders]
    consumed = sum(units / seconds for (_, units), seconds in zip(senders, told, strict=True))
    assert consumed <= CAPACITY + 1e-9 or max(told) == REPORT_INTERVAL_MOST
