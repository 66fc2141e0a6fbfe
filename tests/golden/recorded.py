"""What the original v0 dashboard was asked and answered, as it was recorded."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
FIXTURE: Mapping[str, Any] = json.loads((FOLDER / "fixture.json").read_text())


class Number(str):
    """A JSON number, kept digit by digit: `100` and `100.0` are two forms."""


@dataclass(frozen=True)
class Expected:
    """status; body: JSON in its order, or None where only the status counts."""

    status: int
    body: Any


@dataclass(frozen=True)
class Exchange:
    name: str
    state: str
    at: float
    method: str
    target: str
    headers: Mapping[str, str | list[str]]
    body: str | None
    answer: Expected

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]


def exchanges() -> Iterator[Exchange]:
    for line in _lines():
        if "request" in line:
            request, response = line["request"], line["response"]
            yield Exchange(
                name=line["name"],
                state=line["state"].partition("-")[0],
                at=line["at"],
                method=request["method"],
                target=request["path"],
                headers=request["headers"],
                body=request["body"],
                answer=Expected(response["status"], parse(response.get("body") or "")),
            )


@cache
def rows(name: str) -> list[list[Any]]:
    (line,) = (line for line in _lines() if line["name"] == name)
    found: list[list[Any]] = line["rows"]
    return found


def _lines() -> Iterator[dict[str, Any]]:
    with (FOLDER / "exchanges.jsonl").open() as file:
        yield from map(json.loads, file)


def parse(text: str) -> Any:
    """JSON with its numbers as Number and its objects as lists of pairs; None for what is no JSON."""
    try:
        return json.loads(text, parse_int=Number, parse_float=Number, object_pairs_hook=Pairs)
    except ValueError:
        return None


class Pairs(list[tuple[str, Any]]):
    """A JSON object whose order counts."""

    def __getitem__(self, name: Any) -> Any:
        return dict(self).get(name)

    def __contains__(self, name: object) -> bool:
        return name in dict(self)

    def without(self, *names: str) -> "Pairs":
        return Pairs(pair for pair in self if pair[0] not in names)

    def having(self, **fields: Any) -> "Pairs":
        return Pairs((name, fields.get(name, value)) for name, value in self)


_BY_NAME = {exchange.name: exchange for exchange in exchanges()}


def by_name(name: str) -> Exchange:
    return _BY_NAME[name]
