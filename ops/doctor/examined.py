"""What the checks use: a deployed stage, with a token and a server that exist only during the checks."""

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from chalicelib.fleet import servers, tokens
from chalicelib.fleet.tokens import ALL_SCOPES
from chalicelib.storage import DynamoStore
from ops.deployed_api import stack_outputs
from ops.doctor.site import SiteClient, emulator

MINUTES = 15
"""How long the token lives if it cannot be deleted."""


@dataclass(frozen=True)
class Examined:
    """dashboard: the way people reach it, through the edge if there is one. api: the way past the edge; None when
    unknown.

    credential, token_id: those of a token with every scope. has_edge: whether CloudFront is in front. emulated: whether
    this is an emulated AWS, which has no network, no caches and no countries. mark: the tag of the servers that the
    checks make.
    """

    store: DynamoStore
    stage: str
    dashboard: SiteClient
    api: SiteClient | None
    has_edge: bool
    credential: str
    token_id: str
    mark: str

    @property
    def emulated(self) -> bool:
        return bool(emulator())


@contextmanager
def examined(store: DynamoStore, stage: str, url: str) -> Iterator[Examined]:
    """Creates a token, and deletes it and every server that the checks made."""
    outputs = stack_outputs(stage)
    dashboard = SiteClient(url.rstrip("/"))
    api = SiteClient(outputs["EndpointURL"].rstrip("/")) if "EndpointURL" in outputs else None
    mark = f"doctor-{secrets.token_hex(4)}"
    now = time.time()
    token, credential = tokens.create(store, now, note=mark, scopes=ALL_SCOPES, expires=int(now) + MINUTES * 60)
    try:
        yield Examined(store, stage, dashboard, api, "DashboardURL" in outputs, credential, token.id, mark)
    finally:
        tokens.delete(store, token.id)
        for server in store.view().fleet.with_tag(mark):
            servers.delete(store, server.id, time.time())
