"""An embedded DynamoDB: moto's, in a process of its own on a loopback port, kept in memory or in a folder."""

import argparse
import os
import signal
import sys
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from moto.core.base_backend import AccountSpecificBackend
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import DynamoDBBackend, dynamodb_backends
from waitress.server import create_server

from local import moto_at_scale
from local.journal import AUTHORIZATION, DatabaseJournal, JournalError, Kept
from local.moto_direct import REGION, DirectMoto, moto
from local.signed_calls import KEY_VARIABLE, SignedCalls

MAX_BODY = 17 * 1024 * 1024
"""DynamoDB accepts requests of up to 16 MB."""

KEPT: dict[str, Kept] = {"states": "late", "series": "written"}
"""How soon writes are saved, for the tables that change with every report. A lost state is replaced by the next report,
but an accepted point is not sent again. Writes to all other tables are on disk before they are answered.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints one line: the port when it is ready, or why it cannot start. Serves until it receives SIGTERM."""
    parser = argparse.ArgumentParser(
        prog="python -m local.dynamodb",
        description=f"A DynamoDB for this machine. Calls must be signed with the key in ${KEY_VARIABLE}: "
        "use it as both the access key ID and the secret access key.",
    )
    parser.add_argument("--port", type=int, default=8009, help="0 picks a free port (default: %(default)s)")
    parser.add_argument("--data", type=Path, metavar="DIR", help="keep the data here (default: in memory only)")
    options = parser.parse_args(arguments)
    key = os.environ.get(KEY_VARIABLE, "")
    if not key:
        parser.error(f"{KEY_VARIABLE} is not set; set it to a secret that nobody can guess")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    moto_at_scale.install()
    try:
        journal, application = _application(options.data)
        server = _create_server(SignedCalls(application, key), options.port)
    except JournalError as error:
        print(error, flush=True)
        return 1
    except OSError as error:
        print(f"cannot use port {options.port} for DynamoDB ({error.strerror})", flush=True)
        return 1
    print(server.effective_port, flush=True)
    try:
        server.run()
    finally:
        if journal:
            journal.close()
    return 0


def _application(folder: Path | None) -> tuple[DatabaseJournal | None, WSGIApplication]:
    database = DirectMoto(_one_database(moto))
    if folder is None:
        return None, database
    journal = DatabaseJournal(
        database, folder / "dynamodb.sqlite", lambda table: KEPT.get(table.rpartition("-")[2], "on disk")
    )
    threading.Thread(target=journal.flush_for_ever, daemon=True).start()
    return journal, journal


def _one_database(application: WSGIApplication) -> WSGIApplication:
    """Uses one database for all calls. moto keeps one for each region and account that calls are signed for."""
    # To list all regions, botocore would read the description of every service.
    dynamodb_backends[DEFAULT_ACCOUNT_ID] = AccountSpecificBackend(
        "dynamodb", DEFAULT_ACCOUNT_ID, DynamoDBBackend, use_boto3_regions=False, additional_regions=[REGION]
    )

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        return application({**environ, "HTTP_AUTHORIZATION": AUTHORIZATION}, start_response)

    return answer


def _create_server(application: WSGIApplication, port: int) -> Any:
    # One thread, because moto checks a condition and then writes: two threads could both pass the check.
    server: Any = create_server(
        application,
        host="127.0.0.1",
        port=port,
        threads=1,
        connection_limit=500,
        channel_timeout=3600,
        max_request_body_size=MAX_BODY,
    )
    server.task_dispatcher.queue_logger.disabled = True  # with one thread, requests are meant to queue
    return server


if __name__ == "__main__":
    sys.exit(main())
