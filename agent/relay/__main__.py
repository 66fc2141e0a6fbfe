"""Runs a relay: `python -m agent.relay --api URL`.

When agents can connect, it writes its address, HOST:PORT, to stdout. Logs go to stderr.

Exit statuses: 0 when stopped by SIGTERM or SIGINT, 1 when a part of it failed, 2 when it cannot start with these
options.
"""

import asyncio
import logging
import os
import resource
import signal
import sys
from collections.abc import Mapping, Sequence

# gRPC's own log lines are not JSON and report every broken connection. It reads this when it is imported.
os.environ.setdefault("GRPC_VERBOSITY", "NONE")

from agent.core.spool_file import SpoolError
from agent.relay.geoip import GeoIPError
from agent.relay.log import set_up
from agent.relay.options import Options, parse_options
from agent.relay.relay import ListenError, Relay
from agent.relay.tls import TlsError

log = logging.getLogger("agent.relay")


def main(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    """Runs the relay until it gets a signal."""
    options = parse_options(arguments, environment)
    set_up()
    _raise_file_limit()
    return asyncio.run(_run(options))


async def _run(options: Options) -> int:
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    try:
        relay = Relay(options)
    except (SpoolError, TlsError, GeoIPError) as error:
        sys.stderr.write(f"python -m agent.relay: {error}\n")
        return 2
    try:
        await relay.start()
    except ListenError as error:
        relay.close()
        sys.stderr.write(f"python -m agent.relay: {error}\n")
        return 2
    log.info(
        "ready",
        extra={
            "listen": str(relay.listening),
            "tls": options.tls is not None,
            "metrics": str(relay.metrics_listening or "off"),
            "api": str(options.api),
            "points_waiting": relay.spool.count,
        },
    )
    for warning in options.warnings:
        log.warning(warning)
    sys.stdout.write(f"{relay.listening}\n")
    sys.stdout.flush()
    failed = asyncio.create_task(relay.failed.wait())
    await asyncio.wait((failed, asyncio.create_task(stopped.wait())), return_when=asyncio.FIRST_COMPLETED)
    log.info("draining")
    await relay.stop()
    log.info("stopped")
    return 1 if failed.done() else 0


def _raise_file_limit() -> None:
    """Each agent takes an open file."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
