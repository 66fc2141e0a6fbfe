"""States: the figures that change with every report.

A number stays text from the agent's report to the reader's answer. Nothing in between parses or formats it, so readers
see exactly what was sent, and reading a thousand states costs little.
"""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from chalicelib.fleet.figures import OTHER_FIGURES, V0_FIGURES
from chalicelib.fleet.limits import CLOCK_SET_BACK_SECONDS, REPORT_SECONDS_LEAST, REPORT_SECONDS_MOST

NEVER = -62135596800
"""`last_active` of a server that never reported: the year 1, as v0 writes it."""


@dataclass(frozen=True, slots=True)
class State:
    """One state of one server.

    at: when it was measured, Unix seconds, never later than it was received. last_active: when its agent was last
    heard, Unix seconds. figures: JSON numbers separated by commas, in the order of V0_FIGURES. temperatures: a JSON
    array of v0's objects as text, "" for none. others: as figures, in the order of OTHER_FIGURES; "" for each that was
    not measured, and without the commas that would then end it.
    """

    at: int
    last_active: int
    figures: str
    temperatures: str = ""
    others: str = ""

    def other(self, name: str) -> str:
        """One of OTHER_FIGURES as a JSON number, "" if it was not measured."""
        texts = self.others.split(",")
        place = _OTHER_PLACES[name]
        return texts[place] if place < len(texts) else ""

    def interval(self, usual: float) -> float:
        """Seconds between two reports of the sender; `usual` where that is not known."""
        return float(self.other("interval") or usual)


def with_interval(others: str, told: float) -> str:
    """The texts of State.others, with the sender's interval: its own, clamped to the limits, or else `told`."""
    own, comma, rest = others.partition(",")
    seconds = min(max(float(own), REPORT_SECONDS_LEAST), REPORT_SECONDS_MOST) if own else told
    return f"{seconds:g}{comma}{rest}"


_OTHER_PLACES = {figure.name: place for place, figure in enumerate(OTHER_FIGURES)}

NOTHING = State(at=0, last_active=NEVER, figures=",".join(figure.absent for figure in V0_FIGURES))
"""The state of a server that never reported."""


class StatesByServer(Mapping[int, State]):
    """Stored states by server ID. To show many, use the bulk methods, which return text without a State for each."""

    @abstractmethod
    def last_active(self, ids: Sequence[int]) -> list[str]:
        """When each of these servers last reported; NOTHING's value if it never did."""

    @abstractmethod
    def figures(self, ids: Sequence[int]) -> list[str]:
        """`last_active` and V0_FIGURES of these servers, one text after the other; NOTHING's if one never reported.

        Each server has 17 texts, whatever its temperatures and other figures.
        """

    def intervals(self, ids: Sequence[int], usual: float) -> list[float]:
        """Seconds between two reports of each of these servers, which must have reported; as `State.interval`."""
        return [self[id_].interval(usual) for id_ in ids]

    @property
    @abstractmethod
    def temperatures(self) -> Mapping[int, str]:
        """The temperatures of the servers that have any, as in State."""


def replaces(new: State, old: State | None) -> bool:
    """Whether `new` replaces `old`: the newest measurement wins, whatever the order of arrival.

    A state that is much older than the stored one is not late: the sender's clock was set back.
    """
    return old is None or new.at >= old.at or new.at < old.at - CLOCK_SET_BACK_SECONDS


def newest(one: State | None, other: State | None) -> State | None:
    """Which of two stored states of one server is current: the newest measurement.

    If they arrived with very different delays, the sender's clock was set in between, and the last one received counts.
    """
    if one is None or other is None:
        return one or other
    delays = (one.last_active - one.at, other.last_active - other.at)
    if abs(delays[0] - delays[1]) > CLOCK_SET_BACK_SECONDS:
        return one if one.last_active >= other.last_active else other
    return max(one, other, key=lambda state: (state.at, state.last_active))
