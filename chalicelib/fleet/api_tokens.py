"""API tokens: made by people for their programs."""

from collections.abc import Collection

from chalicelib.fleet import limits
from chalicelib.fleet.checks import check_length
from chalicelib.fleet.errors import InvalidInput
from chalicelib.fleet.store import Store
from chalicelib.fleet.tokens import ALL_SCOPES, Scope, Token, new_credential, new_token


def checked_scopes(names: Collection[str]) -> frozenset[Scope]:
    """Raises InvalidInput for none at all or one that does not exist."""
    if not names or not ALL_SCOPES.issuperset(names):
        message = f'"scopes" must name one or more of: {", ".join(sorted(ALL_SCOPES))}.'
        raise InvalidInput(message, error="not_a_choice" if names else "required", field="scopes")
    return frozenset(scope for scope in ALL_SCOPES if scope in names)


def create(
    store: Store, now: float, *, note: str = "", scopes: frozenset[Scope] = ALL_SCOPES, expires: int = 0
) -> tuple[Token, str]:
    """The token that is kept, and the credential to show once. expires: Unix seconds, 0 for never."""
    check_length("note", note, most=limits.NOTE_LENGTH)
    if expires and expires <= now:
        raise InvalidInput('"expires" must be in the future.', error="in_the_past", field="expires")
    if expires > limits.EXPIRES_LAST:
        message = f'"expires" must be at most {limits.EXPIRES_LAST}; omit it for a token that never expires.'
        raise InvalidInput(message, error="too_large", field="expires", limit=limits.EXPIRES_LAST)
    credential = new_credential("api")
    token = new_token(credential, "api", now, scopes=scopes, note=note, expires=expires)
    store.add_token(token)
    return token, credential
