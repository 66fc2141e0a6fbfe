"""Imports servers, which keep their IDs and their agents' secrets."""

from chalicelib.fleet import limits, servers
from chalicelib.fleet.plans import text_of as text_of_plan
from chalicelib.fleet.public_notes import plan_in
from chalicelib.fleet.servers import Server
from chalicelib.fleet.tokens import hash_of, plausible
from ops.import_v0.run import Run, id_of
from ops.import_v0.source import Row
from ops.import_v0.values import Odd, text_of


def import_servers(run: Run) -> None:
    here = dict(run.store.view().fleet.by_id)
    run.server_count = len(here)
    secrets = {server.secret_hash for server in here.values()}
    for row in run.source.rows("servers"):
        try:
            server_id, secret = id_of(row), _secret_of(row)
        except Odd as odd:
            run.leave("server", row, str(odd))
            continue
        hash_ = hash_of(secret)
        known = here.get(server_id)
        if known is not None and known.secret_hash == hash_:
            run.report.count("servers", new=False)
        elif known is not None or hash_ in secrets or run.store.token(hash_) is not None:
            run.leave("server", row, "its ID or secret belongs to another server here")
            continue
        elif run.server_count >= limits.SERVERS:
            run.leave("server", row, f"the limit of {limits.SERVERS:,} servers is reached")
            continue
        else:
            here[server_id] = _import(run, row, server_id, secret)
            secrets.add(hash_)
        run.servers.add(server_id)


def _secret_of(row: Row) -> str:
    secret = text_of(row.get("secret"))
    if not secret:
        raise Odd("it has no secret")
    if not plausible(secret):
        raise Odd(f"its secret has more than {limits.CREDENTIAL_LENGTH} characters")
    return secret


def _import(run: Run, row: Row, server_id: int, secret: str) -> Server:
    index = limits.DISPLAY_INDEX
    note = text_of(row.get("public_note"))
    plan = plan_in(note, run.now)
    server = Server(
        id=server_id,
        name=run.text("server", row, "name", limits.NAME_LENGTH),
        tag=run.text("server", row, "tag", limits.TAG_LENGTH),
        note=run.text("server", row, "note", limits.NOTE_LENGTH),
        display_index=run.number("server", row, "display_index", 0, -index, index),
        hide_for_guest=run.flag("server", row, "hide_for_guest", otherwise=True),
        secret_hash=hash_of(secret),
        created=run.created(row),
        plan=text_of_plan(plan) if plan else "",
    )
    if note and not plan:
        run.leave("server", row, "its public note, which contains no plan")
    if run.write:
        servers.adopt(run.store, server, secret, run.now)
    run.server_count += 1
    run.report.count("servers", new=True)
    return server
