"""An embedded DynamoDB: moto's, served on a loopback port by a process of its own, in memory or kept in a folder."""

import argparse
import signal
import sys
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from moto.moto_server.werkzeug_app import create_backend_app
from waitress.server import create_server

from local import moto_at_scale
from local.journal import AUTHORIZATION, Journal, JournalError, Kept

KEPT: dict[str, Kept] = {"states": "late", "pings": "written"}
"""Of the tables that change with reports: the next report brings a newer state anyway, while a point that was taken is
not sent again. Everything else is on disk when it is answered."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints its port as one line when it is ready and serves until it is ended; else a line that says why not."""
    parser = argparse.ArgumentParser(prog="python -m local.dynamodb", description="A DynamoDB on this machine.")
    parser.add_argument("--port", type=int, default=8009)
    parser.add_argument("--data", type=Path, help="keep everything in this folder; in memory only by default")
    options = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    moto_at_scale.install()
    try:
        journal, application = _application(options.data)
        server = _create_server(application, options.port)
    except JournalError as error:
        print(error, flush=True)
        return 1
    except OSError as error:
        print(f"port {options.port} cannot be had for DynamoDB ({error.strerror})", flush=True)
        return 1
    print(server.effective_port, flush=True)
    try:
        server.run()
    finally:
        if journal:
            journal.close()
    return 0


def _application(folder: Path | None) -> tuple[Journal | None, WSGIApplication]:
    moto = _one_database(create_backend_app("dynamodb"))
    if folder is None:
        return None, moto
    journal = Journal(moto, folder / "dynamodb.sqlite", lambda table: KEPT.get(table.rpartition("-")[2], "on disk"))
    threading.Thread(target=journal.flush_for_ever, daemon=True).start()
    return journal, journal


def _one_database(moto: WSGIApplication) -> WSGIApplication:
    """moto keeps a database for each region and account that requests are signed for; here all mean the same one."""

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        return moto({**environ, "HTTP_AUTHORIZATION": AUTHORIZATION}, start_response)

    return answer


def _create_server(application: WSGIApplication, port: int) -> Any:
    # One thread: moto checks a condition and then writes, and nothing else keeps two requests from doing so at once.
    server: Any = create_server(
        application, host="127.0.0.1", port=port, threads=1, connection_limit=500, channel_timeout=3600
    )
    server.task_dispatcher.queue_logger.disabled = True  # a queue is what one thread is meant to have
    return server


if __name__ == "__main__":
    sys.exit(main())
