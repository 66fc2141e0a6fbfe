"""No reader answers with something older than what was finished before its request began.

Readers and writers, several of each and each reader with a memory of its own as another Lambda has, take turns at every
call of DynamoDB: before it is made, and between what it does and what is told of it. hypothesis chooses the turns.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import cycle
from typing import Any

from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from benchmarks.watched_store import WatchedStore
from chalicelib.fleet.limits import HOST_CHANGE_SECONDS
from chalicelib.fleet.monitors import Monitor
from chalicelib.fleet.servers import Facts
from tests.storage.interleaved import Actor
from tests.storage.samples import NOW, add_server, servers

READERS = 3
REQUESTS = 3
WRITERS = 3
CHANGES = 2
LEAST_TURNS, MOST_TURNS = 30, 80
EXAMPLES = 30


@dataclass
class History:
    """What is known to be so, by server. finished: how often it was changed. gone: those whose deletion has finished.

    ending: those that may be gone, as their deletion has begun. monitors: how often each was changed. settings: how
    often they were.
    """

    finished: dict[int, int]
    ending: set[int] = field(default_factory=set)
    gone: set[int] = field(default_factory=set)
    monitors: dict[int, int] = field(default_factory=dict)
    settings: int = 0

    def copy(self) -> "History":
        return History(dict(self.finished), set(self.ending), set(self.gone), dict(self.monitors), self.settings)


@contextmanager
def calls_of(actor: Actor, store: WatchedStore) -> Iterator[None]:
    """Within the block, the actor stands still at each call of its store."""
    with store.calls.around(actor.call):
        yield


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    derandomize=True,
    phases=(Phase.explicit, Phase.generate),  # to find a shorter history takes minutes, and tells little more
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    kinds=st.lists(
        st.sampled_from(("edit", "facts", "delete", "register", "monitor")), min_size=WRITERS, max_size=WRITERS
    ),
    turns=st.lists(st.integers(0, READERS + WRITERS), min_size=LEAST_TURNS, max_size=MOST_TURNS),
)
@example(kinds=["edit", "facts", "delete"], turns=[])
@example(kinds=["edit", "edit", "facts"], turns=[0, 0, 0, 3, 3, 3, 3, 3] * 8)
@example(kinds=["register", "monitor", "monitor"], turns=[0, 0, 0, 3, 4, 6] * 12)
def test_no_reader_is_older_than_what_finished_before_it_began(store: WatchedStore, kinds: Any, turns: Any) -> None:
    ids = [add_server(store, "0").id for _ in kinds]
    watched = [id_ for kind, id_ in zip(kinds, ids, strict=True) if kind == "monitor"]
    for id_ in watched:
        store.create_monitor(new_monitor(id_))
    store.edit_settings({"site_name": "0"})
    history = History(dict.fromkeys(ids, 0), monitors=dict.fromkeys(watched, 0))
    readers = [partial(read, store.another(), history) for _ in range(READERS)]
    writers = [partial(WRITES[kind], store.another(), history, id_) for kind, id_ in zip(kinds, ids, strict=True)]
    writers.append(partial(change_settings, store.another(), history))
    play([Actor(work) for work in (*readers, *writers)], turns)
    for id_ in watched:
        store.delete_monitor(id_)
    for server in servers(store).values():  # so that the next example begins as this one did
        store.delete_server(server, NOW)


def play(actors: list[Actor], turns: list[int]) -> None:
    """The turns as chosen, then everybody's in order until all are through."""
    for turn in turns:
        if not actors[turn].over:
            actors[turn].step()
    for actor in cycle(actors):
        if all(one.over for one in actors):
            return
        if not actor.over:
            actor.step()


def read(store: WatchedStore, history: History, actor: Actor) -> None:
    """Some requests, one after the other."""
    for _ in range(REQUESTS):
        actor.pause()
        before = history.copy()
        with calls_of(actor, store):
            view = store.view()
            fleet, monitors, site = view.fleet.by_id, view.monitors, view.settings
        seen = int(site.site_name) if site.site_name.isdigit() else -1
        assert seen >= before.settings, f"{before.settings} changes of the settings were finished, {seen} are seen"
        for id_, finished in before.monitors.items():
            assert id_ in monitors, f"monitor {id_} is not seen"
            assert int(monitors[id_].name) >= finished, f"monitor {id_}: {finished} changes were finished"
        for id_, finished in before.finished.items():
            if id_ in fleet:
                assert id_ not in before.gone, f"server {id_} was deleted"
                seen = max(int(fleet[id_].name), int(fleet[id_].host or 0))
                assert seen >= finished, f"server {id_}: {finished} changes were finished, {seen} are seen"
            else:
                assert id_ in history.ending, f"server {id_} is not seen"


def edit(store: WatchedStore, history: History, id_: int, actor: Actor) -> None:
    for number in range(1, CHANGES + 1):
        with calls_of(actor, store):
            store.edit_server(id_, {"name": str(number)})
        history.finished[id_] = number


def change_facts(store: WatchedStore, history: History, id_: int, actor: Actor) -> None:
    """What an agent says of its host."""
    for number in range(1, CHANGES + 1):
        with calls_of(actor, store):
            assert store.write_facts({id_: Facts(ip=None, host=str(number))}, NOW + number * HOST_CHANGE_SECONDS) == {}
        history.finished[id_] = number


def delete(store: WatchedStore, history: History, id_: int, actor: Actor) -> None:
    with calls_of(actor, store):
        server = store.view().fleet.by_id[id_]
        history.ending.add(id_)
        store.delete_server(server, NOW)
    history.gone.add(id_)


def register(store: WatchedStore, history: History, _: int, actor: Actor) -> None:
    for _ in range(CHANGES):
        with calls_of(actor, store):
            server = add_server(store, "0")
        history.finished[server.id] = 0


def change_monitor(store: WatchedStore, history: History, id_: int, actor: Actor) -> None:
    monitor = new_monitor(id_)
    for number in range(1, CHANGES + 1):
        changed = replace(monitor, name=str(number))
        with calls_of(actor, store):
            store.edit_monitor(monitor, changed)
        history.monitors[id_] = number
        monitor = changed


def new_monitor(id_: int) -> Monitor:
    return Monitor(id_, "0", "icmp", "192.0.2.1", 30)


def change_settings(store: WatchedStore, history: History, actor: Actor) -> None:
    for number in range(1, CHANGES + 1):
        with calls_of(actor, store):
            store.edit_settings({"site_name": str(number)})
        history.settings = number


WRITES: dict[str, Callable[..., None]] = {
    "edit": edit,
    "facts": change_facts,
    "delete": delete,
    "register": register,
    "monitor": change_monitor,
}
