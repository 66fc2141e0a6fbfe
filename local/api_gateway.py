"""A local stand-in for API Gateway: turns HTTP requests into Lambda events, and the answers back into HTTP."""

import base64
import logging
import re
import traceback
import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_to_bytes
from wsgiref.types import StartResponse, WSGIEnvironment

from chalice.app import Chalice
from chalice.local import (
    ForbiddenError,
    LambdaContext,
    LocalChalice,
    LocalGatewayAuthorizer,
    NotAuthorizedError,
)

from chalicelib.api.host_names import FOREIGN, host_name, is_own
from chalicelib.api.security_headers import SECURITY_HEADERS
from local.http import JSON, HttpServer, error_body, status_line
from local.session_header import with_session_header

STAGE = "local"
INTEGRATION_MS = 29_000

log = logging.getLogger(__name__)

Event = dict[str, Any]


def create_server(app: Chalice, port: int, *, allow_hosts: Collection[str] | None = ()) -> HttpServer:
    """Returns a server for `app` that already listens on 127.0.0.1; port 0 picks a free port (see `.port`).

    Call `.run()` to serve and `.close()` to stop. Raises OSError if the port cannot be bound.
    allow_hosts: names that requests may use in their Host header beside loopback ones; None allows every name.
    """
    return HttpServer(ApiGateway(app, allow_hosts), port)


class ApiGateway:
    """A WSGI application that answers as API Gateway in front of `app` does, including the authorizer.

    Its own errors are JSON, `{"code": N, "message": …}`: 403 for a foreign Host header; 404 for an unknown path; 405
    (with Allow) for an unsupported method; 401 (code 403) if the route requires a credential and none was sent; 403 if
    the authorizer rejects it; 503 if the authorizer fails; 500 if the application fails.

    Creating one makes `app.current_request` local to each thread.
    """

    def __init__(self, app: Chalice, allow_hosts: Collection[str] | None) -> None:
        _separate_requests(app)
        self._allow_hosts = None if allow_hosts is None else frozenset(map(host_name, allow_hosts))
        self._app = app
        # Sorted so that literal segments match before parameters: "{" comes after letters and digits.
        self._resources = sorted(app.routes)
        self._authorizer = LocalGatewayAuthorizer(app)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        answer = self._answer(environ)
        is_head = environ["REQUEST_METHOD"] == "HEAD"
        length = (is_head and answer.length) or str(len(answer.body))
        start_response(status_line(answer.status), [*answer.headers, ("Content-Length", length)])
        return [] if is_head else [answer.body]

    def _answer(self, environ: WSGIEnvironment) -> "_Answer":
        try:
            self._check_host(environ.get("HTTP_HOST"))
            if preflight := self._preflight(environ):
                return preflight
            event = self._event(environ)
            context = LambdaContext(self._app.app_name, memory_size=128, max_runtime_ms=INTEGRATION_MS)
            self._authorize(event, context)
            return _Answer.of_lambda(self._app(event, context))
        except _Refused as error:
            return error.answer
        except Exception:
            log.exception("%s %s failed", environ["REQUEST_METHOD"], _split_target(environ["REQUEST_URI"])[0])
            return _error(500, "The server failed to handle this request; its log says why.")

    def _check_host(self, header: str | None) -> None:
        """Refuses requests of websites whose DNS was rebound to this machine. Browsers always send a Host header."""
        if self._allow_hosts is None or header is None:
            return
        name = host_name(header)
        if not is_own(name, self._allow_hosts):
            raise _Refused(_error(403, _foreign_host(name)))

    def _preflight(self, environ: WSGIEnvironment) -> "_Answer | None":
        """Returns the answer to a CORS preflight request, or None if this is not one."""
        path, _ = _split_target(environ["REQUEST_URI"])
        resource = next((resource for resource in self._resources if _match(resource, path) is not None), None)
        if environ["REQUEST_METHOD"] != "OPTIONS" or resource is None:
            return None
        routes = self._app.routes[resource]
        shared = next((entry.cors for entry in routes.values() if entry.cors), None)
        if shared is None:
            return None
        methods = ",".join(sorted([*routes, "OPTIONS"]))
        headers = {"Access-Control-Allow-Methods": methods, **shared.get_access_control_headers(), **SECURITY_HEADERS}
        return _Answer(200, [*headers.items()], b"")

    def _event(self, environ: WSGIEnvironment) -> Event:
        method = environ["REQUEST_METHOD"]
        path, query = _split_target(environ["REQUEST_URI"])
        resource, captured = self._route(path, method)
        headers = with_session_header(_headers(environ))
        parameters = _query_parameters(query)
        return {
            "resource": resource,
            "path": path,
            "httpMethod": method,
            "headers": headers,
            "multiValueHeaders": {name: [value] for name, value in headers.items()},
            "pathParameters": captured or None,
            "queryStringParameters": {name: values[-1] for name, values in parameters.items()} or None,
            "multiValueQueryStringParameters": parameters or None,
            "stageVariables": None,
            "requestContext": {
                "httpMethod": method,
                "resourcePath": resource,
                "path": path,
                "stage": STAGE,
                "requestId": str(uuid.uuid4()),
                "identity": {"sourceIp": environ["REMOTE_ADDR"]},
            },
            **self._body(environ["wsgi.input"].read(), headers.get("content-type", "")),
        }

    def _route(self, path: str, method: str) -> tuple[str, dict[str, str]]:
        for resource in self._resources:
            captured = _match(resource, path)
            if captured is None:
                continue
            allowed = ", ".join(sorted(self._app.routes[resource]))
            if method not in self._app.routes[resource]:
                message = f"This path does not take {method}; use {allowed}."
                raise _Refused(_error(405, message, headers=[("Allow", allowed)]))
            return resource, captured
        raise _Refused(_error(404, "There is nothing at this path; check its spelling."))

    def _body(self, body: bytes, content_type: str) -> Event:
        if content_type.partition(";")[0].strip().lower() in self._app.api.binary_types:
            return {"body": base64.b64encode(body).decode("ascii"), "isBase64Encoded": True}
        return {"body": body.decode("utf-8", errors="replace") or None, "isBase64Encoded": False}

    def _authorize(self, event: Event, context: LambdaContext) -> None:
        request = event["requestContext"]
        if self._app.routes[request["resourcePath"]][request["httpMethod"]].authorizer is None:
            return
        if not event["headers"].get("authorization", "").strip():
            raise _Refused(_UNAUTHENTICATED)
        try:
            self._authorizer.authorize(_without_trailing_slash(event["path"]), event, context)
        except NotAuthorizedError:
            raise _Refused(_UNAUTHENTICATED) from None
        except ForbiddenError:
            raise _Refused(_FORBIDDEN) from None
        except Exception as error:
            log.error("The authorizer failed:\n%s", _traceback_without_messages(error))
            raise _Refused(_UNCHECKED) from None


@dataclass(frozen=True)
class _Answer:
    """length: the Content-Length that the application set, which counts for HEAD only: the answer has no body then."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes
    length: str = ""

    @classmethod
    def of_lambda(cls, result: dict[str, Any]) -> "_Answer":
        headers = {name.lower(): [(name, str(value))] for name, value in result["headers"].items()}
        for name, values in result["multiValueHeaders"].items():
            headers[name.lower()] = [(name, str(value)) for value in values]
        _, length = headers.pop("content-length", [("", "")])[-1]
        headers.setdefault("content-type", [("Content-Type", "application/json")])
        body = result["body"]
        return cls(
            status=result["statusCode"],
            headers=[header for group in headers.values() for header in group],
            body=base64.b64decode(body) if result.get("isBase64Encoded") else body.encode(),
            length=length,
        )


class _Refused(Exception):
    """Raised when API Gateway answers instead of the application."""

    def __init__(self, answer: _Answer) -> None:
        self.answer = answer


def _error(status: int, message: str, *, code: int | None = None, headers: Iterable[tuple[str, str]] = ()) -> _Answer:
    shared = [("Access-Control-Allow-Origin", "*"), ("Cache-Control", "no-store"), *SECURITY_HEADERS.items()]
    return _Answer(status, [("Content-Type", JSON), *shared, *headers], error_body(code or status, message))


_UNAUTHENTICATED = _error(401, "This path needs a credential; send it as the Authorization header.", code=403)
_FORBIDDEN = _error(403, "This credential is not accepted here; send one that is valid for this path.")
_UNCHECKED = _error(
    503, "The credential could not be checked; try again in a few seconds.", headers=[("Retry-After", "5")]
)


def _foreign_host(name: str) -> str:
    shown = name if _HOST_NAME.fullmatch(name) else "NAME"
    return f"{FOREIGN} If a reverse proxy on this machine forwards them, start the server with --allow-host {shown}."


_HOST_NAME = re.compile(r"[a-z0-9._:-]{1,253}")


def _separate_requests(app: Chalice) -> None:
    # Chalice keeps the current request on the application object. That works on Lambda, where a process serves one
    # request at a time, but not with threads.
    if not isinstance(app, LocalChalice):
        app.__class__ = type("LocalChalice", (LocalChalice, type(app)), {})


def _split_target(target: str) -> tuple[str, str]:
    """Splits a request target, in origin or absolute form, into path and query; both stay percent-encoded."""
    match = _TARGET.fullmatch(target)
    if match is None:
        return target, ""
    return match["path"] or "/", match["query"] or ""


_TARGET = re.compile(r"(?:[^:/?#]+://[^/?#]*)?(?P<path>[^?#]*)(?:\?(?P<query>[^#]*))?(?:#.*)?")


def _match(resource: str, path: str) -> dict[str, str] | None:
    """Returns the path parameters by name if `path` matches `resource`, else None."""
    names, values = resource.split("/"), _without_trailing_slash(path).split("/")
    if len(names) != len(values):
        return None
    captured = {}
    for name, value in zip(names, values, strict=True):
        if name.startswith("{") and value:
            captured[name[1:-1]] = value
        elif name != value:
            return None
    return captured


def _without_trailing_slash(path: str) -> str:
    return path[:-1] if path.endswith("/") and not path.endswith("//") and path != "/" else path


def _headers(environ: WSGIEnvironment) -> dict[str, str]:
    headers = {
        name.removeprefix("HTTP_"): value
        for name, value in environ.items()
        if name.startswith("HTTP_") or name in ("CONTENT_TYPE", "CONTENT_LENGTH")
    }
    return {name.replace("_", "-").lower(): value for name, value in headers.items()}


def _query_parameters(query: str) -> dict[str, list[str]]:
    """Returns all values by name, in the order sent. Like v0, skips pairs that cannot be decoded."""
    parameters: dict[str, list[str]] = {}
    for pair in query.split("&"):
        if pair and ";" not in pair and not _BROKEN_ESCAPE.search(pair):
            name, _, value = pair.partition("=")
            parameters.setdefault(_decoded(name), []).append(_decoded(value))
    return parameters


_BROKEN_ESCAPE = re.compile("%(?![0-9A-Fa-f]{2})")


def _decoded(text: str) -> str:
    return unquote_to_bytes(text.replace("+", " ")).decode("utf-8", errors="replace")


def _traceback_without_messages(error: BaseException | None) -> str:
    """Formats stack frames and exception types, outermost first, without messages: they may quote the credential."""
    lines = []
    while error is not None:
        lines += [*traceback.format_tb(error.__traceback__), f"  {type(error).__qualname__}\n"]
        error = error.__cause__ or error.__context__
    return "".join(lines).rstrip()
