"""Answers that Lambda cannot return as they are, compressed here.

Lambda escapes a body into a JSON text of its own, and that has a limit. API Gateway compresses too, but only what
Lambda has returned. So small answers are left to it, and large ones leave the handler compressed, in base64, which API
Gateway decodes (docs/decisions/0010-large-answers.md).
"""

import gzip
import json
import re
from base64 import b64encode
from collections.abc import Mapping
from typing import Any

from chalice.app import Response

from chalicelib.fleet import limits
from chalicelib.fleet.errors import TooLarge

LEVEL = 1
"""Of gzip: details are mostly the same words, and a higher level takes several times the CPU for little."""


class Compressed(Response):
    """A body that is base64 already; for Chalice only some content types are, and it insists that Accept names them."""

    def to_dict(self, binary_types: list[str] | None = None) -> dict[str, Any]:  # noqa: ARG002
        return {**super().to_dict(), "isBase64Encoded": True}


def fits(body: str) -> bool:
    """Whether Lambda can return this as it is."""
    most = 2 if body.isascii() else 12  # bytes that a character takes; JSON holds no raw control characters
    if len(body) * most <= limits.ANSWER_BYTES:
        return True
    if body.isascii():
        return len(body) + body.count('"') + body.count("\\") <= limits.ANSWER_BYTES
    return len(json.dumps(body)) <= limits.ANSWER_BYTES


def compressed(body: str, headers: Mapping[str, str]) -> str:
    """The body gzipped, in base64, for a request with these headers.

    Raises TooLarge when the client takes no gzip, or when that is too large, too.
    """
    if not _takes_gzip(headers):
        raise TooLarge(
            "The answer is larger than 6 MB; ask for fewer servers at once with ?id= or ?tag=, "
            "or accept compression: send Accept-Encoding: gzip and Accept: */*.",
            error="answer_too_large",
            limit=limits.ANSWER_BYTES,
        )
    packed = b64encode(gzip.compress(body.encode(), LEVEL, mtime=0)).decode()
    if len(packed) > limits.ANSWER_BYTES:
        message = "The answer is larger than 6 MB, even compressed; ask for fewer servers with ?id= or ?tag=."
        raise TooLarge(message, error="answer_too_large", limit=limits.ANSWER_BYTES)
    return packed


def _takes_gzip(headers: Mapping[str, str]) -> bool:
    """API Gateway hands base64 on undecoded to a client that sends no Accept."""
    codings = [_CODING.fullmatch(coding) for coding in headers.get("accept-encoding", "").lower().split(",")]
    weights = {coding["name"]: float(coding["weight"] or 1) for coding in codings if coding}
    return bool(headers.get("accept", "").strip()) and weights.get("gzip", weights.get("*", 0)) > 0


_CODING = re.compile(r"\s*(?P<name>[a-z*]+)\s*(?:;\s*q\s*=\s*(?P<weight>[01](?:\.\d{0,3})?)\s*)?")
