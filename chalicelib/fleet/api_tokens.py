"""API tokens: made by people for their programs."""

from collections.abc import Collection

from chalicelib.fleet import limits
from chalicelib.fleet.errors import InvalidInput
from chalicelib.fleet.store import Store
from chalicelib.fleet.tokens import ALL_SCOPES, Scope, Token, new_credential, new_token


def checked_scopes(names: Collection[str]) -> frozenset[Scope]:
    """Raises InvalidInput for none at all or one that does not exist."""
    if not names or not ALL_SCOPES.issuperset(names):
        raise InvalidInput(f'"scopes" must name some of: {", ".join(sorted(ALL_SCOPES))}.')
    return frozenset(scope for scope in ALL_SCOPES if scope in names)


def create(
    store: Store, now: float, *, note: str = "", scopes: frozenset[Scope] = ALL_SCOPES, expires: int = 0
) -> tuple[Token, str]:
    """The token that is kept, and the credential to show once. expires: Unix seconds, 0 for never."""
    if len(note) > limits.NOTE_LENGTH:
        raise InvalidInput(f'"note" has {len(note)} characters; at most {limits.NOTE_LENGTH} are taken.')
    if expires and expires <= now:
        raise InvalidInput('"expires" must be in the future.')
    if expires > limits.EXPIRES_LAST:
        raise InvalidInput(f'"expires" must be {limits.EXPIRES_LAST} at most; leave it out for never.')
    credential = new_credential("api")
    token = new_token(credential, "api", now, scopes=scopes, note=note, expires=expires)
    store.add_token(token)
    return token, credential
