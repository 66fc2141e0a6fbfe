"""What the local system puts into its database: which password works after a start."""

from benchmarks.watched_store import WatchedStore
from chalicelib.fleet import passwords, sign_in
from local.credentials import Credentials
from local.seed import Seed

NOW = 1_795_444_683.0
CHOSEN = "chosen by its owner"


def works(store: WatchedStore, text: str) -> bool:
    stored = store.password()
    return stored is not None and passwords.matches(text, stored)


def test_password_is_generated_at_the_first_start_and_kept(store: WatchedStore) -> None:
    credentials = Credentials.new()
    for fresh in (True, False):
        assert Seed(store, credentials, NOW).password(fresh=fresh) == credentials.password
        assert works(store, credentials.password)
        assert sign_in.is_generated(store)


def test_password_that_somebody_chose_stays(store: WatchedStore) -> None:
    credentials = Credentials.new()
    Seed(store, credentials, NOW).password(fresh=True)
    sign_in.set_password(store, CHOSEN)
    assert Seed(store, credentials, NOW).password(fresh=False) == ""
    assert works(store, CHOSEN)


def test_new_credentials_replace_a_password_that_somebody_chose(store: WatchedStore) -> None:
    sign_in.set_password(store, CHOSEN)
    credentials = Credentials.new()
    assert Seed(store, credentials, NOW).password(fresh=True) == credentials.password
    assert works(store, credentials.password)


def test_password_of_other_credentials_is_replaced(store: WatchedStore) -> None:
    Seed(store, Credentials.new(), NOW).password(fresh=True)
    credentials = Credentials.new()
    assert Seed(store, credentials, NOW).password(fresh=False) == credentials.password
