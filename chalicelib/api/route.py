"""What a route is: one record, from which everything about it is derived.

Its registration with Chalice, the authorizer's policies, the OpenAPI description and docs/api.md, API Gateway's
throttles, the edge's cache behaviours, and the paths and callers that tests and the fuzz try.

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
    """A view that is imported when it is first asked for: a cold start for any other request does not wait for it."""

    def view(*arguments: Any, **named: Any) -> Answer:
        answer: Answer = getattr(import_module(module), name)(*arguments, **named)
        return answer

    return view


Method = Literal["GET", "POST", "PATCH", "DELETE"]


Credential = Literal["none", "secret", "session", "token:read", "token:register"]
"""What opens a route; a token with the scope that it needs."""


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
    """What API Gateway lets through for a method, of all callers together.

    rate: requests a second. burst: requests at once. parameter: the deployment's parameter that replaces both.
    """

    rate: int
    burst: int
    parameter: str = ""


STANDARD = Throttle(50, 100)
REPORTS = Throttle(50, 50, parameter="ReportRate")
SIGN_IN = Throttle(10, 20)
"""Each attempt computes for a tenth of a second: checking a password is slow on purpose."""
DEVICE_SIGN_IN = Throttle(10, 20)
"""Of its own, so that a flood of SIGN_IN does not reach those who signed in before."""
REGISTRATION = Throttle(10, 100)
FILES = Throttle(50, 200)
"""A page asks for dozens of files at once."""
RARE = Throttle(10, 50)
"""For what strangers may ask for and nobody needs often."""
HEAD = Throttle(5, 20)
"""For HEAD of any route, which only uptime checks send."""


class Cache(NamedTuple):
    """How long an answer is kept. control: Cache-Control of a success; errors are never kept.

    edge: the cache policy in infra/edge-policies.yaml, "" for none. All but OwnPolicy are for routes that read no
    credential.
    """

    control: str
    edge: Literal["", "PublicPolicy", "OwnPolicy", "StaticPolicy"] = ""


NEVER = Cache("no-store")
SHARED = Cache("no-store", edge="PublicPolicy")
"""The edge keeps it for some seconds, for all guests; browsers do not."""
OWN = Cache("no-store", edge="OwnPolicy")
"""The edge keeps answers by credential, and only those that say for how long, which are the guests' (FOR_GUESTS)."""
FOR_GUESTS = MappingProxyType({"Cache-Control": "s-maxage=5, max-age=0"})
"""A header for the answers of such routes that are the same for all guests."""
REVALIDATED = Cache("no-cache")
FRONT_PAGE = Cache("no-cache", edge="PublicPolicy")
AN_HOUR = Cache("public, max-age=3600")
OWNERS_FILES = Cache("public, max-age=31536000, immutable", edge="PublicPolicy")
"""Never changes under its name either, but comes from Lambda."""
FOREVER = Cache("public, max-age=31536000, immutable", edge="StaticPolicy")


class Query(NamedTuple):
    """A parameter of a route's query string. whole: whether it is a whole number. choices: all that it may be. pattern:
    what it must match; a query with one is required.
    """

    name: str
    description: str
    example: str
    whole: bool = False
    choices: tuple[str, ...] = ()
    pattern: str = ""


class Operation(NamedTuple):
    """What the OpenAPI description says of a route and cannot derive from it.

    result: the type of `result` in v0's envelope. content: the type of the whole body by media type, where the answer
    has no envelope. Types are names of schemas, "string", "bytes", "null" or "object"; `[]` after one makes a list of
    it. outcome: what the answer holds. body: the name of the schema that the request's body must match. about: what the
    path's parameter names. errors: statuses in addition to those that follow from path, body and access. cookie: what
    the answer's cookie is. moved: when the answer is a redirect. then: operations that take the ID that this one
    answers.
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
