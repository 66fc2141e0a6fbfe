"""A way to a server that can lose its connections, as a network does while a function is frozen."""

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

PIECE = 65536
RESET = struct.pack("ii", 1, 0)
"""Of SO_LINGER: closing resets the connection."""


class Forwarder:
    """url: what leads to the server."""

    def __init__(self, url: str) -> None:
        self._to = urlsplit(url)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._connections: list[tuple[socket.socket, socket.socket]] = []
        self._swallowed: set[socket.socket] = set()
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def reset(self) -> int:
        """Resets every connection that there is, and returns how many there were."""
        lost, self._connections = self._connections, []
        for client, server in lost:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            client.close()
            _end(server)
        return len(lost)

    def swallow(self) -> int:
        """Passes nothing on for the connections that there are, and returns how many there are."""
        self._swallowed |= {one for pair in self._connections for one in pair}
        return len(self._connections)

    def serve(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.create_connection((self._to.hostname, self._to.port))
            self._connections.append((client, server))
            for source, sink in ((client, server), (server, client)):
                threading.Thread(target=self._pass_on, args=(source, sink), daemon=True).start()

    def close(self) -> None:
        _end(self._listener)
        for pair in self._connections:
            for one in pair:
                _end(one)

    def _pass_on(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while piece := source.recv(PIECE):
                if source not in self._swallowed:
                    sink.sendall(piece)
            sink.shutdown(socket.SHUT_WR)


def _end(one: socket.socket) -> None:
    with suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()


@contextmanager
def forwarding(url: str) -> Iterator[Forwarder]:
    forwarder = Forwarder(url)
    thread = threading.Thread(target=forwarder.serve)
    thread.start()
    try:
        yield forwarder
    finally:
        forwarder.close()
        thread.join()
