"""Checks that need a deployed stage. Each returns what it saw, or raises Wrong or Skipped."""

import gzip
import json
import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from email.utils import parsedate_to_datetime

from chalicelib import VERSION
from chalicelib.fleet import tokens
from chalicelib.fleet.limits import BODY_BYTES
from ops.deployed_api import flush
from ops.doctor.examined import Examined
from ops.doctor.site import Reply, SiteClient

WRONG = "0" * 32
LIST = "/api/v1/server/list"
REPORT = "/api/v1/agent/report"
GZIP = {"Accept-Encoding": "gzip", "Accept": "*/*"}
CLOCK_SECONDS = 5
"""How far the clocks of AWS and this machine may be apart. The dashboard accepts points up to 60 s in the future."""
GATEWAY_BYTES = 7 * 1024 * 1024
"""More than Lambda accepts, and less than API Gateway does."""
FLOOD = 150
"""Requests to send at once. `GET /api/v1/health` accepts 50 at once, and 10 per second after that."""


class Wrong(Exception):
    """Raised with what was seen instead."""


class Skipped(Exception):
    """Raised with why something could not be checked."""


def health(this: Examined) -> str:
    reply = this.dashboard.ask("GET", "/api/v1/health")
    version = reply.status == 200 and reply.json and reply.json["result"]["version"]
    if version != VERSION:
        raise Wrong(f"{_seen(reply)}; this checkout is version {VERSION}")
    return f"version {version}"


def no_credential(site: SiteClient, _: Examined) -> str:
    return _error(site.ask("GET", LIST), 401, code=403)


def wrong_credential(site: SiteClient, _: Examined) -> str:
    return _error(site.ask("GET", LIST, {"Authorization": WRONG}), 403)


def unknown_path(site: SiteClient, this: Examined) -> str:
    """Given a credential, API Gateway would try to parse it as an AWS signature, and quote it in its error."""
    for headers in ({}, {"Authorization": this.credential}):
        reply = site.ask("GET", "/api/v1/nothing", headers)
        _error(reply, 404)
        if this.credential.encode() in reply.body:
            raise Wrong("the answer quotes the credential")
    return "404, with a credential and without"


def large_body(site: SiteClient, _: Examined) -> str:
    by_us = site.ask("POST", REPORT, body=b" " * (BODY_BYTES + 1))
    by_gateway = site.ask("POST", REPORT, body=b" " * GATEWAY_BYTES)
    return f"1 MiB: {_error(by_us, 413)}; 7 MiB: {_error(by_gateway, 413)}"


def throttled(site: SiteClient, this: Examined) -> str:
    if this.emulated:
        raise Skipped("the emulated AWS is too slow to be flooded")
    with ThreadPoolExecutor(50) as pool:
        replies = list(pool.map(lambda _: site.ask("GET", "/api/v1/health"), range(FLOOD)))
    refused = [reply for reply in replies if reply.status == 429]
    if not refused:
        raise Wrong(f"none of {FLOOD} requests at once was refused")
    _error(refused[0], 429)
    if "retry-after" not in refused[0].headers:
        raise Wrong("a 429 without Retry-After")
    return f"{len(refused)} of {FLOOD} requests at once, with Retry-After"


def compression(site: SiteClient, this: Examined) -> str:
    plain, packed = (site.ask("GET", "/openapi.json", headers) for headers in ({"Accept-Encoding": "identity"}, GZIP))
    encoding = packed.headers.get("content-encoding", "none")
    if encoding == "none" and this.emulated:
        raise Skipped("the emulated AWS compresses nothing that Lambda can return as it is")
    if encoding != "gzip":
        raise Wrong(f"content encoding {encoding} for a client that accepts gzip")
    if json.loads(gzip.decompress(packed.body)) != plain.json:
        raise Wrong("the compressed answer differs from the plain one")
    return f"{len(plain.body):,} bytes as {len(packed.body):,}"


def caching(this: Examined) -> str:
    page = this.dashboard.ask("GET", "/")
    files = re.findall(rb'"\./(static/[^"#]+)"', page.body)
    if page.status != 200 or not files:
        raise Wrong(f"the status page: {_seen(page)}, {len(files)} files")
    for path, control in ((f"/{files[0].decode()}", "immutable"), ("/", "no-cache"), ("/api/v1/health", "no-store")):
        reply = this.dashboard.ask("GET", path)
        if reply.status != 200 or control not in reply.headers.get("cache-control", ""):
            raise Wrong(f"{path}: {reply.status}, Cache-Control {reply.headers.get('cache-control')}")
    return "files are cached forever, pages revalidated, answers never cached"


def edge_cache(this: Examined) -> str:
    _needs_the_edge(this)
    if this.emulated:
        raise Skipped("the emulated CloudFront keeps nothing")
    for path, wanted in (("/api/summary", "Hit"), (LIST, "Miss")):
        headers = {"Authorization": this.credential}
        kept = [this.dashboard.ask("GET", path, headers).headers.get("x-cache", "") for _ in range(3)][-1]
        if wanted not in kept:
            raise Wrong(f"{path}: X-Cache {kept!r}, not {wanted}")
    return "the summary is shared, the server list is not"


def ended_token(this: Examined) -> str:
    token, credential = tokens.create(this.store, time.time(), note=this.mark)
    site = this.api or this.dashboard
    try:
        before = site.ask("GET", LIST, {"Authorization": credential}).status
    finally:
        tokens.delete(this.store, token.id)
    flushed = flush(this.stage)
    after = site.ask("GET", LIST, {"Authorization": credential}).status
    if not flushed:
        raise Skipped(f"API Gateway's cache could not be flushed ({after} after the deletion); it forgets in 60 s")
    if (before, after) != (200, 403):
        raise Wrong(f"{before} before its deletion, {after} after it")
    return "200 before its deletion, 403 right after it"


def clock(this: Examined) -> str:
    began = time.time()
    reply = this.dashboard.ask("GET", "/api/v1/health")
    if "date" not in reply.headers:
        raise Wrong("the answer has no Date")
    apart = parsedate_to_datetime(reply.headers["date"]).timestamp() - (began + time.time()) / 2
    if abs(apart) > CLOCK_SECONDS:
        raise Wrong(f"this machine's clock is {-apart:+.0f} s from AWS's")
    return f"less than {CLOCK_SECONDS} s apart"


def address(this: Examined) -> str:
    """Uses that a server registered without a name is named after the address that registers it."""
    body = json.dumps({"Tag": this.mark}).encode()
    forged = {"Authorization": this.credential, "X-Forwarded-For": "192.0.2.1", "X-Nezha-Viewer-Address": "192.0.2.1"}
    reply = this.dashboard.ask("POST", "/api/v1/server/register", forged, body)
    if reply.status != 200 or not reply.json:
        raise Wrong(_seen(reply))
    name = [server.name for server in this.store.view().fleet.with_tag(this.mark)][-1]
    if name == "192.0.2.1":
        raise Wrong("a forged address was believed")
    return f"you are {name}; a forged address was not believed"


def country(this: Examined) -> str:
    _needs_the_edge(this)
    if this.emulated:
        raise Skipped("the emulated CloudFront knows no countries")
    headers = {"Authorization": this.credential}
    body = json.dumps({"Tag": this.mark, "Name": "doctor"}).encode()
    secret = this.dashboard.ask("POST", "/api/v1/server/register", headers, body).json["secret"]
    report = json.dumps({"reports": [{"host": {"Platform": "doctor"}}]}).encode()
    this.dashboard.ask("POST", REPORT, {"Authorization": secret}, report)
    details = this.dashboard.ask("GET", f"/api/v1/server/details?tag={this.mark}", headers).json["result"]
    codes = [server["host"]["CountryCode"] for server in details if server["name"] == "doctor"]
    if not codes or not re.fullmatch("[a-z]{2}", codes[0]):
        raise Wrong(f"CountryCode {codes}")
    return str(codes[0])


def head(this: Examined) -> str:
    for path in ("/", "/api/v1/health"):
        reply = this.dashboard.ask("HEAD", path)
        if reply.status != 200 or reply.body:
            raise Wrong(f"{path}: {_seen(reply)}")
    return "200 without a body"


def plain_http(this: Examined) -> str:
    _needs_the_edge(this)
    refused = this.dashboard.ask("GET", LIST, scheme="http").status
    page = this.dashboard.ask("GET", "/", scheme="http")
    if refused != 403 or page.status != 301 or not page.headers.get("location", "").startswith("https:"):
        raise Wrong(f"{refused} for the API, {page.status} for the page")
    return "403 for the API, a redirect to HTTPS for the page"


def strict_transport(this: Examined) -> str:
    _needs_the_edge(this)
    value = this.dashboard.ask("GET", "/").headers.get("strict-transport-security", "")
    if "max-age=" not in value:
        raise Wrong("no Strict-Transport-Security")
    return value


BY_BOTH_WAYS: tuple[tuple[str, Callable[[SiteClient, Examined], str]], ...] = (
    ("401 without a credential", no_credential),
    ("403 for a wrong credential", wrong_credential),
    ("404 for an unknown path", unknown_path),
    ("413 for a large body", large_body),
    ("compressed answers", compression),
)
"""Each is run through the edge and without it."""

ONCE: tuple[tuple[str, Callable[[Examined], str]], ...] = (
    ("version", health),
    ("HEAD", head),
    ("Cache-Control", caching),
    ("the edge's cache", edge_cache),
    ("a deleted token", ended_token),
    ("clock", clock),
    ("address", address),
    ("country", country),
    ("plain HTTP", plain_http),
    ("Strict-Transport-Security", strict_transport),
    ("429 for a flood", lambda this: throttled(this.api or this.dashboard, this)),
)
"""The flood comes last: API Gateway refuses requests for seconds after it."""


def _needs_the_edge(this: Examined) -> None:
    if not this.has_edge:
        raise Skipped("this stage has no edge")


def _error(reply: Reply, status: int, code: int = 0) -> str:
    """Checks that the reply is an error in the API's shape. Returns its status."""
    body = reply.json
    if reply.status != status or not isinstance(body, dict) or body.get("code") != (code or status):
        raise Wrong(_seen(reply))
    if not body.get("message") or "json" not in reply.headers.get("content-type", ""):
        raise Wrong(f"{_seen(reply)}, {reply.headers.get('content-type')}")
    return str(status)


def _seen(reply: Reply) -> str:
    return f"{reply.status} {reply.body[:120]!r}"
