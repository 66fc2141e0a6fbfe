"""Compression of answers that are too large for Lambda to return as they are.

Lambda returns a body as a string in a JSON document of limited size. API Gateway compresses answers, but only after
Lambda has returned them. So small answers are left to API Gateway; large ones are compressed here and returned in
base64, which API Gateway decodes (docs/decisions/0010-large-answers.md).
"""

import gzip
import json
import re
from collections.abc import Mapping
from typing import Any

from chalice.app import Response

from chalicelib.fleet import limits
from chalicelib.fleet.errors import TooLarge

LEVEL = 1
"""The gzip level. Details repeat the same words, so a higher level costs several times the CPU and gains little."""


class Encoded(Response):
    """A response whose body is base64 already. Chalice itself encodes only some content types, if Accept names them."""

    def to_dict(self, binary_types: list[str] | None = None) -> dict[str, Any]:  # noqa: ARG002
        return {**super().to_dict(), "isBase64Encoded": True}


def fits(body: str) -> bool:
    """Whether Lambda can return this body as it is."""
    most = 2 if body.isascii() else 12  # bytes per character at most; JSON has no raw control characters
    if len(body) * most <= limits.ANSWER_BYTES:
        return True
    if body.isascii():
        return len(body) + body.count('"') + body.count("\\") <= limits.ANSWER_BYTES
    return len(json.dumps(body)) <= limits.ANSWER_BYTES


def compressed(body: str, headers: Mapping[str, str]) -> bytes:
    """The body, gzipped, for a request with these headers.

    Raises TooLarge if the client does not accept gzip, or if the compressed body is too large as well.
    """
    if not _accepts_gzip(headers):
        raise TooLarge(
            "The answer is larger than 6 MB; ask for fewer servers at once with ?id= or ?tag=, "
            "or accept compression: send Accept-Encoding: gzip and Accept: */*.",
            error="answer_too_large",
            limit=limits.ANSWER_BYTES,
        )
    packed = gzip.compress(body.encode(), LEVEL, mtime=0)
    if len(packed) * 4 / 3 > limits.ANSWER_BYTES - 4:  # in base64
        message = "The answer is larger than 6 MB, even compressed; ask for fewer servers with ?id= or ?tag=."
        raise TooLarge(message, error="answer_too_large", limit=limits.ANSWER_BYTES)
    return packed


def _accepts_gzip(headers: Mapping[str, str]) -> bool:
    """Whether the client accepts gzip and sends Accept: without it, API Gateway passes the base64 on undecoded."""
    codings = [_CODING.fullmatch(coding) for coding in headers.get("accept-encoding", "").lower().split(",")]
    weights = {coding["name"]: float(coding["weight"] or 1) for coding in codings if coding}
    return bool(headers.get("accept", "").strip()) and weights.get("gzip", weights.get("*", 0)) > 0


_CODING = re.compile(r"\s*(?P<name>[a-z*]+)\s*(?:;\s*q\s*=\s*(?P<weight>[01](?:\.\d{0,3})?)\s*)?")
