"""API tokens, and credentials in an Authorization header."""

import hashlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.fleet.limits import CREDENTIAL_LENGTH
from chalicelib.fleet.tokens import (
    ALL_SCOPES,
    LENGTHS,
    Kind,
    Token,
    credential_in,
    hash_of,
    new_credential,
    new_token,
    plausible,
)

NOW = 1_795_444_683.5


@pytest.mark.parametrize(
    ("authorization", "credential"),
    [
        (None, ""),
        ("", ""),
        ("   ", ""),
        ("abc", "abc"),
        ("  abc ", "abc"),
        ("Bearer abc", "abc"),
        ("bearer abc", "abc"),
        ("BEARER  abc ", "abc"),
        ("Token abc", "abc"),
        ("token abc", "abc"),
        ("Bearer", "Bearer"),
        ("Bearer ", "Bearer"),
        ("Basic abc", "Basic abc"),
        ("abc def", "abc def"),
        ("Bearer Bearer abc", "Bearer abc"),
    ],
)
def test_credential_in(authorization: str | None, credential: str) -> None:
    assert credential_in(authorization) == credential


@given(st.from_regex(r"[0-9A-Za-z]{1,64}", fullmatch=True), st.sampled_from(["", "Bearer ", "Token "]))
def test_a_credential_is_the_same_with_and_without_a_scheme(credential: Any, scheme: Any) -> None:
    assert credential_in(scheme + credential) == credential


@pytest.mark.parametrize(("kind", "length"), [("api", 32), ("agent", 18), ("session", 32)])
def test_new_credentials_are_random_letters_and_digits(kind: Kind, length: int) -> None:
    credentials = {new_credential(kind) for _ in range(50)}
    assert len(credentials) == 50
    assert all(len(one) == length and one.isascii() and one.isalnum() for one in credentials)
    assert LENGTHS.keys() == {"api", "agent", "session"}


def test_nothing_is_kept_of_a_credential_but_its_hash_and_first_characters() -> None:
    token = new_token("secret-of-somebody", "api", NOW, scopes=ALL_SCOPES, note="note", expires=2_000_000_000)
    hash_ = hashlib.sha256(b"secret-of-somebody").hexdigest()
    assert token == Token(hash_, "api", 0, ALL_SCOPES, "note", "secr", int(NOW), 2_000_000_000)
    assert token.id == hash_[:16]


@given(st.text())
def test_any_text_has_a_hash(text: Any) -> None:
    assert len(hash_of(text)) == 64


def test_half_a_character_has_a_hash() -> None:
    assert len(hash_of("\ud800")) == 64


@pytest.mark.parametrize(
    ("expires", "now", "expired"), [(0, 10**12, False), (100, 99.9, False), (100, 100, True), (100, 101, True)]
)
def test_expired(expires: int, now: float, expired: bool) -> None:
    assert new_token("x", "api", 0, expires=expires).expired(now) is expired


@pytest.mark.parametrize(
    ("credential", "worth_it"),
    [("", False), ("x", True), ("x" * CREDENTIAL_LENGTH, True), ("x" * (CREDENTIAL_LENGTH + 1), False)],
)
def test_plausible(credential: str, worth_it: bool) -> None:
    assert plausible(credential) is worth_it
