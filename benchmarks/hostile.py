"""Hostile requests, byte for byte, from a random generator. All of them are complete, so the server must answer
each.
"""

import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benchmarks.hostile_targets import FIELDS, body_paths, paths, session_paths
from benchmarks.hostile_values import HEADER_NAMES, METHODS, NUMBERS, TEXTS, HostileNumber, json_bytes, no_spaces
from chalicelib.api.route import Route
from chalicelib.api.routes import ROUTES

Headers = list[tuple[bytes, bytes]]


@dataclass(frozen=True)
class Hostile:
    """kind: the kind of request in words, for the report. method: the HTTP method, as far as a server can tell."""

    kind: str
    raw: bytes
    method: str = "GET"


class Generator:
    """The same seed makes the same requests. credentials: real and invented ones. cookie: a session's."""

    def __init__(self, seed: int, credentials: tuple[str, ...], cookie: str, routes: Sequence[Route] = ROUTES) -> None:
        self._random = random.Random(seed)
        self._paths = paths(routes)
        self._body_paths = body_paths(routes)
        self._session_paths = session_paths(routes)
        self._credentials = credentials
        self._session: Headers = [(b"Cookie", cookie.encode())]

    def request(self) -> Hostile:
        make: Callable[[], Hostile] = self._random.choices(
            (
                self._noise,
                self._request_line,
                self._path,
                self._query,
                self._header,
                self._framing,
                self._chunks,
                self._cookie,
                self._authorization,
                self._broken_json,
                self._odd_json,
                self._report,
                self._sign_in,
            ),
            (6, 8, 12, 12, 12, 8, 6, 8, 6, 10, 12, 10, 1),
        )[0]
        return make()

    def _noise(self) -> Hostile:
        raw = self._random.randbytes(self._random.randint(1, 400))
        # Never a complete head that announces a body, and never empty lines alone, which the server need not answer.
        return Hostile("noise", b"\x16" + raw.replace(b"\r\n\r\n", b"") + b"\r\n\r\n")

    def _request_line(self) -> Hostile:
        line = self._random.choice(
            (
                b"GET / HTTP/9.9",
                b"GET /",
                b"GET  /  HTTP/1.1",
                b"GET / HTTP/1.1 extra",
                b"/ GET HTTP/1.1",
                b"GET\t/\tHTTP/1.1",
                b"GET /\x00 HTTP/1.1",
                b"GET http://[::1 HTTP/1.1",
                b"GET http://a:b:c/ HTTP/1.1",
                b"GET //evil//api/v1/server/list HTTP/1.1",
                b"GET * HTTP/1.1",
                b"CONNECT a:443 HTTP/1.1",
                b"GET /" + b"a" * self._random.randint(1, 20_000) + b" HTTP/1.1",
                b"PRI * HTTP/2.0",
                b"GET / http/1.1",
                b"\xff\xfe / HTTP/1.1",
                self._text().encode(errors="surrogatepass").replace(b"\r\n", b"") + b" / HTTP/1.1",
            )
        )
        return Hostile("request line", b"x" * (not line) + line + b"\r\nHost: a\r\nConnection: close\r\n\r\n")

    def _path(self) -> Hostile:
        path = self._random.choice(self._paths)
        at = self._random.randint(0, len(path))
        target = self._random.choice(
            (path[:at] + self._text() + path[at:], path + "/" + self._text(), "/static/" + self._text(), self._text())
        )
        return self._made("path", self._method(), no_spaces(target))

    def _query(self) -> Hostile:
        pairs = [
            self._random.choice(("id", "tag", "simple", "hours", self._text()))
            + self._random.choice("==&;")
            + self._text()
            for _ in range(self._random.randint(0, 12))
        ]
        target = no_spaces(self._random.choice(self._paths) + "?" + "&".join(pairs))
        return self._made("query", "GET", target, self._session if self._random.random() < 0.2 else self._token())

    def _header(self) -> Hostile:
        headers = [
            (
                self._random.choice(HEADER_NAMES).encode(),
                self._random.choice((self._text().encode(errors="replace"), self._random.randbytes(30))),
            )
            for _ in range(self._random.randint(1, 8))
        ]
        if self._random.random() < 0.1:
            headers += [(b"X-Many-%d" % number, b"y" * 60) for number in range(self._random.randint(10, 400))]
        return self._made("header", self._method(), self._random.choice(self._paths), [*headers, *self._token()])

    def _framing(self) -> Hostile:
        lengths = self._random.choice(
            (
                [(b"Content-Length", b"-1")],
                [(b"Content-Length", b"0x10")],
                [(b"Content-Length", b"1" * 30)],
                [(b"Content-Length", b"9" * 5000)],
                [(b"Content-Length", b"2"), (b"Content-Length", b"0")],
                [(b"Content-Length", b"2, 2")],
                [(b"Content-Length", b"\xb2")],
                [(b"Content-Length", b"")],
                [(b"Transfer-Encoding", b"gzip")],
                [(b"Transfer-Encoding", b"chunked, gzip")],
                [(b"Transfer-Encoding", b"\x0bchunked")],
                [(b"Transfer-Encoding", b"identity")],
            )
        )
        return self._raw("framing", "POST", self._random.choice(self._body_paths), [*lengths, *self._token()], b"")

    def _chunks(self) -> Hostile:
        body = self._random.choice(
            (
                b"zz\r\n{}\r\n0\r\n\r\n",
                b"-2\r\n{}\r\n0\r\n\r\n",
                b"2;a=\x00\r\n{}\r\n0\r\n\r\n",
                b"2\r\n{}XX0\r\n\r\n",
                b"0x2\r\n{}\r\n0\r\n\r\n",
                b"2\r\n{}\r\n0\r\nTrailer: x\r\n\r\n",
                b"1\r\n{\r\n1\r\n}\r\n0\r\n\r\n",
                b"\r\n\r\n\r\n0\r\n\r\n",
            )
        )
        framing = [(b"Transfer-Encoding", b"chunked"), *self._token()]
        return self._raw("chunks", "POST", self._random.choice(self._body_paths), framing, body)

    def _cookie(self) -> Hostile:
        value = self._random.choice(
            (
                self._text(),
                "nezha-dashboard=" + self._text(),
                "nezha-dashboard=" + "a" * 32 + ";" * 200,
                "=;=;==",
                "a=b; " * 300,
            )
        ).encode(errors="replace")
        headers = [(b"Cookie", value)] * self._random.randint(1, 3)
        return self._made(
            "cookie", self._method(), self._random.choice(self._paths), [*headers, (b"Sec-Fetch-Site", b"same-origin")]
        )

    def _authorization(self) -> Hostile:
        scheme = self._random.choice(("", "Bearer ", "Token ", "Basic ", "Bearer Bearer ", "\t"))
        value = (scheme + self._random.choice((self._text(), *self._credentials))).encode(errors="replace")
        headers = [(b"Authorization", value)] * self._random.randint(1, 2)
        return self._made("credential", self._method(), self._random.choice(self._paths), headers)

    def _broken_json(self) -> Hostile:
        whole = json.dumps(self._value(3)).encode(errors="replace")
        cut = self._random.randint(0, len(whole))
        body = self._random.choice(
            (
                whole[:cut],
                whole[:cut] + self._random.randbytes(3) + whole[cut:],
                b"[" * self._random.choice((10, 1000, 100_000)),
                b'{"a":' * self._random.choice((10, 1000, 100_000)),
                b"\xef\xbb\xbf{}",
                "{}".encode("utf-16"),
                b'{"reports": [' + self._number().encode() + b"]}",
                b'{"a": "\xed\xa0\x80"}',
                b'{"a":1,"a":2}',
                b"",
            )
        )
        return self._posted("broken JSON", body)

    def _odd_json(self) -> Hostile:
        return self._posted("odd JSON", json_bytes(self._object(4)))

    def _report(self) -> Hostile:
        """A report with the secret of a real server and odd figures."""
        state = {
            name: self._value(2)
            for name in self._random.sample(("CPU", "MemUsed", "Uptime", "Load1", "GPU", "Temperatures"), 3)
        }
        host = {
            name: self._value(2) for name in self._random.sample(("Platform", "CPU", "MemTotal", "GPU", "BootTime"), 2)
        }
        ping = {
            "monitor_id": self._value(0),
            "at": self._value(0),
            "delay": self._value(0),
            "up": self._value(0),
            "down": 0,
        }
        report = {"secret": self._random.choice((*self._credentials, self._text())), "at": self._value(1)}
        report |= self._random.choice(
            (
                {"state": state},
                {"host": host},
                {"pings": [ping, self._value(1)]},
                {"minutes": [{"at": self._value(0), "samples": self._value(0), "NetIn": self._value(0)}]},
                {"ip": self._value(1)},
            )
        )
        many = {"reports": [report] * self._random.choice((1, 1, 1, 3, 100, 101))}
        return self._posted("report", json_bytes(many), "/api/v1/agent/report")

    def _sign_in(self) -> Hostile:
        return self._posted("sign-in", json_bytes({"password": self._value(1)}), "/api/login")

    def _posted(self, kind: str, body: bytes, path: str = "") -> Hostile:
        types = (
            b"application/json",
            b"text/plain",
            b"application/json; charset=\xff",
            b"multipart/form-data",
            b"",
            b"image/png",
        )
        headers = [(b"Content-Type", self._random.choice(types)), (b"Sec-Fetch-Site", b"same-origin")]
        method = self._random.choice(("POST", "POST", "POST", "PATCH"))
        if not path and self._random.random() < 0.4:
            return self._made(kind, method, self._random.choice(self._session_paths), [*headers, *self._session], body)
        return self._made(kind, method, path or self._random.choice(self._body_paths), [*headers, *self._token()], body)

    def _made(
        self, kind: str, method: str, target: str, headers: Headers | tuple[()] = (), body: bytes | None = None
    ) -> Hostile:
        """A request with the right Content-Length, so that it is complete whatever else is wrong with it."""
        length = [] if body is None else [(b"Content-Length", b"%d" % len(body))]
        return self._raw(kind, method, target, [*headers, *length], body or b"")

    def _raw(self, kind: str, method: str, target: str, headers: Headers, body: bytes) -> Hostile:
        # A value must not end the head. Otherwise the rest would be a second request, or no request at all.
        lines = [name + b": " + value.replace(b"\r\n\r\n", b"\r\n") for name, value in headers]
        line = f"{method} {target} HTTP/1.1".encode(errors="surrogatepass").replace(b"\r\n", b"")
        head = b"\r\n".join([line, b"Host: 127.0.0.1", *lines, b"Connection: close"])
        return Hostile(kind, head.replace(b"\r\n\r\n", b"\r\n") + b"\r\n\r\n" + body, method)

    def _method(self) -> str:
        return self._random.choice(METHODS) if self._random.random() < 0.3 else "GET"

    def _token(self) -> Headers:
        return (
            [(b"Authorization", self._random.choice(self._credentials).encode())] if self._random.random() < 0.6 else []
        )

    def _text(self) -> str:
        chosen = self._random.choice(TEXTS)
        if self._random.random() < 0.3:
            chosen += "".join(
                chr(self._random.choice((self._random.randrange(256), self._random.randrange(0x110000))))
                for _ in range(8)
            )
        return chosen

    def _number(self) -> str:
        return self._random.choice(NUMBERS)

    def _object(self, depth: int) -> dict[str, object]:
        return {self._random.choice(FIELDS): self._value(depth - 1) for _ in range(self._random.randint(0, 6))}

    def _value(self, depth: int) -> object:
        kind = self._random.randrange(6 if depth > 0 else 4)
        if kind == 0:
            return self._text()
        if kind == 1:
            return HostileNumber(self._number())
        if kind == 2:
            return self._random.choice((None, True, False, 1, 60, 1.5, -7, 1_795_444_683))
        if kind == 3:
            return self._random.choice(self._credentials)
        if kind == 4:
            return [self._value(depth - 1) for _ in range(self._random.randint(0, 5))]
        return self._object(depth)
