"""Admits only calls to the embedded DynamoDB that an AWS SDK on this machine signed with the key of this start.

moto accepts any signature, any origin, and an operation in the query string, so that every website open in a browser
on this machine, and every other user of it, could read and write the tables.
"""

import hmac
import io
import json
import re
import time
from calendar import timegm
from collections.abc import Callable, Iterable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from chalicelib.api.host_names import host_name, is_loopback
from chalicelib.signature import ALGORITHM, SERVICE, authorization

KEY_VARIABLE = "NEZHA_DYNAMODB_KEY"
"""The environment variable that hands the key to `local.dynamodb`. Command lines are visible to other users."""

CLOCK_SKEW_SECONDS = 15 * 60
"""How far a call's date may be from now, as on AWS. This limits how long a recorded call can be replayed."""

CONTENT_TYPE = "application/x-amz-json-1.0"

SIGNED_AT_LEAST = frozenset(("host", "x-amz-date", "x-amz-target"))
"""A signature that leaves one of these out could be moved to another operation, host or time."""

_UNSIGNED = "The call is not signed; sign it with the key that python -m local --json prints as dynamodb_key."
_OTHER_KEY = "This access key is not valid (any more); python -m local --json prints the current one as dynamodb_key."

_TARGET = re.compile(r"DynamoDB_20120810\.[A-Za-z]+")
_DATE = re.compile(r"\d{8}T\d{6}Z")
_AUTHORIZATION = re.compile(
    rf"{ALGORITHM} Credential=(?P<key>[^/,\s]+)/(?P<day>\d{{8}})/(?P<region>[a-z0-9-]+)/{SERVICE}/aws4_request, *"
    r"SignedHeaders=(?P<names>[a-z0-9;-]+), *Signature=(?P<signature>[0-9a-f]{64})"
)


class SignedCalls:
    """A WSGI application around `application`. `key` is both the access key ID and the secret access key.

    Refuses a call with 403 if it could come from a website, and with DynamoDB's own 400 if its signature is missing or
    does not match. A refused call never reaches `application`.
    """

    def __init__(self, application: WSGIApplication, key: str, now: Callable[[], float] = time.time) -> None:
        self._application = application
        self._key = key
        self._now = now

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        try:
            _check_is_no_browser(environ)
            self._check_signature(environ)
        except _Refused as refusal:
            start_response(refusal.status, [("Content-Type", CONTENT_TYPE), ("Content-Length", str(len(refusal.body)))])
            return [refusal.body]
        return self._application(environ, start_response)

    def _check_signature(self, environ: WSGIEnvironment) -> None:
        sent = environ.get("HTTP_AUTHORIZATION", "")
        if not sent:
            raise _Refused("MissingAuthenticationTokenException", _UNSIGNED)
        match = _AUTHORIZATION.fullmatch(sent)
        if match is None:
            raise _Refused("IncompleteSignatureException", "Send a Signature Version 4 for dynamodb.")
        if not hmac.compare_digest(match["key"].encode(), self._key.encode()):
            raise _Refused("UnrecognizedClientException", _OTHER_KEY)
        names = match["names"].split(";")
        date = environ.get("HTTP_X_AMZ_DATE", "")
        if not SIGNED_AT_LEAST.issubset(names):
            raise _Refused("IncompleteSignatureException", f"Sign at least {', '.join(sorted(SIGNED_AT_LEAST))}.")
        if not self._is_recent(date) or date[:8] != match["day"]:
            raise _Refused("InvalidSignatureException", "The date of the signature is more than 15 minutes off.")
        body = environ["wsgi.input"].read()
        environ["wsgi.input"] = io.BytesIO(body)
        headers = {name: _header(environ, name) for name in names}
        expected = authorization(self._key, self._key, match["region"], "/", headers, body).rpartition("=")[2]
        if not hmac.compare_digest(match["signature"], expected):
            raise _Refused("InvalidSignatureException", "The signature does not match the call and the key.")

    def _is_recent(self, date: str) -> bool:
        if not _DATE.fullmatch(date):
            return False
        try:
            at = timegm(time.strptime(date, "%Y%m%dT%H%M%SZ"))
        except ValueError:
            return False
        return abs(self._now() - at) <= CLOCK_SKEW_SECONDS


def _check_is_no_browser(environ: WSGIEnvironment) -> None:
    """Refuses whatever a page in a browser could send, whether or not it is signed."""
    if "HTTP_ORIGIN" in environ:
        raise _Refused("AccessDeniedException", "Calls from websites are refused.", "403 Forbidden")
    if not is_loopback(host_name(environ.get("HTTP_HOST", ""))):
        raise _Refused("AccessDeniedException", "The Host header must be a loopback address.", "403 Forbidden")
    if environ["REQUEST_METHOD"] != "POST" or environ["PATH_INFO"] != "/" or environ.get("QUERY_STRING"):
        raise _Refused("AccessDeniedException", "Calls must be a POST to / without a query.", "403 Forbidden")
    # A page cannot send these two without a preflight request, which is refused above.
    if not _TARGET.fullmatch(environ.get("HTTP_X_AMZ_TARGET", "")):
        raise _Refused("AccessDeniedException", "Calls must name their operation in X-Amz-Target.", "403 Forbidden")
    if environ.get("CONTENT_TYPE") != CONTENT_TYPE:
        raise _Refused("AccessDeniedException", f"The Content-Type must be {CONTENT_TYPE}.", "403 Forbidden")


def _header(environ: WSGIEnvironment, name: str) -> str:
    """A header as it is signed: spaces around it removed, several in a row made one."""
    key = name.upper().replace("-", "_")
    value: str = environ.get(key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}", "")
    return " ".join(value.split())


class _Refused(Exception):
    """Raised when a call must not reach DynamoDB; `body` is an error as DynamoDB formats it."""

    def __init__(self, code: str, message: str, status: str = "400 Bad Request") -> None:
        super().__init__(message)
        self.status = status
        self.body = json.dumps({"__type": f"com.amazon.coral.service#{code}", "message": message}).encode()
