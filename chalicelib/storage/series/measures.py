"""Figures and delays: what is measured, how it is rolled up, and where its tiers are stored."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from chalicelib.fleet import rollup
from chalicelib.fleet.rollup import (
    DAYS,
    HOURS,
    NO_DELAYS,
    NO_FIGURES,
    TEN_MINUTES,
    Delays,
    Figures,
    Tier,
    delays_within,
    joined_delays,
    rolled_delays,
)
from chalicelib.storage.series import columns, figure_cells, kinds, point_cells
from chalicelib.storage.series.recent import RecentItems

Monitors = Mapping[int, Delays]
"""Delays by monitor ID."""

Measured = TypeVar("Measured")


@dataclass(frozen=True)
class Measure(Generic[Measured]):
    """How figures or delays are handled.

    nothing: the value without any step. places: the first sort key of each tier. minutes: makes minutes from cells.
    rolled: rolls up to steps of a number of seconds. joined: joins consecutive parts. within: selects the steps that
    start from one second to another. parts, of_parts: converts to the columns of a tier, and back.
    """

    nothing: Measured
    places: Mapping[Tier, int]
    minutes: Callable[[RecentItems], Measured]
    rolled: Callable[[Measured, int], Measured]
    joined: Callable[[Iterable[Measured]], Measured]
    within: Callable[[Measured, int, int], Measured]
    parts: Callable[[Measured, int, int], list[str]]
    of_parts: Callable[[Sequence[str], int, int], Measured]


def _figures(found: RecentItems) -> Figures:
    return rollup.figures_of(*figure_cells.columns_of(found.figures)) if found.figures else NO_FIGURES


def _delays(found: RecentItems) -> Monitors:
    return {id_: rollup.delays_of(*one) for id_, one in point_cells.columns_of(found.points).items()}


def _rolled_delays(monitors: Monitors, step: int) -> Monitors:
    return {id_: rolled_delays(delays, step) for id_, delays in monitors.items()}


def _joined_delays(parts: Iterable[Monitors]) -> Monitors:
    found = list(parts)
    ids = sorted({id_ for part in found for id_ in part})
    return {id_: joined_delays([part.get(id_, NO_DELAYS) for part in found]) for id_ in ids}


def _delays_within(monitors: Monitors, since: int, until: int) -> Monitors:
    found = {id_: delays_within(delays, since, until) for id_, delays in monitors.items()}
    return {id_: delays for id_, delays in found.items() if delays.times}


FIGURES: Measure[Figures] = Measure(
    NO_FIGURES,
    {TEN_MINUTES: kinds.TEN_MINUTES, HOURS: kinds.HOURS, DAYS: kinds.DAYS},
    _figures,
    rollup.rolled,
    rollup.joined,
    rollup.figures_within,
    columns.figures_parts,
    columns.figures_from,
)

DELAYS: Measure[Monitors] = Measure(
    {},
    {TEN_MINUTES: kinds.POINT_TEN_MINUTES, HOURS: kinds.POINT_HOURS, DAYS: kinds.POINT_DAYS},
    _delays,
    _rolled_delays,
    _joined_delays,
    _delays_within,
    columns.delays_parts,
    columns.delays_from,
)
