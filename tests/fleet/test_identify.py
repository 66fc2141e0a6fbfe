"""Who a credential belongs to."""

from typing import Any

import pytest

from chalicelib.fleet.access import GUEST, Caller, identify
from chalicelib.fleet.limits import CREDENTIAL_LENGTH
from chalicelib.fleet.passwords import new_password
from chalicelib.fleet.tokens import Kind, Token, new_token
from tests.fleet.memory_store import MemoryStore

NOW = 1_795_444_683.5
PASSWORD = new_password("a password")


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


def add(store: MemoryStore, credential: str, kind: Kind, **details: Any) -> Token:
    token = new_token(credential, kind, NOW, **details)
    store.create_token(token)
    return token


def test_each_kind_of_credential_makes_its_caller(store: MemoryStore) -> None:
    store.set_password(PASSWORD)
    reader = add(store, "reader", "api", scopes=frozenset(["read"]))
    agent = add(store, "agent", "agent", subject=7)
    session = add(store, "session", "session", subject=PASSWORD.generation, expires=int(NOW) + 60)
    assert identify(store, "reader", NOW) == Caller("token", reader.scopes, reader.id)
    assert identify(store, "agent", NOW) == Caller("agent", token_id=agent.id)
    assert identify(store, "session", NOW) == Caller("session", token_id=session.id)
    assert identify(store, "session", NOW, renew=True) == Caller("session", token_id=session.id, renewed=True)


def test_an_expired_credential_makes_a_guest(store: MemoryStore) -> None:
    token = add(store, "reader", "api", expires=int(NOW) + 60)
    assert identify(store, "reader", token.expires - 0.5).kind == "token"
    assert identify(store, "reader", token.expires) == GUEST


@pytest.mark.parametrize("credential", ["", "unknown", "x" * (CREDENTIAL_LENGTH + 1), "\ud800"])
def test_what_nobody_was_given_makes_a_guest(store: MemoryStore, credential: str) -> None:
    assert identify(store, credential, NOW) == GUEST


def test_a_session_of_another_password_makes_a_guest(store: MemoryStore) -> None:
    add(store, "session", "session", subject=PASSWORD.generation, expires=int(NOW) + 60)
    assert identify(store, "session", NOW) == GUEST
    for password, kind in ((PASSWORD, "session"), (new_password("a password"), "guest")):
        store.set_password(password)
        assert identify(store, "session", NOW).kind == kind
