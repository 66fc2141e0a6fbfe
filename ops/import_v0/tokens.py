"""Imports API tokens, which stay valid."""

from chalicelib.fleet import limits, tokens
from chalicelib.fleet.tokens import hash_of, plausible
from ops.import_v0.run import Run
from ops.import_v0.values import text_of


def import_tokens(run: Run) -> None:
    seen: set[str] = set()
    for row in run.source.rows("api_tokens"):
        credential = text_of(row.get("token"))
        if not plausible(credential):
            reason = f"it has more than {limits.CREDENTIAL_LENGTH} characters" if credential else "it is empty"
            run.leave("token", row, reason)
            continue
        known = run.store.token(hash_of(credential))
        if known is not None and known.kind != "api":
            run.leave("token", row, "it is the secret of a server here")
            continue
        new = known is None and credential not in seen
        seen.add(credential)
        if new:
            note = run.text("token", row, "note", limits.NOTE_LENGTH)
            if run.write:
                tokens.adopt(run.store, credential, run.created(row), note=note)
        run.report.count("tokens", new=new)
