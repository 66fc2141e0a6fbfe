"""Everything that is kept, as `fleet.store.Store` asks for it."""

from collections.abc import Collection, Iterable, Mapping
from contextlib import AbstractContextManager

from pynamodb.models import Model

from chalicelib.config import Config
from chalicelib.fleet.errors import FleetError, Throttled, Unavailable
from chalicelib.fleet.servers import Fleet, Server
from chalicelib.fleet.states import State
from chalicelib.fleet.store import Facts
from chalicelib.fleet.tokens import Token
from chalicelib.storage.database import Database, TransactionRefused, time_limit
from chalicelib.storage.servers import HEAD_KEY, HeadItem, ServerItem, Servers
from chalicelib.storage.states import StateItem, States
from chalicelib.storage.tokens import Secrets, TokenItem, Tokens

TABLES: tuple[tuple[type[Model], str | None], ...] = (
    (ServerItem, None),
    (StateItem, "ttl"),
    (TokenItem, "ttl"),
)
"""Each table's model, and the attribute by which DynamoDB removes what has expired."""

FEW_SERVERS = 40
"""Up to this many servers, their states are fetched by key: two keys each, 100 keys a call."""

FACTS_A_TRANSACTION = 50
"""DynamoDB takes 100 writes in a transaction; half of that keeps contention and latency low."""


class DynamoStore:
    """One stage's data in DynamoDB. Thread-safe; keeps the servers in memory between requests."""

    def __init__(self, config: Config) -> None:
        self._database = Database(config)
        self._servers = Servers(self._database)
        self._states = States(self._database)
        self._tokens = Tokens(self._database)
        self._secrets = Secrets(self._tokens, self._servers)

    def time_limit(self) -> AbstractContextManager[None]:
        return time_limit()

    def check(self) -> None:
        self._database.get(HeadItem, HEAD_KEY, consistent=False)

    def create_tables(self) -> list[str]:
        """Creates what is missing and returns the names of it."""
        missing = [(model, ttl) for model, ttl in TABLES if not self._database.exists(model)]
        for model, ttl in missing:
            self._database.create_table(model, ttl)
        return [self._database.table(model) for model, _ in missing]

    def fleet(self) -> Fleet:
        return self._servers.fleet()

    def states(self, servers: Collection[Server] | None) -> Mapping[int, State]:
        if servers is None or len(servers) > FEW_SERVERS:
            return self._states.all()
        return self._states.of([server.id for server in servers])

    def new_server_id(self) -> int:
        return self._servers.new_id()

    def add_server(self, server: Server, secret: Token) -> None:
        self._database.transact([*self._servers.put_new(server), self._tokens.put_new(secret)])

    def token(self, hash_: str) -> Token | None:
        return self._tokens.get(hash_)

    def add_token(self, token: Token) -> None:
        self._tokens.add(token)

    def mark_used(self, token: Token, now: int) -> None:
        self._tokens.mark_used(token, now)

    def server_ids(self, secret_hashes: Iterable[str]) -> Mapping[str, int]:
        return self._secrets.server_ids(secret_hashes)

    def write_facts(self, facts: Mapping[int, Facts]) -> Mapping[int, FleetError]:
        if not facts:
            return {}
        stored = self._servers.get(facts.keys())
        changed = {id_: fact for id_, fact in facts.items() if id_ in stored and fact.change(stored[id_])}
        failed: dict[int, FleetError] = {}
        ids = sorted(changed)
        for start in range(0, len(ids), FACTS_A_TRANSACTION):
            chunk = ids[start : start + FACTS_A_TRANSACTION]
            try:
                self._change_facts({id_: changed[id_] for id_ in chunk})
            except (Throttled, Unavailable) as error:
                failed |= dict.fromkeys(chunk, error)
        return failed

    def _change_facts(self, facts: Mapping[int, Facts]) -> None:
        """In one transaction with the version, so that no reader misses it; deleted servers are left out."""
        while facts:
            writes = [self._servers.facts_update(id_, fact.ip, fact.host) for id_, fact in facts.items()]
            try:
                self._database.transact([*writes, self._servers.raise_versions(facts.keys())])
            except TransactionRefused as refusal:
                facts = {
                    id_: fact for (id_, fact), gone in zip(facts.items(), refusal.failed, strict=False) if not gone
                }
            else:
                return

    def write_states(self, states: Mapping[int, State]) -> Mapping[int, FleetError]:
        return self._states.write(states)
