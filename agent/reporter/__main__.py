"""Runs the reporter: `python -m agent.reporter --url URL --secret-file FILE`.

Exit statuses: 0 when stopped by SIGTERM or SIGINT, 1 when a part of it failed, 2 when the options are invalid or
another process uses the same spool. With --check: 0 when the dashboard took a report, 3 when it does not know the
secret, 1 when it took none for another reason.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from functools import partial
from queue import SimpleQueue

from agent.core.client import Client
from agent.core.clock import Clock
from agent.core.journal import Journal
from agent.core.spool import Spool
from agent.core.spool_file import SpoolInUse
from agent.reporter.certificates import Certificates
from agent.reporter.check import TAKEN, check
from agent.reporter.loop import Description, Reporter, source_of
from agent.reporter.options import Options, parse_options
from agent.reporter.prober import Prober
from agent.reporter.readings import Latest
from agent.reporter.recorder import Recorder
from agent.reporter.state import Meter

log = logging.getLogger("agent.reporter")

SETTLING_SECONDS = 1.0
"""How long to wait before the first report, so that its CPU share and speeds cover a whole second and not a few
ticks.
"""


def main(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    """Reports until it gets a signal. Returns the exit status."""
    # psutil warns about each figure that it cannot read; such figures are reported as 0.
    warnings.filterwarnings("ignore", module="psutil")
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(message)s")
    options = parse_options(arguments, environment)
    if options.check:
        status, said = check(options, Clock())
        log.log(logging.INFO if status == TAKEN else logging.ERROR, "%s", said)
        return status
    # Not an Event: a signal can arrive while this thread holds the Event's lock to wait. A SimpleQueue needs no lock.
    ended: SimpleQueue[int] = SimpleQueue()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.put(0))
    log.info("reporting to %s", options.url)
    if options.url.is_unencrypted:
        log.warning("the secret is sent unencrypted: use https unless you trust the whole network")
    clock = Clock()
    try:
        spool = Spool(options.spool, int(options.spool_mb * 1_000_000), clock)
    except SpoolInUse as error:
        log.error("%s", error)
        return 2
    with closing(spool), closing(Client(options.url, "nezha-reporter", options.secret)) as client:
        return _run(options, clock, spool, client, ended)


def _run(options: Options, clock: Clock, spool: Spool, client: Client, ended: SimpleQueue[int]) -> int:
    """ended: receives the exit status when the reporter has to stop."""
    source = source_of(options.secret)
    changed = threading.Event()
    certificates = Certificates(clock.monotonic)
    prober = Prober(spool, source, clock, changed=changed.set, certificates=certificates)
    journal = Journal(options.spool / "running.json", clock.monotonic)
    recorder = Recorder(Meter(clock.monotonic), clock, spool, source, prober, journal)
    description = Latest(partial(Description.of_this_host, options.url.host, options.url.port))

    def report() -> None:
        reporter = Reporter(
            client, description.get, recorder.state, clock, spool, source, prober.take, certificates=certificates
        )
        time.sleep(SETTLING_SECONDS)
        while True:
            seconds = reporter.report()
            if not reporter.is_welcome:
                time.sleep(seconds)
            elif changed.wait(seconds):
                changed.clear()
                reporter.flush_at_once()

    # Each in a thread of its own, because a name server that hangs must not keep the process from ending.
    for work in (prober.run, recorder.run, report):
        threading.Thread(target=_until_it_fails, args=(work, ended), daemon=True).start()
    status = ended.get()
    recorder.keep_the_rest()
    return status


def _until_it_fails(work: Callable[[], None], ended: SimpleQueue[int]) -> None:
    try:
        work()
    except Exception:
        log.exception("a part of the reporter failed")
        ended.put(1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
