"""How our answers may differ from those of the original v0 dashboard."""

import re
import struct
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

from chalicelib.api.json_output import number_text
from tests.golden.recorded import FIXTURE, Exchange, Expected, Number, Pairs, by_name, rows

Difference = Callable[[Exchange, Expected], Expected | None]
"""What we answer instead; None where the difference does not apply."""

READ_ROUTES = ("/api/v1/server/list", "/api/v1/server/details", "/api/v1/monitor/3")

DIFFERENCES: dict[str, Difference] = {}
"""By the words under which docs/compatibility.md gives the reason."""


def difference(words: str) -> Callable[[Difference], Difference]:
    def add(change: Difference) -> Difference:
        DIFFERENCES[words] = change
        return change

    return add


def expected(exchange: Exchange) -> tuple[Expected, set[str]]:
    """What we must answer, and the differences that made it so."""
    answer, applied = exchange.answer, set()
    for words, change in DIFFERENCES.items():
        changed = change(exchange, answer)
        if changed is not None and changed != answer:
            answer = changed
            applied.add(words)
    return answer, applied


def _error(status: int) -> Expected:
    return Expected(status, Pairs([("code", Number(403 if status == 401 else status)), ("message", "…")]))


def _servers(answer: Expected) -> list[Pairs] | None:
    result = answer.body["result"] if isinstance(answer.body, Pairs) else None
    return result if isinstance(result, list) and "valid_ip" in (result[0] if result else Pairs()) else None


def _with_servers(answer: Expected, servers: list[Pairs]) -> Expected:
    return replace(answer, body=answer.body.having(result=servers))


@difference("Real HTTP statuses")
def _true_status(exchange: Exchange, answer: Expected) -> Expected | None:
    if isinstance(answer.body, Pairs) and answer.status == 200 and answer.body["code"] == "403":
        sent = exchange.headers.get("Authorization") or str(exchange.headers.get("Cookie", "")).partition("=")[2]
        return _error(403 if sent else 401)
    return None


@difference("Errors in one format")
def _error_shape(exchange: Exchange, answer: Expected) -> Expected | None:
    if answer.status < 400:
        return None
    return Expected(answer.status, None) if exchange.method == "HEAD" else _error(answer.status)


@difference("HEAD is supported")
def _head(exchange: Exchange, answer: Expected) -> Expected | None:
    return Expected(200, None) if exchange.method == "HEAD" and exchange.path in READ_ROUTES else None


@difference("405 for a wrong method")
def _wrong_method(exchange: Exchange, answer: Expected) -> Expected | None:
    methods = {**dict.fromkeys(READ_ROUTES, "GET"), "/api/v1/server/register": "POST"}
    if answer.status != 404 or methods.get(exchange.path, exchange.method) == exchange.method:
        return None
    return Expected(405, None) if exchange.method == "HEAD" else _error(405)


@difference("CORS on read routes")
def _preflight(exchange: Exchange, _: Expected) -> Expected | None:
    return Expected(200, None) if exchange.method == "OPTIONS" and exchange.path in READ_ROUTES else None


@difference("An encoded slash belongs to the ID")
def _encoded_slash(exchange: Exchange, _: Expected) -> Expected | None:
    return _error(400) if exchange.target == "/api/v1/monitor/1%2F2" else None


@difference("Guests cannot find out which servers exist")
def _absent_for_guests(exchange: Exchange, answer: Expected) -> Expected | None:
    is_guest = not {"Authorization", "Cookie"} & exchange.headers.keys()
    names_an_id = re.fullmatch(r"/api/v1/monitor/\d+", exchange.path)
    return _error(403) if answer.status == 404 and is_guest and names_an_id else None


@difference("No redirects")
def _no_redirect(exchange: Exchange, answer: Expected) -> Expected | None:
    if answer.status not in (301, 307):
        return None
    if "Authorization" not in exchange.headers:
        return _error(401)
    return Expected(200, None)


@difference("`id` takes precedence over `tag`")
def _id_beats_tag(exchange: Exchange, answer: Expected) -> Expected | None:
    if "id=3&tag=" not in exchange.target:
        return None
    return replace(by_name("details-mixed").answer, body=_only(by_name("details-mixed").answer, "3"))


@difference("Each ID once")
def _each_id_once(_: Exchange, answer: Expected) -> Expected | None:
    servers = _servers(answer)
    return _with_servers(answer, list({server["id"]: server for server in servers}.values())) if servers else None


@difference("Seven keys in the list")
def _seven_keys(exchange: Exchange, answer: Expected) -> Expected | None:
    servers = _servers(answer)
    if not servers or "host" in servers[0]:  # type: ignore[comparison-overlap]
        return None
    return _with_servers(answer, [server.without("display_index", "hide_for_guest") for server in servers])


@difference("Correct `display_index` and `hide_for_guest`")
def _true_metadata(exchange: Exchange, answer: Expected) -> Expected | None:
    servers = _servers(answer)
    if not servers or "host" not in servers[0]:  # type: ignore[comparison-overlap]
        return None
    true = {
        str(server["id"]): (Number(server["display_index"]), bool(server["hide_for_guest"]))
        for server in _fleet(exchange)
    }
    return _with_servers(
        answer,
        [
            server.having(display_index=true[server["id"]][0], hide_for_guest=true[server["id"]][1])
            for server in servers
        ],
    )


@difference("A stable order")
def _stable_order(exchange: Exchange, answer: Expected) -> Expected | None:
    servers = _servers(answer)
    query = exchange.target.partition("?")[2]
    if not servers or ("details" in exchange.path and re.match("id=[^&]", query)):
        return None
    index = {server["id"]: server["display_index"] for server in _fleet(exchange)}
    return _with_servers(answer, sorted(servers, key=lambda server: (-index[int(server["id"])], int(server["id"]))))


@difference("Plain text for `simple`")
def _bare_secret(exchange: Exchange, answer: Expected) -> Expected | None:
    return Expected(200, "secret") if isinstance(answer.body, str) and not isinstance(answer.body, Number) else None


@difference("An empty body is accepted")
def _empty_body(exchange: Exchange, answer: Expected) -> Expected | None:
    if exchange.path != "/api/v1/server/register" or exchange.method != "POST" or exchange.body or answer.status != 400:
        return None
    return by_name("register-empty-object").answer


@difference("One point a minute")
def _one_point_a_minute(exchange: Exchange, answer: Expected) -> Expected | None:
    if not exchange.path.startswith("/api/v1/monitor/") or answer.status != 200 or not answer.body:
        return None
    if not answer.body["result"]:
        return None
    return replace(answer, body=answer.body.having(result=[_minutes(entry) for entry in answer.body["result"]]))


def _minutes(entry: Pairs) -> Pairs:
    rows: dict[str, list[float]] = {}
    for at, delay in zip(entry["created_at"], entry["avg_delay"], strict=True):
        rows.setdefault(at, []).append(float(delay))
    kept = {at: [min(delay, 1000.0) for delay in delays if delay > 0] for at, delays in sorted(rows.items())}
    means = [sum(delays) / len(delays) if delays else 0.0 for delays in kept.values()]
    return entry.having(created_at=[Number(at) for at in kept], avg_delay=[_form(mean) for mean in means])


@cache
def _form(mean: float) -> Number:
    """As v0 writes it: these means are short decimals, or what a 32-bit float makes of them."""
    single = struct.unpack("f", struct.pack("f", mean))[0]
    shortest = next(
        f"{single:.{digits}g}"
        for digits in range(6, 10)
        if struct.unpack("f", struct.pack("f", float(f"{single:.{digits}g}")))[0] == single
    )
    return Number(number_text(float(shortest)))


@difference("A wrong `Authorization` header takes precedence over a valid cookie")
def _wrong_authorization(exchange: Exchange, _: Expected) -> Expected | None:
    return _error(403) if exchange.headers.get("Authorization") == "wrong" and "Cookie" in exchange.headers else None


@difference("Changes with a session must come from the same origin")
def _same_origin(exchange: Exchange, _: Expected) -> Expected | None:
    return _error(403) if exchange.method == "POST" and "Cookie" in exchange.headers else None


def _fleet(exchange: Exchange) -> list[dict[str, Any]]:
    registered = [
        {"id": row[0], "display_index": row[9], "hide_for_guest": row[10]}
        for row in rows("rows-servers-after-register")
    ]
    later = [{"id": 54, "display_index": 0, "hide_for_guest": 0}]
    return [*FIXTURE["servers"], *registered, *later]


def _only(answer: Expected, server_id: str) -> Any:
    return answer.body.having(result=[server for server in answer.body["result"] if server["id"] == server_id])
