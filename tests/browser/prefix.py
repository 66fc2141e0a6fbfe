"""A proxy that shows a dashboard under a prefix, as API Gateway does under its stage."""

import http.client
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

BY_CONNECTION = {"connection", "keep-alive", "transfer-encoding", "content-length"}


@contextmanager
def under(prefix: str, port: int) -> Iterator[tuple[str, list[str]]]:
    """The URL of the dashboard at `port` under "/prefix", and the paths that were asked for outside of it."""
    strays: list[str] = []

    class Proxy(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if not self.path.startswith(f"{prefix}/"):
                strays.append(self.path)
                self._send(404, [], b"")
                return
            with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as upstream:
                upstream.request(self.command, self.path.removeprefix(prefix), body, dict(self.headers.items()))
                answer = upstream.getresponse()
                headers = [(name, value) for name, value in answer.getheaders() if name.lower() not in BY_CONNECTION]
                with suppress(ConnectionError):  # a browser that goes on to another page hangs up
                    self._send(answer.status, headers, answer.read())

        do_GET = do_POST = do_PATCH = do_DELETE = answer  # noqa: N815

        def _send(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
            self.send_response_only(status)
            for name, value in (*headers, ("Content-Length", str(len(body)))):
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Proxy)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}{prefix}", strays
    finally:
        server.shutdown()
        server.server_close()
        thread.join(60)
