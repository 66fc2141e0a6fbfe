"""API tokens: made, listed and deleted by people."""

from datetime import UTC, date, datetime

from chalicelib.api.answers import Answer, success
from chalicelib.api.body import fields_of, integer_in, json_in, list_in, text_in
from chalicelib.api.call import Call
from chalicelib.api.json_output import json_text
from chalicelib.api.serving import Service
from chalicelib.fleet import tokens
from chalicelib.fleet.tokens import ALL_SCOPES, SECONDS_A_DAY, Token


def add_routes(service: Service) -> None:
    service.signed_in("GET", "/api/token", list_tokens)
    service.signed_in("POST", "/api/token", create_token)
    service.signed_in("DELETE", "/api/token/{id}", delete_token)


def list_tokens(call: Call) -> Answer:
    return success(json_text([token_object(token) for token in call.store.api_tokens()]))


def create_token(call: Call) -> Answer:
    """The token is shown here, and never again."""
    fields = fields_of(json_in(call.body), "The body", ("note", "scopes", "expires"))
    scopes = list_in(fields, "scopes", str, most=len(ALL_SCOPES)) if "scopes" in fields else ALL_SCOPES
    token, credential = tokens.create(
        call.store,
        call.now,
        note=text_in(fields, "note"),
        scopes=scopes,
        expires=integer_in(fields, "expires"),
    )
    return success(json_text({"id": token.id, "token": credential}))


def delete_token(call: Call, id: str) -> Answer:  # noqa: A002 - the path's word
    tokens.delete(call.store, id)
    call.forget_credentials()
    return success("null")


def token_object(token: Token) -> dict[str, object]:
    """created, expires: Unix seconds, null for never. last_used: the day, as YYYY-MM-DD in UTC, null for never."""
    return {
        "id": token.id,
        "head": token.head,
        "note": token.note,
        "scopes": sorted(token.scopes),
        "created": token.created,
        "expires": token.expires or None,
        "last_used": _day(token.last_used) if token.last_used else None,
    }


def _day(days: int) -> str:
    day: date = datetime.fromtimestamp(days * SECONDS_A_DAY, UTC).date()
    return day.isoformat()
