"""When a report is sent, what it contains, and what its response changes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import NamedTuple

from agent.core.answers import Answer, NotTaken, Outcome
from agent.core.back_off import BackOff
from agent.core.client import Client, Report
from agent.core.clock import Clock, Jitter, random_seconds
from agent.core.figures import Host, State
from agent.core.flushes import USUAL_FLUSH, ahead, flushes, turn_of
from agent.core.limits import BOOT_TIME_JITTER_SECONDS, LONGEST_REPORT_INTERVAL, NOT_KEPT_SECONDS, SEND_AGAIN_SECONDS
from agent.core.minutes import MINUTES
from agent.core.monitors import Monitor
from agent.core.notices import Notices, Rarely
from agent.core.points import POINTS
from agent.core.records import FOREVER, Which
from agent.core.spool import Spool
from agent.core.waiting import Waiting
from agent.reporter.address import address
from agent.reporter.certificates import Certificates, TargetCertificate
from agent.reporter.host import read_host

LOOK_AGAIN_SECONDS = 300
"""How often host and address are read: they rarely change, and reading them may ask the name server."""

WRONG_SECRET_SECONDS = 300
"""Seconds between two attempts with a rejected secret. More frequent attempts would not help."""

RECORDS_A_REPORT = 500
"""The most points and minutes in one report; they take at most 165 kB."""

BLOCKS_A_REPORT = 16
"""The most blocks of ten minutes in one report. Each costs the dashboard one write, so fewer are sent while it is
busy.
"""

HELD_SECONDS = 300
"""How long points and minutes are held back after a report that contained some was rejected as a whole. If they were
the reason, the host's state still gets through.
"""


@dataclass(frozen=True)
class Description:
    """What rarely changes: the host, and its address (ip) as `agent.reporter.address` returns it."""

    host: Host
    ip: str

    @classmethod
    def of_this_host(cls, dashboard_host: str, dashboard_port: int) -> Description:
        return cls(read_host(), address(dashboard_host, dashboard_port))

    def steadied(self, before: Description) -> Description:
        """The description with the boot time of `before` if the two are so close that the host did not restart."""
        if abs(self.host["BootTime"] - before.host["BootTime"]) > BOOT_TIME_JITTER_SECONDS:
            return self
        return replace(self, host={**self.host, "BootTime": before.host["BootTime"]})


def source_of(secret: str) -> int:
    """The number that the spool uses for the server with this secret. The secret cannot be derived from it."""
    return int.from_bytes(hashlib.sha256(secret.encode()).digest()[:7], "big")


class Reporter:
    """Sends one report at a time and says how long to wait for the next one."""

    def __init__(
        self,
        client: Client,
        look: Callable[[], Description | None],
        measure: Callable[[float], State],
        clock: Clock,
        spool: Spool,
        source: int,
        assign: Callable[[Iterable[Monitor]], None],
        jitter: Jitter = random_seconds,
        certificates: Certificates | None = None,
    ) -> None:
        """look: describes the host, or returns None while it is not known yet. measure: the state at a Unix time.

        source: whose records to send. assign: is called after each answer with the monitors to probe. certificates:
        those that the prober saw.
        """
        self._client = client
        self._look = look
        self._measure = measure
        self._clock = clock
        self._spool = spool
        self._source = source
        self._assign = assign
        self._certificates = certificates or Certificates(clock.monotonic)
        self._back_off = BackOff(jitter)
        self._notices = Notices(clock.monotonic)
        self._rarely = Rarely(clock.monotonic)
        self._seen: _Seen | None = None
        self._taken: _Seen | None = None
        self._host_at = 0.0
        self._held_until = 0.0
        self._is_known = False
        self._flush: int | None = None
        self._blocks = BLOCKS_A_REPORT
        self._at_once = False
        self._welcome = False
        self._interval = LONGEST_REPORT_INTERVAL

    @property
    def is_welcome(self) -> bool:
        """Whether the dashboard accepted the last report, and would accept one that comes early."""
        return self._welcome

    def flush_at_once(self) -> None:
        """Makes the next report include everything that waits."""
        self._at_once = True

    def report(self) -> float:
        """Sends one report; returns the seconds until the next one. Never raises because of the dashboard."""
        began = self._clock.monotonic()
        news = self._news(began)
        # Only an answer says what is due, and whether the dashboard accepts minutes.
        waiting = self._waiting() if self._is_known and began >= self._held_until else []
        self._welcome = False
        report = self._compose(news, waiting)
        try:
            answer = self._client.send([report])
        except NotTaken as error:
            self._taken = None
            return self._wrong_secret(str(error)) if error.status in (401, 403) else self._away(error)
        (outcome,) = answer.outcomes
        if outcome.error:
            self._taken = None
            said = f"{outcome.error}: {outcome.message}"
            if outcome.error == "unknown_secret":
                return self._wrong_secret(said)
            if outcome.retry:
                self._blocks = max(1, self._blocks // 2)
                return self._away(NotTaken("retry", f"the dashboard could not store the report ({said})"))
        self._back_off.succeeded()
        self._is_known, self._flush = True, answer.flush
        if outcome.error:
            self._held_until = began + HELD_SECONDS if waiting else self._held_until
            self._notices.trouble("refused", f"the dashboard rejects this host's report: {said}")
        else:
            self._welcome = True
            self._settle(answer, outcome, waiting)
            self._note_told(report, outcome)
            if "host" in outcome.not_kept:
                self._host_at = began + NOT_KEPT_SECONDS
            elif news:
                self._taken = _Seen(news, began)
            self._notices.good(f"reports are accepted, every {answer.interval} s")
        if "state" in outcome.not_kept:
            # The dashboard still expects the next state after the interval that it named before.
            self._interval = min(self._interval, answer.interval)
        else:
            self._interval = answer.interval
        return max(0.0, began + self._interval - self._clock.monotonic())

    def _news(self, began: float) -> Description | None:
        """The description to send with the state; None if the dashboard already has it."""
        seen, taken = self._seen, self._taken
        if seen is None or began - seen.at >= LOOK_AGAIN_SECONDS:
            found = self._look()
            if found:
                seen = self._seen = _Seen(found.steadied(seen.description) if seen else found, began)
        if seen is None or began < self._host_at:
            return None
        if taken and taken.description == seen.description and began - taken.at < SEND_AGAIN_SECONDS:
            return None
        return seen.description

    def _waiting(self) -> list[Waiting]:
        """The points and minutes that are due. Minutes wait until the dashboard is known to accept them."""
        now = self._clock.now()
        kinds = (POINTS.code,) if self._flush is None else None
        due = FOREVER if self._at_once else flushes(self._flush or USUAL_FLUSH).due(now, turn_of(self._source))
        which = Which(due, (self._source,), kinds)
        pending = partial(self._spool.pending, RECORDS_A_REPORT, blocks=self._blocks)
        return pending(which) or pending(ahead(which, now))

    def _settle(self, answer: Answer, outcome: Outcome, waiting: Sequence[Waiting]) -> None:
        """After an accepted report: removes what was sent from the spool, and takes over the monitors."""
        # Includes rejected ones, as they would be rejected again. A dashboard that sends no `flush` ignored the
        # minutes.
        self._at_once = False
        self._blocks = min(2 * self._blocks, BLOCKS_A_REPORT)
        for one in waiting:
            self._spool.taken([record for record in one.records if answer.flush or record.kind != MINUTES.code])
        for minute in outcome.refused_minutes:
            self._rarely.trouble(
                f"minute {minute.error}",
                f"the dashboard rejects a minute, which is dropped: {minute.error}: {minute.message}",
            )
        for refused in outcome.refused:
            self._rarely.trouble(
                f"point {refused.error}",
                f"the dashboard rejects a point of monitor {refused.monitor_id}, which is dropped: "
                f"{refused.error}: {refused.message}",
            )
        for why in answer.unusable:
            self._rarely.trouble(f"monitor: {why}", f"{why}; it is not probed")
        self._assign(monitor for monitor, _ in answer.monitors)

    def _note_told(self, report: Report, outcome: Outcome) -> None:
        refused = {point.monitor_id for point in outcome.refused}
        kept = "certificate" not in outcome.not_kept
        told = {
            ping["monitor_id"]: TargetCertificate(**ping["certificate"])
            for ping in report["pings"]
            if kept and "certificate" in ping and ping["monitor_id"] not in refused
        }
        self._certificates.sent({ping["monitor_id"] for ping in report["pings"]}, told)

    def _wrong_secret(self, said: str) -> float:
        self._notices.trouble(
            "wrong secret",
            f"the dashboard does not know this secret ({said}): check that it is this server's, and restart with the "
            "right one; trying again every 5 minutes",
        )
        return WRONG_SECRET_SECONDS

    def _away(self, error: NotTaken) -> float:
        self._notices.trouble(error.kind, f"{error}; trying again")
        return self._back_off.failed(error.retry_after)

    def _compose(self, news: Description | None, waiting: Sequence[Waiting]) -> Report:
        now = self._clock.now()
        report: Report = {"at": int(now), "state": self._measure(now), "pings": []}
        for one in waiting:
            report.update(one.content)
        due = self._certificates.due(ping["monitor_id"] for ping in report["pings"])
        for ping in reversed(report["pings"]):
            if shown := due.pop(ping["monitor_id"], None):
                ping["certificate"] = shown._asdict()
        if news:
            report["host"] = news.host
            report["ip"] = news.ip
        return report


class _Seen(NamedTuple):
    description: Description
    at: float
