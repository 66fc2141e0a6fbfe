"""The edge's function as CloudFront runs it, run by V8 here."""

import json
from collections.abc import Mapping
from functools import cache
from http.cookies import SimpleCookie
from pathlib import Path

from py_mini_racer import MiniRacer

SOURCE = Path(__file__).parents[2] / "infra" / "application" / "edge.js"


def through_the_edge(headers: Mapping[str, str], address: str = "203.0.113.5") -> dict[str, str]:
    """The headers, names in lower case, with which a viewer's request leaves the function.

    address: the viewer's. The Cookie header stays, as CloudFront writes it anew from the cookies.
    """
    sent = {name.lower(): {"value": value} for name, value in headers.items() if name.lower() != "cookie"}
    cookie = next((value for name, value in headers.items() if name.lower() == "cookie"), "")
    cookies = {name: {"value": morsel.value} for name, morsel in SimpleCookie(cookie).items()}
    event = {"viewer": {"ip": address}, "request": {"method": "GET", "headers": sent, "cookies": cookies}}
    answer = json.loads(_answer(json.dumps(event)))
    left = {name: header["value"] for name, header in answer["headers"].items()}
    return left | ({"cookie": cookie} if cookie else {})


@cache
def _answer(event: str) -> str:
    """The function's answer depends on nothing but its event, and most requests of a test have the same."""
    return str(_function().eval(f"JSON.stringify(handler({event}))"))


@cache
def _function() -> MiniRacer:
    engine = MiniRacer()
    engine.eval(SOURCE.read_text())
    return engine
