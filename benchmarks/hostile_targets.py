"""The paths and field names of hostile requests, from the routes and the schemas of their bodies."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from chalicelib.api.route import PEOPLE, Route
from chalicelib.api.schemas.bodies import BODIES

SAMPLES = dict.fromkeys(("server", "monitor", "rule", "channel"), "1")
SAMPLES |= {"token": "0123456789abcdef", "session": "0123456789abcdef", "file": "api.js", "badge": "1.svg"}
"""A value for the parameter in a route's path, by what it names."""

NEEDED_BY_THE_RUN = ("/api/login", "/api/password")
"""Paths that get few bodies or none: sign-in attempts are limited, and a new password ends the run's own session."""


def paths(routes: Sequence[Route]) -> tuple[str, ...]:
    """A path for each route, and one without a route."""
    return ("/health", *dict.fromkeys(_sample(route) for route in routes))


def body_paths(routes: Sequence[Route]) -> tuple[str, ...]:
    """Paths to which odd bodies are sent without a session; a quarter of them is the one that agents report to."""
    changing = [_sample(route) for route in routes if route.method != "GET" and route.path not in NEEDED_BY_THE_RUN]
    return ("/api/v1/agent/report",) * (len(changing) // 3) + tuple(dict.fromkeys(changing))


def session_paths(routes: Sequence[Route]) -> tuple[str, ...]:
    """Paths to which a signed-in person's browser sends odd JSON."""
    takes_fields = [route for route in routes if route.access is PEOPLE and route.operation.body]
    return tuple(dict.fromkeys(_sample(route) for route in takes_fields if route.path not in NEEDED_BY_THE_RUN))


def _sample(route: Route) -> str:
    return re.sub(r"\{\w+\}", lambda _: SAMPLES[route.operation.about], route.path)


def _fields(schema: Mapping[str, Any]) -> Iterator[str]:
    """The names of all fields in a schema, including those of nested objects."""
    properties = schema.get("properties", {})
    yield from properties
    for inner in (*properties.values(), *((schema["items"],) if "items" in schema else ())):
        yield from _fields(inner)


FIELDS = (*sorted({field for schema in BODIES.values() for field in _fields(schema)}), "__proto__", "")
