"""An embedded DynamoDB: moto's, served on a loopback port by a process of its own."""

import argparse
import sys
from collections.abc import Sequence
from typing import Any
from wsgiref.types import WSGIApplication

from moto.moto_server.werkzeug_app import create_backend_app
from waitress.server import create_server


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints its port as one line when it is ready and serves until it is ended; else a line that says why not."""
    parser = argparse.ArgumentParser(prog="python -m local.dynamodb", description="A DynamoDB in memory.")
    parser.add_argument("--port", type=int, default=8009)
    options = parser.parse_args(arguments)
    try:
        server = _create_server(create_backend_app("dynamodb"), options.port)
    except OSError as error:
        print(f"port {options.port} cannot be had for DynamoDB ({error.strerror})", flush=True)
        return 1
    print(server.effective_port, flush=True)
    server.run()
    return 0


def _create_server(application: WSGIApplication, port: int) -> Any:
    # One thread: moto checks a condition and then writes, and nothing else keeps two requests from doing so at once.
    server: Any = create_server(
        application, host="127.0.0.1", port=port, threads=1, connection_limit=500, channel_timeout=3600
    )
    server.task_dispatcher.queue_logger.disabled = True  # a queue is what one thread is meant to have
    return server


if __name__ == "__main__":
    sys.exit(main())
