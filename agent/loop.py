"""When a report is sent, what it holds, and what follows from its answer."""

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from agent.address import address
from agent.api import Answer, Dashboard, NotTaken, Report, WrongSecret
from agent.clock import Clock
from agent.host import Host, read_host
from agent.monitor import Monitor, monitors_in
from agent.notices import Notices, Rarely
from agent.point import Point
from agent.spool import Spool
from agent.state import State

LOOK_AGAIN_SECONDS = 300
"""How often host and address are looked at: they rarely change, and looking may ask the name server."""

SEND_AGAIN_SECONDS = 24 * 3600
"""How often host and address are sent though nothing changed, in case the dashboard lost them."""

WRONG_SECRET_SECONDS = 300
"""Between two tries with a secret that was refused: it does not become right by asking often."""

POINTS_A_REPORT = 500
"""About 40 kB."""

HELD_SECONDS = 300
"""How long points are held back when a report with points was refused as a whole: if it is they that make no sense,
the host's state still comes through."""

LONGEST_BACK_OFF_SECONDS = 60

BOOT_TIME_JITTER_SECONDS = 5
"""Linux derives the boot time from the clock; as the clock is adjusted, it moves by a second now and then."""


@dataclass(frozen=True)
class Description:
    """What rarely changes: the host, and its address as `agent.address` gives it."""

    host: Host
    ip: str

    @classmethod
    def of_this_host(cls, dashboard_host: str, dashboard_port: int) -> "Description":
        return cls(read_host(), address(dashboard_host, dashboard_port))

    def steadied(self, before: "Description") -> "Description":
        """With the boot time of `before` when the two are so close that the host did not start again."""
        if abs(self.host["BootTime"] - before.host["BootTime"]) > BOOT_TIME_JITTER_SECONDS:
            return self
        host = self.host.copy()
        host["BootTime"] = before.host["BootTime"]
        return replace(self, host=host)


class Reporter:
    """Sends one report at a time and says how long to wait for the next.

    look: describes the host. measure: the state at a time given in Unix seconds. spool: where points wait to be sent.
    assign: told after each answer what to probe. jitter: a random number between 0 and its argument.
    """

    def __init__(
        self,
        dashboard: Dashboard,
        look: Callable[[], Description],
        measure: Callable[[float], State],
        clock: Clock,
        spool: Spool,
        assign: Callable[[Iterable[Monitor]], None],
        jitter: Callable[[float], float] = lambda most: random.SystemRandom().uniform(0, most),
    ) -> None:
        self._dashboard = dashboard
        self._look = look
        self._measure = measure
        self._clock = clock
        self._spool = spool
        self._assign = assign
        self._jitter = jitter
        self._notices = Notices(clock.monotonic)
        self._rarely = Rarely(clock.monotonic)
        self._seen = _Seen(look(), clock.monotonic())
        self._taken: _Seen | None = None
        self._failures = 0
        self._held_until = 0.0

    def report(self) -> float:
        """Sends one report; returns the seconds until the next one. Never raises because of the dashboard."""
        began = self._clock.monotonic()
        news = self._news(began)
        points = self._spool.pending(POINTS_A_REPORT) if began >= self._held_until else []
        try:
            answer = self._dashboard.send(self._compose(news, points))
        except WrongSecret as error:
            self._taken = None
            self._notices.trouble("wrong secret", str(error))
            return WRONG_SECRET_SECONDS
        except NotTaken as error:
            self._taken = None
            self._notices.trouble(error.kind, f"{error}; trying again")
            return self._back_off(error.retry_after)
        self._failures = 0
        if answer.refusal is not None:
            self._taken = None
            self._held_until = began + HELD_SECONDS if points else self._held_until
            self._notices.trouble("refused", f"the dashboard refuses this host's report: {answer.refusal}")
        else:
            self._settle(answer, points)
            self._taken = _Seen(news, began) if news else self._taken
            self._notices.good(f"reports are taken, every {answer.interval} s")
        return max(0.0, began + answer.interval - self._clock.monotonic())

    def _news(self, began: float) -> Description | None:
        """What the dashboard has to be told beside the state, None when it knows."""
        if began - self._seen.at >= LOOK_AGAIN_SECONDS:
            self._seen = _Seen(self._look().steadied(self._seen.description), began)
        taken = self._taken
        if taken and taken.description == self._seen.description and began - taken.at < SEND_AGAIN_SECONDS:
            return None
        return self._seen.description

    def _settle(self, answer: Answer, points: Sequence[Point]) -> None:
        """What follows for probes from a report that was kept."""
        # Refused points too, as they would be refused again.
        self._spool.taken(points)
        for refused in answer.refused:
            self._rarely.trouble(
                f"point {refused.kind}",
                f"the dashboard refuses a point of monitor {refused.monitor_id}, and it is dropped: "
                f"{refused.kind}: {refused.message}",
            )
        self._assign(monitors_in(answer.monitors, self._rarely))

    def _compose(self, news: Description | None, points: Sequence[Point]) -> Report:
        now = self._clock.now()
        report: Report = {
            "at": int(now),
            "state": self._measure(now),
            "pings": [point._asdict() for point in points],
        }
        if news:
            report["host"] = news.host
            report["ip"] = news.ip
        return report

    def _back_off(self, retry_after: int) -> float:
        """Full jitter, so that hosts which lost the dashboard together do not come back together."""
        most = min(LONGEST_BACK_OFF_SECONDS, 2 ** min(self._failures, 10))
        self._failures += 1
        return retry_after + self._jitter(most)


class _Seen(NamedTuple):
    description: Description
    at: float
