"""Who may see a server's ping series, and that nobody can probe which servers exist."""

import pytest

from chalicelib.fleet.access import GUEST, Caller, read_of_server, visible_server
from chalicelib.fleet.errors import Forbidden, NotFound
from chalicelib.fleet.servers import Server
from chalicelib.fleet.settings import Settings
from tests.fleet.memory_store import MemoryStore

SHOWN, HIDDEN, ABSENT = 1, 2, 3
READERS = [Caller("session"), Caller("token", frozenset(("read",)))]
OTHERS = [GUEST, Caller("agent"), Caller("token", frozenset(("register",))), Caller("token")]


def view(*, public_page: bool = True) -> MemoryStore:
    servers = {SHOWN: Server(SHOWN, "one", hide_for_guest=False), HIDDEN: Server(HIDDEN, "two")}
    return MemoryStore(all_servers=servers, settings=Settings(public_page=public_page))


def nobody() -> Caller:
    raise AssertionError("looked up a credential for a server that guests may see")


def test_a_shown_server_needs_no_credential() -> None:
    assert visible_server(view(), SHOWN, nobody).id == SHOWN


@pytest.mark.parametrize("caller", READERS, ids=str)
@pytest.mark.parametrize("public_page", [True, False])
def test_who_may_read_sees_every_server(caller: Caller, public_page: bool) -> None:
    for server_id in (SHOWN, HIDDEN):
        assert visible_server(view(public_page=public_page), server_id, lambda: caller).id == server_id


@pytest.mark.parametrize("caller", READERS, ids=str)
def test_who_may_read_is_told_that_a_server_does_not_exist(caller: Caller) -> None:
    with pytest.raises(NotFound) as caught:
        visible_server(view(), ABSENT, lambda: caller)
    assert caught.value.error == "server_not_found"


@pytest.mark.parametrize("caller", OTHERS, ids=str)
def test_others_get_one_answer_for_hidden_and_absent_servers(caller: Caller) -> None:
    refusals = []
    for shown, server_id in ((view(), HIDDEN), (view(), ABSENT), (view(public_page=False), SHOWN)):
        with pytest.raises(Forbidden) as caught:
            visible_server(shown, server_id, lambda: caller)
        refusals.append((caught.value.error, caught.value.message))
    assert refusals == [refusals[0]] * 3
    assert refusals[0][0] == "server_private"


@pytest.mark.parametrize("caller", OTHERS, ids=str)
@pytest.mark.parametrize("public_page", [True, False])
def test_what_a_caller_may_not_see_is_not_read(caller: Caller, public_page: bool) -> None:
    def read() -> None:
        raise AssertionError("read what is stored of a server that the caller may not see")

    for server_id in (HIDDEN, ABSENT) if public_page else (SHOWN, HIDDEN, ABSENT):
        with pytest.raises(Forbidden):
            read_of_server(view(public_page=public_page), server_id, lambda: caller, read)


@pytest.mark.parametrize("caller", READERS, ids=str)
@pytest.mark.parametrize("server_id", [SHOWN, HIDDEN])
def test_what_a_caller_may_see_is_read(caller: Caller, server_id: int) -> None:
    _, server, found = read_of_server(view(), server_id, lambda: caller, lambda: "what is stored")
    assert (server.id, found) == (server_id, "what is stored")


def test_a_shown_server_is_read_without_asking_who_wants_it() -> None:
    assert read_of_server(view(), SHOWN, nobody, lambda: 7)[2] == 7
