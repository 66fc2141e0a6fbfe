"""What people do with servers, monitors, tokens and settings.

Each change is one transaction with what tells readers of it. Where a change builds on what was read, it holds only if
that is still so, and is tried again on what is there now.
"""

from collections.abc import Mapping
from dataclasses import replace

from chalicelib.fleet import limits
from chalicelib.fleet.errors import InvalidInput, NotFound
from chalicelib.fleet.monitors import Monitor, check
from chalicelib.fleet.servers import Server
from chalicelib.fleet.store import Store
from chalicelib.fleet.tokens import Token, new_credential, new_token


def server(store: Store, server_id: int) -> Server:
    """Raises NotFound."""
    found = store.view().fleet.by_id.get(server_id)
    if found is None:
        raise NotFound(f"There is no server {server_id}.")
    return found


def edit_server(store: Store, server_id: int, changes: Mapping[str, object]) -> None:
    """changes: checked fields of Server; the others stay as they are. Raises NotFound."""
    if not (store.edit_server(server_id, changes) if changes else server(store, server_id)):
        raise NotFound(f"There is no server {server_id}.")


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
        raise NotFound(f"There is no monitor {monitor_id}.")
    return found


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
        raise NotFound(f"There is no monitor {monitor_id}.")


def api_token(store: Store, token_id: str) -> Token:
    """Raises NotFound."""
    for token in store.api_tokens():
        if token.id == token_id:
            return token
    raise NotFound("There is no token with this id.")


def delete_api_token(store: Store, token_id: str) -> None:
    """Raises NotFound."""
    if not store.delete_token(api_token(store, token_id).hash):
        raise NotFound("There is no token with this id.")


def check_text(name: str, text: str, most: int) -> str:
    """The text, if it is short enough; raises InvalidInput with the field's name."""
    if len(text) > most:
        raise InvalidInput(f'"{name}" has {len(text)} characters; at most {most} are taken.')
    return text


def check_display_index(index: int) -> int:
    """The index, if it is in range; raises InvalidInput."""
    if abs(index) > limits.DISPLAY_INDEX:
        raise InvalidInput(f'"display_index" must be between {-limits.DISPLAY_INDEX} and {limits.DISPLAY_INDEX}.')
    return index
