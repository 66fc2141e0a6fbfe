"""A receiver of webhooks on loopback: keeps what it receives, and answers as the path says."""

import socket
import threading
import time
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Received:
    line: str
    headers: list[tuple[str, str]]
    body: bytes


@dataclass
class Receiver:
    """Speaks HTTP by hand, so that what arrives is seen byte for byte and answers may be as wrong as they like.

    answer: bytes, or a callable that gets the connected socket and the request. greeting: what is said before anything
    is heard, and then no more.
    """

    answer: object = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    context: Any = None
    greeting: bytes = b""
    requests: list[Any] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]
        self.url = f"http{'s' if self.context else ''}://127.0.0.1:{self.port}"
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_: Any) -> None:
        # Ends the thread's accept(), which close() alone does not. If that call is interrupted later, it continues with
        # the socket that has the same file descriptor by then, and answers another test's requests.
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: Any) -> None:
        try:
            with connection:
                if self.greeting:
                    connection.sendall(self.greeting)
                elif self.context:
                    with self.context.wrap_socket(connection, server_side=True) as secure:
                        self._talk(secure)
                else:
                    self._talk(connection)
        except (OSError, UnicodeDecodeError):
            return

    def _talk(self, connection: Any) -> None:
        with connection.makefile("rb") as stream:
            request = self._read(stream)
            self.requests.append(request)
            if callable(self.answer):
                self.answer(connection, request)
            else:
                connection.sendall(self.answer)

    def _read(self, stream: Any) -> Received:
        line = stream.readline().decode().rstrip("\r\n")
        headers = []
        while text := stream.readline().decode().rstrip("\r\n"):
            name, _, value = text.partition(":")
            headers.append((name, value.removeprefix(" ")))
        length = int(dict(headers).get("Content-Length", 0))
        return Received(line, headers, stream.read(length))


def silence(connection: Any, _: Any) -> None:
    time.sleep(30)


def drip(connection: Any, _: Any) -> None:
    """A byte now and then, for ever."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nX: ")
    while True:
        connection.sendall(b"x")
        time.sleep(0.1)


def endless(connection: Any, _: Any) -> None:
    while True:
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n" * 1000)
