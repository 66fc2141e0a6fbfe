"""The password: its length, and how it is stored."""

from dataclasses import replace

import pytest

from chalicelib.fleet import limits, passwords
from chalicelib.fleet.errors import InvalidInput


@pytest.mark.parametrize("length", [limits.PASSWORD_LENGTH_LEAST, limits.PASSWORD_LENGTH_MOST])
def test_passwords_of_these_lengths_are_allowed(length: int) -> None:
    passwords.check("ä" * length)


@pytest.mark.parametrize(
    ("length", "error"),
    [(0, "too_short"), (limits.PASSWORD_LENGTH_LEAST - 1, "too_short"), (limits.PASSWORD_LENGTH_MOST + 1, "too_long")],
)
def test_others_are_refused_by_the_field_s_name(length: int, error: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        passwords.check("x" * length, "new")
    assert (caught.value.field, caught.value.error) == ("new", error)


def test_a_password_matches_itself_alone_and_is_not_kept_as_text() -> None:
    kept = passwords.new_password("correct horse")
    assert passwords.matches("correct horse", kept)
    assert not passwords.matches("correct horse ", kept)
    assert "correct" not in repr(kept)


def test_the_same_password_twice_is_kept_differently() -> None:
    one, other = (passwords.new_password("correct horse") for _ in range(2))
    assert one.salt != other.salt
    assert one.digest != other.digest
    assert one.generation != other.generation


def test_the_cost_is_read_from_what_is_kept() -> None:
    kept = passwords.new_password("correct horse")
    assert (kept.n, kept.r, kept.p) == (passwords.N, passwords.R, passwords.P)
    assert not passwords.matches("correct horse", replace(kept, n=2 * kept.n))
