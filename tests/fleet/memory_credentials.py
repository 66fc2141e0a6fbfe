"""Tokens, sessions, secrets and the password in memory, for the rules of the domain."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from chalicelib.fleet import limits, tokens
from chalicelib.fleet.passwords import Password
from chalicelib.fleet.store import Changed
from chalicelib.fleet.tokens import Token


@dataclass(kw_only=True)
class MemoryCredentials:
    """The part of `MemoryStore` that knows who may do what.

    remembered: agents' secrets that need no lookup. lookups: the secrets' hashes of each lookup.
    """

    all_tokens: dict[str, Token] = field(default_factory=dict)
    stored_password: Password | None = None
    attempts: dict[tuple[str, int], int] = field(default_factory=dict)
    remembered: dict[str, int] = field(default_factory=dict)
    lookups: list[list[str]] = field(default_factory=list)

    def password(self) -> Password | None:
        return self.stored_password

    def set_password(self, password: Password) -> None:
        self.stored_password = password

    def change_password(self, old: Password, new: Password) -> None:
        if self.stored_password != old:
            raise Changed
        self.stored_password = new

    def count_attempt(self, who: str, now: float) -> int:
        key = (who, int(now) // limits.ATTEMPTS_WINDOW_SECONDS)
        self.attempts[key] = self.attempts.get(key, 0) + 1
        return self.attempts[key]

    def take_back_attempt(self, who: str, now: float) -> None:
        self.attempts[who, int(now) // limits.ATTEMPTS_WINDOW_SECONDS] -= 1

    def token(self, hash_: str) -> Token | None:
        return self.all_tokens.get(hash_)

    def create_token(self, token: Token) -> None:
        self.all_tokens[token.hash] = token

    def api_tokens(self) -> list[Token]:
        return sorted((one for one in self.all_tokens.values() if one.kind == "api"), key=lambda one: one.created)

    def sessions(self) -> list[Token]:
        return sorted((one for one in self.all_tokens.values() if one.kind == "session"), key=lambda one: one.created)

    def delete_token(self, hash_: str) -> None:
        if self.all_tokens.pop(hash_, None) is None:
            raise tokens.not_found()

    def mark_used(self, token: Token) -> None:
        if token.hash not in self.all_tokens:
            raise tokens.not_found()
        self.all_tokens[token.hash] = replace(
            self.all_tokens[token.hash], last_used=token.last_used, expires=token.expires
        )

    def remembered_server_ids(self, secret_hashes: Iterable[str]) -> Mapping[str, int]:
        return {hash_: self.remembered[hash_] for hash_ in secret_hashes if hash_ in self.remembered}

    def server_ids(self, secret_hashes: Iterable[str]) -> Mapping[str, int]:
        self.lookups.append(list(secret_hashes))
        found = (self.all_tokens.get(hash_) for hash_ in self.lookups[-1])
        return {token.hash: token.subject for token in found if token and token.kind == "agent"}
