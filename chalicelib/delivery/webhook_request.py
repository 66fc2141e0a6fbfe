"""The HTTP request that a webhook makes for a message, the same as the original v0 makes.

docs/compatibility.md lists the differences. Each exists because v0's request was broken.
"""

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, quote_plus, unquote_to_bytes

from chalicelib.delivery.json_members import Member, members, value_text
from chalicelib.delivery.markup import Escape, html_part, in_html, markup_escape
from chalicelib.delivery.placeholders import Values, filled, in_json, in_json_text, in_url
from chalicelib.fleet.alerts.channels import Channel

_URL = re.compile(r"(https?)://(?:([^/?#]*)@)?(\[[0-9A-Fa-f:.]+\]|[^/?#@:]+)(?::(\d*))?([^?#]*)(?:\?(.*))?", re.DOTALL)
_PATH_AS_IT_IS = re.compile(r"(?:[A-Za-z0-9\-_.~!$&'()*+,;=:@/\[\]]|%[0-9A-Fa-f]{2})*")
_UNSENDABLE = re.compile(r"[^\x21-\x7e]+")

JSON_TYPE = "application/json"
FORM_TYPE = "application/x-www-form-urlencoded"
USER_AGENT = "Go-http-client/1.1"


@dataclass(frozen=True, slots=True)
class WebhookRequest:
    """secure: whether it is https. host: without brackets. target: path and query. headers: in the order in which they
    are sent, Host and Content-Length included. verify: whether the certificate is verified.
    """

    method: str
    secure: bool
    host: str
    port: int
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    verify: bool


def webhook_request(channel: Channel, values: Values) -> WebhookRequest:
    """values: of the message's placeholders.

    Raises ValueError, whose text may be shown, for an invalid URL, or for a form that is not a JSON object.
    """
    marked = markup_escape(channel.url)
    url = filled(channel.url, values, lambda value: in_url(marked(value)))
    # A placeholder without a value stays as it is. Its # must not start a fragment, which would cut off the rest.
    found = _URL.fullmatch(url.replace("#", "%23"))
    if not found:
        raise ValueError("the URL cannot be used")
    scheme, user, host, port, path, query = found.groups()
    secure = scheme == "https"
    number = int(port) if port else 443 if secure else 80
    if not 0 < number <= 65_535:
        raise ValueError("the URL's port cannot be used")
    body = _body(channel, values)
    target = _path(path) + ("" if query is None else "?" + _UNSENDABLE.sub(lambda text: quote(text[0]), query))
    shown_host = f"{host}:{port}" if port else host
    headers = _headers(channel, shown_host, user, body)
    return WebhookRequest(
        method=channel.method,
        secure=secure,
        host=host.strip("[]"),
        port=number,
        target=target,
        headers=tuple(headers.items()),
        body=body or b"",
        verify=channel.verify,
    )


def _path(path: str) -> str:
    """A path whose escapes are valid is sent unchanged; any other is unescaped and escaped again."""
    if not path:
        return "/"
    if _PATH_AS_IT_IS.fullmatch(path):
        return path
    return quote(unquote_to_bytes(path), safe="/$&+,:;=@-_.~")


def _body(channel: Channel, values: Values) -> bytes | None:
    if channel.method == "GET":
        return None
    marked = markup_escape(f"{channel.url}\n{channel.body}")
    if not channel.form:
        return _json_body(channel.body, values, marked).encode("utf-8", "replace")
    fields = {member.name: _form_value(member, values, marked) for member in members(channel.body)}
    return "&".join(f"{_form_text(name)}={_form_text(fields[name])}" for name in sorted(fields, key=_bytes)).encode()


def _json_body(body: str, values: Values, marked: Escape) -> str:
    """The part of a Matrix message that is HTML is escaped as such."""
    html = html_part(body)
    if html is None:
        return filled(body, values, lambda value: in_json(marked(value)))
    return "".join(
        filled(text, values, in_json if place != 1 else lambda value: in_json(in_html(value)))
        for place, text in enumerate(html)
    )


def _form_value(member: Member, values: Values, marked: Escape) -> str:
    """A field's value as text. Objects and lists are JSON themselves, so values in them are escaped for JSON."""
    escape = in_json_text if isinstance(member.value, dict | list) else str
    return filled(value_text(member), values, lambda value: escape(marked(value)))


def _form_text(text: str) -> str:
    return quote_plus(text.encode("utf-8", "replace"), safe="")


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "replace")


def _headers(channel: Channel, host: str, user: str | None, body: bytes | None) -> Mapping[str, str]:
    """In the order of Go's client: the fixed ones, then the others by name."""
    own = {canonical(name): value.strip() for name, value in channel.headers}
    own.pop("Host", None)
    agent = own.pop("User-Agent", USER_AGENT)
    if body is not None:
        own.setdefault("Content-Type", FORM_TYPE if channel.form else JSON_TYPE)
    if user is not None and "Authorization" not in own:
        name, _, password = user.partition(":")
        pair = unquote_to_bytes(name) + b":" + unquote_to_bytes(password)
        own["Authorization"] = "Basic " + base64.b64encode(pair).decode()
    fixed = {"Host": host, "User-Agent": agent}
    if body is not None:
        fixed["Content-Length"] = str(len(body))
    return {**fixed, **{name: own[name] for name in sorted(own)}, "Accept-Encoding": own.get("Accept-Encoding", "gzip")}


def canonical(name: str) -> str:
    """A header's name as Go writes it: `X-Lower-Case`."""
    return "-".join(part.capitalize() for part in name.split("-"))
