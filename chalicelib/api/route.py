"""What a route is: one record, from which everything about it is derived.

That is its registration with Chalice, the authorizer's policies, the OpenAPI description and docs/api.md, API Gateway's
throttles, the edge's cache behaviors, and the paths and callers that tests and the fuzz try.

These records are named tuples: a frozen dataclass takes ten times as long to define, and cold starts wait for it.
"""

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

from chalicelib.api.answers import Answer
from chalicelib.fleet.access import Action

View = Callable[..., Answer]
"""Takes a Call, and the path's parameters by name."""


def later(module: str, name: str) -> View:
    """A view that is imported when it is first called: a cold start for any other request does not wait for it."""

    def view(*arguments: Any, **named: Any) -> Answer:
        answer: Answer = getattr(import_module(module), name)(*arguments, **named)
        return answer

    return view


Method = Literal["GET", "POST", "PATCH", "DELETE"]


Credential = Literal["none", "secret", "session", "token:read", "token:register"]
"""What opens a route. A token is listed with the scope that it needs."""


class Access(NamedTuple):
    """Who may call a route.

    door: "open" lets anyone in, and the view asks for credentials where they matter; "authorizer" is for callers that
    the custom authorizer found to be allowed `action`; "session" is for people who are signed in. credentials: any one
    of them will do. own_pages: whether another site's page is refused even without a session.
    """

    door: Literal["open", "authorizer", "session"]
    credentials: tuple[Credential, ...]
    action: Action | None = None
    own_pages: bool = False


ANYONE = Access("open", ("none",))
AGENTS = Access("open", ("secret", "none"))
GUESTS_AND_READERS = Access("open", ("none", "token:read", "session"))
GUESTS_AND_PEOPLE = Access("open", ("none", "session"))
READERS = Access("authorizer", ("token:read", "session"), action="read")
REGISTRARS = Access("authorizer", ("token:register", "session"), action="register")
PEOPLE = Access("session", ("session",))
SIGNING_IN = Access("open", ("none",), own_pages=True)
SIGNING_OUT = Access("open", ("session", "none"), own_pages=True)


class Throttle(NamedTuple):
    """How many requests API Gateway lets through for a method, from all callers together.

    rate: requests a second. burst: requests at once. parameter: the deployment's parameter that replaces both.
    """

    rate: int
    burst: int
    parameter: str = ""


STANDARD = Throttle(50, 100)
REPORTS = Throttle(50, 50, parameter="ReportRate")
SIGN_IN = Throttle(10, 20)
"""Each attempt takes a tenth of a second of CPU time: checking a password is slow on purpose."""
DEVICE_SIGN_IN = Throttle(10, 20)
"""Separate from SIGN_IN, so that a flood of sign-ins does not affect browsers that signed in before."""
REGISTRATION = Throttle(10, 100)
FILES = Throttle(50, 200)
"""A page asks for dozens of files at once."""
RARE = Throttle(10, 50)
"""For routes that nobody needs often."""
HEAD = Throttle(5, 20)
"""For HEAD of any route, which only uptime checks send."""


class Cache(NamedTuple):
    """How long caches keep an answer. control: Cache-Control of a success; errors are never cached.

    edge: the cache policy in infra/edge-policies.yaml, "" for none. All but OwnPolicy are for routes that read no
    credential.
    """

    control: str
    edge: Literal["", "PublicPolicy", "OwnPolicy", "StaticPolicy"] = ""


NEVER = Cache("no-store")
SHARED = Cache("no-store", edge="PublicPolicy")
"""The edge caches it for some seconds, for everybody; browsers do not."""
OWN = Cache("no-store", edge="OwnPolicy")
"""The edge caches answers by credential, and only those that state for how long: the answers to guests (FOR_GUESTS)."""
FOR_GUESTS = MappingProxyType({"Cache-Control": "s-maxage=5, max-age=0"})
"""The header that lets the edge cache the answers of OWN routes to guests."""
REVALIDATED = Cache("no-cache")
FRONT_PAGE = Cache("no-cache", edge="PublicPolicy")
AN_HOUR = Cache("public, max-age=3600")
OWNERS_FILES = Cache("public, max-age=31536000, immutable", edge="PublicPolicy")
"""Like FOREVER, but for files that Lambda serves."""
FOREVER = Cache("public, max-age=31536000, immutable", edge="StaticPolicy")


class Query(NamedTuple):
    """A parameter of a route's query string. whole: whether it is a whole number. choices: the allowed values. pattern:
    a regular expression that it must match; a parameter with one is required.
    """

    name: str
    description: str
    example: str
    whole: bool = False
    choices: tuple[str, ...] = ()
    pattern: str = ""


class Operation(NamedTuple):
    """What the OpenAPI description says about a route and cannot derive from the rest of its record.

    result: the type of `result` in v0's envelope. content: the type of the whole body by media type, where the answer
    has no envelope. Types are names of schemas, "string", "bytes", "null" or "object"; `[]` after one makes a list of
    it. outcome: what the answer contains. body: the name of the schema that the request's body must match. about: what
    the path's parameter identifies. errors: statuses in addition to those that follow from path, body and access.
    cookie: what the answer's cookie is. moved: when the answer is a redirect. then: operations that take the ID that
    this one returns.
    """

    id: str
    summary: str
    result: str = ""
    outcome: str = ""
    description: str = ""
    query: Sequence[Query] = ()
    body: str = ""
    body_required: bool = True
    about: Literal["", "server", "monitor", "token", "session", "rule", "channel", "file", "badge"] = ""
    errors: Sequence[int] = ()
    content: Mapping[str, str] | None = None
    cookie: str = ""
    moved: str = ""
    then: Sequence[str] = ()


class Route(NamedTuple):
    """One method of one path. path: as Chalice and OpenAPI write it, parameters in braces.

    any_site: whether pages of other sites may read the answer; cookies do not count there.
    """

    method: Method
    path: str
    view: View
    access: Access
    operation: Operation
    throttle: Throttle = STANDARD
    cache: Cache = NEVER
    any_site: bool = False

    @property
    def methods(self) -> tuple[str, ...]:
        """The methods that the route answers: HEAD like GET, but without a body."""
        return (self.method, "HEAD") if self.method == "GET" else (self.method,)

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"
