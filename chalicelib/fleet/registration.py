"""New servers: an id that is never used again, and a secret that is shown once."""

from chalicelib.fleet.servers import Registration, Server
from chalicelib.fleet.store import Store
from chalicelib.fleet.tokens import new_credential, new_token


def register(store: Store, wanted: Registration, now: float) -> tuple[Server, str]:
    """The new server and its agent's secret, kept already; raises InvalidInput when the dashboard is full."""
    server_id = store.new_server_id()
    secret = new_credential("agent")
    token = new_token(secret, "agent", now, subject=server_id)
    server = Server(
        id=server_id,
        name=wanted.name,
        tag=wanted.tag,
        note=wanted.note,
        display_index=wanted.display_index,
        hide_for_guest=wanted.hide_for_guest,
        secret_hash=token.hash,
        created=int(now),
    )
    store.add_server(server, token)
    return server, secret
