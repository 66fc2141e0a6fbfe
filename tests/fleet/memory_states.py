"""States in memory, for the rules of the domain."""

from collections.abc import Iterator, Mapping, Sequence

from chalicelib.fleet.states import NOTHING, State, StatesByServer


class MemoryStates(StatesByServer):
    def __init__(self, states: Mapping[int, State]) -> None:
        self._states = dict(states)

    def __getitem__(self, id_: int) -> State:
        return self._states[id_]

    def __iter__(self) -> Iterator[int]:
        return iter(self._states)

    def __len__(self) -> int:
        return len(self._states)

    def last_active(self, ids: Sequence[int]) -> list[str]:
        return [str(self._states.get(id_, NOTHING).last_active) for id_ in ids]

    def figures(self, ids: Sequence[int]) -> list[str]:
        states = [self._states.get(id_, NOTHING) for id_ in ids]
        return [text for state in states for text in (str(state.last_active), *state.figures.split(","))]

    @property
    def temperatures(self) -> Mapping[int, str]:
        return {id_: state.temperatures for id_, state in self._states.items() if state.temperatures}
