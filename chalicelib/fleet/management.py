"""What people do with servers, monitors, tokens and settings.

Each change is one transaction with what tells readers of it. Where a change builds on what was read, it holds only if
that is still so, and is tried again on what is there now.
"""

from collections.abc import Mapping
from dataclasses import replace

from chalicelib.fleet.errors import NotFound
from chalicelib.fleet.monitors import Monitor, check
from chalicelib.fleet.servers import Server
from chalicelib.fleet.store import Store
from chalicelib.fleet.tokens import Token, new_credential, new_token


def server(store: Store, server_id: int) -> Server:
    """Raises NotFound."""
    found = store.view().fleet.by_id.get(server_id)
    if found is None:
        raise _no_server(server_id)
    return found


def edit_server(store: Store, server_id: int, changes: Mapping[str, object]) -> None:
    """changes: checked fields of Server; the others stay as they are. Raises NotFound."""
    if not (store.edit_server(server_id, changes) if changes else server(store, server_id)):
        raise _no_server(server_id)


def _no_server(server_id: int) -> NotFound:
    return NotFound(f"Server {server_id} does not exist.", error="server_not_found")


def delete_server(store: Store, server_id: int, now: float) -> None:
    """With its secret, its states and its ping series; raises NotFound."""
    while not store.delete_server(server(store, server_id), int(now)):
        pass  # its secret was rotated, or it was deleted, since it was read


def rotate_secret(store: Store, server_id: int, now: float) -> str:
    """The server's new secret, to show once; the old one ends with this. Raises NotFound."""
    secret = new_credential("agent")
    token = new_token(secret, "agent", now, subject=server_id)
    while not store.replace_secret(server(store, server_id), token):
        pass  # likewise
    return secret


def monitor(store: Store, monitor_id: int) -> Monitor:
    """Raises NotFound."""
    found = store.view().monitors.get(monitor_id)
    if found is None:
        raise _no_monitor(monitor_id)
    return found


def _no_monitor(monitor_id: int) -> NotFound:
    return NotFound(f"Monitor {monitor_id} does not exist.", error="monitor_not_found")


def add_monitor(store: Store, wanted: Monitor) -> int:
    """The new monitor's id; the one in `wanted` does not count. Raises InvalidInput."""
    checked = check(wanted, store.view().fleet.by_id)
    new = replace(checked, id=store.new_monitor_id())
    store.add_monitor(new)
    return new.id


def edit_monitor(store: Store, monitor_id: int, changes: Mapping[str, object]) -> None:
    """changes: fields of Monitor. Raises NotFound or InvalidInput.

    A server that was deleted since the list was made may stay in it.
    """
    while True:
        old = monitor(store, monitor_id)
        known = store.view().fleet.by_id.keys() | old.servers
        new = check(replace(old, **changes), known)  # type: ignore[arg-type]
        if new == old or store.update_monitor(old, new):
            return


def delete_monitor(store: Store, monitor_id: int) -> None:
    """Its points are no longer shown. Raises NotFound."""
    if not store.delete_monitor(monitor_id):
        raise _no_monitor(monitor_id)


def api_token(store: Store, token_id: str) -> Token:
    """Raises NotFound."""
    for token in store.api_tokens():
        if token.id == token_id:
            return token
    raise _no_token()


def _no_token() -> NotFound:
    return NotFound("This API token does not exist.", error="token_not_found")


def delete_api_token(store: Store, token_id: str) -> None:
    """Raises NotFound."""
    if not store.delete_token(api_token(store, token_id).hash):
        raise _no_token()
