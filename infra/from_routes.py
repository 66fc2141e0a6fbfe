"""Generates the parts of the template that depend on the routes: API Gateway's throttles and the edge's cache
behaviors.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from chalicelib.api.route import HEAD, STANDARD, Route, Throttle

Properties = dict[str, Any]


def method_settings(routes: Iterable[Route]) -> list[Properties]:
    """The MethodSettings of AWS::ApiGateway::Stage: one entry for each method with a throttle of its own, and one for
    all others.

    Metrics are off, because metrics of each method would cost extra.
    """
    others = {"ResourcePath": "/*", "HttpMethod": "*", **_throttling(STANDARD), "MetricsEnabled": False}
    return [
        others,
        *(
            {"ResourcePath": _resource(route.path), "HttpMethod": method, **_throttling(throttle)}
            for route in routes
            for method in route.methods
            if (throttle := HEAD if method == "HEAD" else route.throttle) != STANDARD
        ),
    ]


def _throttling(throttle: Throttle) -> Properties:
    rate, burst = (throttle.rate, throttle.burst) if not throttle.parameter else ({"Ref": throttle.parameter},) * 2
    return {"ThrottlingRateLimit": rate, "ThrottlingBurstLimit": burst}


def _resource(path: str) -> str:
    """A path as a JSON pointer, in which / is written ~1."""
    return path if path == "/" else "/" + path.replace("/", "~1")


def cache_behaviors(routes: Iterable[Route], usual: Mapping[str, Properties]) -> list[Properties]:
    """For each route that the edge caches, a cache behavior of CloudFront.

    usual: what the behaviors with the same cache policy have in common, by the policy's name in the template.

    CloudFront uses the first one that matches a path, so patterns without a wildcard come first.
    """
    cached = {_pattern(route.path): route.cache.edge for route in routes if route.cache.edge}
    return [
        {"PathPattern": pattern, **usual[cached[pattern]], "CachePolicyId": {"Ref": cached[pattern]}}
        for pattern in sorted(cached, key=lambda pattern: ("*" in pattern, pattern))
    ]


def _pattern(path: str) -> str:
    return re.sub(r"\{\w+\}", "*", path)
