"""Hostile requests, byte for byte, from one random generator: whole ones only, so each of them is due an answer."""

import json
import random
from collections.abc import Callable
from dataclasses import dataclass

Headers = list[tuple[bytes, bytes]]

SESSION_PATHS = ("/api/token", "/api/server", "/api/server/1", "/api/monitor", "/api/monitor/1", "/api/settings")
"""Where a signed-in person's browser sends odd JSON: not where a change ends credentials that the run itself needs."""

METHODS = ("GET", "POST", "PATCH", "DELETE", "PUT", "HEAD", "OPTIONS", "TRACE", "get", "GETT", "PROPFIND", "A" * 300)
PATHS = (
    "/",
    "/health",
    "/openapi.json",
    "/api/v1/server/list",
    "/api/v1/server/details",
    "/api/v1/monitor/1",
    "/api/v1/server/register",
    "/api/v1/agent/report",
    "/api/login",
    "/api/logout",
    "/api/password",
    "/api/token",
    "/api/token/0123456789abcdef",
    "/api/server",
    "/api/server/1",
    "/api/server/1/secret",
    "/api/monitor",
    "/api/monitor/1",
    "/api/settings",
    "/api/summary",
    "/api/ping/1",
    "/static/api.js",
)
BODY_PATHS = (
    "/api/v1/agent/report",
    "/api/v1/agent/report",
    "/api/v1/server/register",
    "/api/token",
    "/api/server",
    "/api/monitor",
    "/api/settings",
    "/api/logout",
)
TEXTS = (
    "",
    " ",
    "\x00",
    "\x7f",
    "\r\n",
    "\ud800",
    "\udfff\ud800",
    "ÿ",
    "名前",
    "👾" * 40,
    "\u202e\u2066",
    "e\u0301" * 50,
    "%",
    "%zz",
    "%00",
    "%ff%fe",
    "%c0%ae%c0%ae/",
    "%ED%A0%80",
    "../" * 20,
    "..%2f..%2fetc%2fpasswd",
    "';--",
    '"<script>',
    "${jndi:x}",
    "{{7*7}}",
    "A" * 3000,
    "-1",
    "0",
    "1e999",
    "NaN",
    "18446744073709551616",
    "９",
    "٣",
    "1" * 400,
    "1,2,,3",
    "true",
    "null",
)
NUMBERS = (
    "0",
    "-0",
    "-1",
    "1.0",
    "1e400",
    "-1e400",
    "NaN",
    "Infinity",
    "1" * 5000,
    "0." + "3" * 400,
    "18446744073709551615",
    "18446744073709551616",
    "9223372036854775808",
    "1e-400",
    "4.9e-324",
    "01",
    "+1",
    ".5",
)
FIELDS = (
    "reports",
    "secret",
    "at",
    "ip",
    "host",
    "state",
    "pings",
    "monitor_id",
    "delay",
    "up",
    "down",
    "Name",
    "Tag",
    "Note",
    "HideForGuest",
    "name",
    "tag",
    "note",
    "display_index",
    "hide_for_guest",
    "type",
    "target",
    "interval",
    "cover",
    "servers",
    "scopes",
    "expires",
    "site_name",
    "public_page",
    "language",
    "CPU",
    "MemUsed",
    "Temperatures",
    "Temperature",
    "GPU",
    "Platform",
    "BootTime",
    "__proto__",
    "",
)
HEADER_NAMES = (
    "Accept",
    "Accept-Encoding",
    "Accept-Language",
    "Content-Type",
    "If-None-Match",
    "Origin",
    "Sec-Fetch-Site",
    "X-Forwarded-For",
    "X-Forwarded-Host",
    "X-Forwarded-Proto",
    "Forwarded",
    "Range",
    "Upgrade",
    "Connection",
    "Referer",
    "User-Agent",
    "X-HTTP-Method-Override",
    "Expect",
    "TE",
    "Trailer",
    "Via",
    "X_Under_Score",
    "Bad Name",
)


@dataclass(frozen=True)
class Hostile:
    """kind: in words, for the report. method: as a server understands it, b"" where there is none."""

    kind: str
    raw: bytes
    method: str = "GET"


class Generator:
    """The same seed makes the same requests. credentials: real ones, mixed with made-up ones. cookie: a session's."""

    def __init__(self, seed: int, credentials: tuple[str, ...], cookie: str) -> None:
        self._random = random.Random(seed)
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
        # Never a whole head that asks for a body, and never empty lines alone: those are due nothing.
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
        path = self._random.choice(PATHS)
        at = self._random.randint(0, len(path))
        target = self._random.choice(
            (path[:at] + self._text() + path[at:], path + "/" + self._text(), "/static/" + self._text(), self._text())
        )
        return self._made("path", self._method(), _no_spaces(target))

    def _query(self) -> Hostile:
        pairs = [
            self._random.choice(("id", "tag", "simple", "hours", self._text()))
            + self._random.choice("==&;")
            + self._text()
            for _ in range(self._random.randint(0, 12))
        ]
        target = _no_spaces(self._random.choice(PATHS) + "?" + "&".join(pairs))
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
        return self._made("header", self._method(), self._random.choice(PATHS), [*headers, *self._token()])

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
        return self._raw("framing", "POST", self._random.choice(BODY_PATHS), [*lengths, *self._token()], b"")

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
        return self._raw("chunks", "POST", self._random.choice(BODY_PATHS), framing, body)

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
            "cookie", self._method(), self._random.choice(PATHS), [*headers, (b"Sec-Fetch-Site", b"same-origin")]
        )

    def _authorization(self) -> Hostile:
        scheme = self._random.choice(("", "Bearer ", "Token ", "Basic ", "Bearer Bearer ", "\t"))
        value = (scheme + self._random.choice((self._text(), *self._credentials))).encode(errors="replace")
        headers = [(b"Authorization", value)] * self._random.randint(1, 2)
        return self._made("credential", self._method(), self._random.choice(PATHS), headers)

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
        return self._posted("odd JSON", _json_text(self._object(4)))

    def _report(self) -> Hostile:
        """A report of a real server whose figures are odd."""
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
            ({"state": state}, {"host": host}, {"pings": [ping, self._value(1)]}, {"ip": self._value(1)})
        )
        many = {"reports": [report] * self._random.choice((1, 1, 1, 3, 100, 101))}
        return self._posted("report", _json_text(many), "/api/v1/agent/report")

    def _sign_in(self) -> Hostile:
        return self._posted("sign-in", _json_text({"password": self._value(1)}), "/api/login")

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
            return self._made(kind, method, self._random.choice(SESSION_PATHS), [*headers, *self._session], body)
        return self._made(kind, method, path or self._random.choice(BODY_PATHS), [*headers, *self._token()], body)

    def _made(
        self, kind: str, method: str, target: str, headers: Headers | tuple[()] = (), body: bytes | None = None
    ) -> Hostile:
        """With the length of its body, so that it is whole whatever else is wrong with it."""
        length = [] if body is None else [(b"Content-Length", b"%d" % len(body))]
        return self._raw(kind, method, target, [*headers, *length], body or b"")

    def _raw(self, kind: str, method: str, target: str, headers: Headers, body: bytes) -> Hostile:
        # A value must not end the head, or what follows would be a second request or no request at all.
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
            return _Number(self._number())
        if kind == 2:
            return self._random.choice((None, True, False, 1, 60, 1.5, -7, 1_795_444_683))
        if kind == 3:
            return self._random.choice(self._credentials)
        if kind == 4:
            return [self._value(depth - 1) for _ in range(self._random.randint(0, 5))]
        return self._object(depth)


class _Number(str):
    """A number's digits, whether JSON has such a number or not."""


def _json_text(value: object) -> bytes:
    if isinstance(value, _Number):
        return value.encode()
    if isinstance(value, dict):
        return (
            b"{" + b",".join(json.dumps(name).encode() + b":" + _json_text(one) for name, one in value.items()) + b"}"
        )
    if isinstance(value, list):
        return b"[" + b",".join(map(_json_text, value)) + b"]"
    return json.dumps(value).encode()


def _no_spaces(target: str) -> str:
    return "".join(target.split()) or "/"
