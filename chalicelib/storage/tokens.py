"""The `tokens` table: API tokens, agents' secrets and sessions, each under its SHA-256."""

import threading
from collections.abc import Collection, Iterable, Mapping
from typing import Any, cast

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.models import Model

from chalicelib.fleet.limits import SECRET_CACHE_SECONDS
from chalicelib.fleet.tokens import Kind, Scope, Token, not_found
from chalicelib.storage.calls import Clock, Database
from chalicelib.storage.failures import ConditionFailed
from chalicelib.storage.head import RecentHead
from chalicelib.storage.items import Item, delete_of, put_of


class TokenItem(Model):
    """`ttl` is Token.expires. DynamoDB removes expired items some time later, so readers check it themselves."""

    class Meta:
        table_name = "tokens"

    hash = UnicodeAttribute(hash_key=True)
    kind = UnicodeAttribute()
    subject = NumberAttribute(null=True)
    scopes = UnicodeAttribute(null=True)
    note = UnicodeAttribute(null=True)
    head = UnicodeAttribute(null=True)
    created = NumberAttribute()
    last_used = NumberAttribute(null=True)
    ttl = NumberAttribute(null=True)


class TokenTable:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._table = database.table(TokenItem)

    def get(self, hash_: str) -> Token | None:
        """Reads strongly consistently: a token works once it is shown, and stops working once it is deleted."""
        item = self._database.get(TokenItem, _key(hash_))
        return _token(item) if item else None

    def of_kind(self, kind: str) -> list[Token]:
        """All tokens of one kind, newest last."""
        tokens = [_token(item) for item in self._database.scan(TokenItem) if item["kind"]["S"] == kind]
        return sorted(tokens, key=lambda token: (token.created, token.hash))

    def put_new(self, token: Token) -> dict[str, Any]:
        """The write that adds a token, for a transaction."""
        return {"Put": put_of(self._table, _item(token), TokenItem.hash.does_not_exist())}

    def create(self, token: Token) -> None:
        # Without a condition: a token is random, and this is sent again if an answer is lost.
        self._database.put(TokenItem, _item(token))

    def delete(self, hash_: str) -> None:
        """Deletes a token. Raises NotFound if there is none with this hash."""
        if self.get(hash_) is None:
            raise not_found()
        self._database.delete(TokenItem, _key(hash_))

    def deletion(self, hash_: str) -> dict[str, Any]:
        """The write that deletes a token, for a transaction."""
        return {"Delete": delete_of(self._table, _key(hash_))}

    def mark_used(self, token: Token) -> None:
        """Stores the last use and the expiry. A deleted token stays deleted; raises NotFound."""
        actions = [TokenItem.last_used.set(token.last_used)]
        if token.expires:
            actions.append(TokenItem.ttl.set(token.expires))
        try:
            self._database.update(TokenItem, _key(token.hash), actions, TokenItem.hash.exists())
        except ConditionFailed:
            raise not_found() from None

    def subjects(self, hashes: Collection[str]) -> dict[str, int]:
        """The server ID for each hash of an agent's secret; other hashes are left out."""
        found = map(_token, self._database.batch_get(TokenItem, [_key(hash_) for hash_ in hashes]))
        return {token.hash: token.subject for token in found if token.kind == "agent"}


class Secrets:
    """Which server each agent's secret belongs to, cached in memory.

    Known secrets stay in memory until the head's version of secrets is raised. The head is read at most every 15
    seconds, so a thousand reports cost one read. An unknown secret is looked up again after 15 seconds.
    """

    UNKNOWN_KEPT = 10_000

    def __init__(self, tokens: TokenTable, head: RecentHead, clock: Clock) -> None:
        self._tokens = tokens
        self._head = head
        self._clock = clock
        self._lock = threading.Lock()
        self._known: dict[str, int] = {}
        self._unknown: dict[str, float] = {}
        self._ended = 0

    def remembered(self, hashes: Iterable[str]) -> dict[str, int]:
        """The server ID for each hash that is remembered, 0 if no server had it; the others are left out."""
        wanted = set(hashes)
        # Only what is remembered can have ended: a stranger's request does not read the head.
        if not wanted.isdisjoint(self._known):
            self._forget_ended(self._head.get().secrets)
        known, unknown, now = self._known, self._unknown, self._clock.monotonic()
        return {
            hash_: known.get(hash_, 0) for hash_ in wanted if hash_ in known or unknown.get(hash_, float("-inf")) > now
        }

    def server_ids(self, hashes: Iterable[str]) -> Mapping[str, int]:
        """The server ID for each hash of a secret; unknown hashes are left out."""
        wanted = set(hashes)
        remembered = self.remembered(wanted)
        missing = wanted.difference(remembered)
        # Found secrets are remembered until the head's version of secrets is raised, so the head must be read. If
        # several are missing, a server has one of the request's secrets, and the head is read before the lookup. If one
        # is missing, the head is read afterwards, and only if the secret was found: otherwise, a stranger may have sent
        # the request.
        if len(missing) > 1:
            self._forget_ended(self._head.get().secrets)
        found = self._looked_up(missing) if missing else {}
        if found and self._forget_ended(self._head.get().secrets):
            found = self._looked_up(found.keys())
        return {hash_: id_ for hash_, id_ in (remembered | found).items() if id_}

    def _looked_up(self, hashes: Collection[str]) -> dict[str, int]:
        ended = self._ended
        found = self._tokens.subjects(hashes)
        with self._lock:
            if ended == self._ended:  # otherwise, one of these may have become invalid meanwhile
                self._known = self._known | found
                self._note_unknown(set(hashes).difference(found), self._clock.monotonic())
        return found

    def _note_unknown(self, hashes: Collection[str], now: float) -> None:
        if len(self._unknown) + len(hashes) > self.UNKNOWN_KEPT:
            self._unknown.clear()
        self._unknown |= dict.fromkeys(hashes, now + SECRET_CACHE_SECONDS)

    def _forget_ended(self, ended: int) -> bool:
        """Forgets everything if a secret has ended since the last call. Returns whether it did."""
        with self._lock:
            if ended <= self._ended:
                return False
            self._known, self._unknown, self._ended = {}, {}, ended
            return True


def _key(hash_: str) -> Item:
    return {"hash": {"S": hash_}}


def _token(item: Item) -> Token:
    stored = TokenItem.from_raw_data(item)
    return Token(
        hash=stored.hash,
        kind=cast(Kind, stored.kind),
        subject=int(stored.subject or 0),
        scopes=cast(frozenset[Scope], frozenset((stored.scopes or "").split())),
        note=stored.note or "",
        head=stored.head or "",
        created=int(stored.created),
        expires=int(stored.ttl or 0),
        last_used=int(stored.last_used or 0),
    )


def _item(token: Token) -> Item:
    item: Item = TokenItem(
        token.hash,
        kind=token.kind,
        subject=token.subject or None,
        scopes=" ".join(sorted(token.scopes)) or None,
        note=token.note or None,
        head=token.head or None,
        created=token.created,
        last_used=token.last_used or None,
        ttl=token.expires or None,
    ).serialize()
    return item
