"""Fleets, states and glances for tests of alerts."""

from typing import Any

from chalicelib.fleet.alerts.evaluation import RuleOutcome
from chalicelib.fleet.alerts.glance import Glance
from chalicelib.fleet.figures import V0_NAMES
from chalicelib.fleet.servers import Server
from chalicelib.fleet.states import NOTHING, State, StatesByServer

NOW = 1_800_000_000
GIB = 2**30
HOST = f'["debian","12",["CPU"],{8 * GIB},{100 * GIB},{2 * GIB},"x86_64","kvm",1700000000,"de","1.0",null]'
"""8 GiB of memory, 100 GiB of disk, 2 GiB of swap."""


class PlainStates(StatesByServer):
    """States in memory."""

    def __init__(self, states: Any) -> None:
        self._states = dict(states)

    def __getitem__(self, id_: Any) -> Any:
        return self._states[id_]

    def __iter__(self) -> Any:
        return iter(self._states)

    def __len__(self) -> int:
        return len(self._states)

    def last_active(self, ids: Any) -> list[Any]:
        return [str(self._states.get(id_, NOTHING).last_active) for id_ in ids]

    def figures(self, ids: Any) -> list[Any]:
        states = [self._states.get(id_, NOTHING) for id_ in ids]
        return [text for state in states for text in (str(state.last_active), *state.figures.split(","))]

    @property
    def temperatures(self) -> dict[Any, Any]:
        return {id_: state.temperatures for id_, state in self._states.items() if state.temperatures}


def state(age: int = 0, now: int = NOW, temperatures: str = "", **figures: Any) -> State:
    """A state received `age` seconds ago."""
    texts = [str(figures.get(name, 0)) for name in V0_NAMES]
    return State(now - age, now - age, ",".join(texts), temperatures)


def server(id_: Any, **fields: Any) -> Server:
    return Server(id=id_, name=fields.pop("name", f"server-{id_}"), tag=fields.pop("tag", ""), host=HOST, **fields)


def glance(states: Any, now: int = NOW, servers: Any = None, intervals: Any = None, **fields: Any) -> Glance:
    """states: by server id. intervals: 60 s for all unless given."""
    known = servers if servers is not None else {id_: server(id_) for id_ in states}
    return Glance(
        now=now,
        servers=known,
        states=PlainStates(states),
        intervals=intervals or dict.fromkeys(known, 60),
        **fields,
    )


def has_news(outcome: RuleOutcome) -> bool:
    """Whether anything began, ended, or has to be told."""
    return bool(outcome.began or outcome.ended or outcome.told or outcome.reminded)
