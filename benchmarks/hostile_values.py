"""The odd values in hostile requests, and how they are encoded."""

import json

METHODS = ("GET", "POST", "PATCH", "DELETE", "PUT", "HEAD", "OPTIONS", "TRACE", "get", "GETT", "PROPFIND", "A" * 300)
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


class HostileNumber(str):
    """The text of a number, which need not be valid in JSON."""


def json_bytes(value: object) -> bytes:
    if isinstance(value, HostileNumber):
        return value.encode()
    if isinstance(value, dict):
        return (
            b"{" + b",".join(json.dumps(name).encode() + b":" + json_bytes(one) for name, one in value.items()) + b"}"
        )
    if isinstance(value, list):
        return b"[" + b",".join(map(json_bytes, value)) + b"]"
    return json.dumps(value).encode()


def no_spaces(target: str) -> str:
    return "".join(target.split()) or "/"
