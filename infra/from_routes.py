"""The parts of the template that follow from the routes: API Gateway's throttles and the edge's cache behaviours."""

import re
from collections.abc import Iterable
from typing import Any

from chalicelib.api.route import HEAD, Route

Settings = dict[str, Any]


def method_settings(routes: Iterable[Route]) -> list[Settings]:
    """For each method of a route that has a throttle of its own, what AWS::ApiGateway::Stage calls a method setting."""
    return [
        {
            "ResourcePath": _resource(route.path),
            "HttpMethod": method,
            "ThrottlingRateLimit": throttle.rate,
            "ThrottlingBurstLimit": throttle.burst,
        }
        for route in routes
        for method in route.methods
        if (throttle := HEAD if method == "HEAD" else route.throttle)
    ]


def _resource(path: str) -> str:
    """A path as a JSON pointer, in which / is written ~1."""
    return path if path == "/" else "/" + path.replace("/", "~1")


def cache_behaviors(routes: Iterable[Route], usual: Settings) -> list[Settings]:
    """For each route that the edge caches, a cache behaviour of CloudFront. usual: what they have in common.

    CloudFront takes the first that matches a path, so patterns without a wildcard come first.
    """
    cached = {_pattern(route.path): route.cache.edge for route in routes if route.cache.edge}
    return [
        {"PathPattern": pattern, **usual, "CachePolicyId": {"Ref": cached[pattern]}}
        for pattern in sorted(cached, key=lambda pattern: ("*" in pattern, pattern))
    ]


def _pattern(path: str) -> str:
    return re.sub(r"\{\w+\}", "*", path)
