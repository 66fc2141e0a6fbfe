"""The file with the credentials of the local system: which ones are taken, and what is said of others."""

from pathlib import Path

import pytest

from local.credentials import Credentials, CredentialsError


@pytest.mark.parametrize(
    "damaged",
    [
        '{"password": ',
        "[]",
        '{"color": "blue"}',
        "",
        '{"password": 5, "token": 6}',
        '{"password": "short", "token": "t"}',
    ],
)
def test_what_is_of_no_use_is_named_and_left_as_it_is(tmp_path: Path, damaged: str) -> None:
    file = tmp_path / "credentials.json"
    file.write_text(damaged)
    with pytest.raises(CredentialsError) as error:
        Credentials.load(tmp_path)
    assert str(file) in str(error.value)
    assert file.read_text() == damaged


def test_what_was_saved_is_loaded(tmp_path: Path) -> None:
    assert Credentials.load(tmp_path) is None
    made = Credentials.new()
    made.save(tmp_path)
    assert Credentials.load(tmp_path) == made
