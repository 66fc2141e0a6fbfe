"""API tokens: made, listed and deleted by people."""

from datetime import UTC, date, datetime

from chalicelib.api.answers import DONE, Answer, success
from chalicelib.api.call import Call
from chalicelib.api.json_output import json_text
from chalicelib.api.route import PEOPLE, Operation, Route
from chalicelib.fleet import tokens
from chalicelib.fleet.tokens import ALL_SCOPES, SECONDS_A_DAY, Token


def list_tokens(call: Call) -> Answer:
    return success(json_text([token_object(token) for token in call.store.api_tokens()]))


def create_token(call: Call) -> Answer:
    """The token is shown here, and never again."""
    fields = call.fields()
    token, credential = tokens.create(
        call.store,
        call.now,
        note=fields["note"],
        scopes=fields.get("scopes", ALL_SCOPES),
        expires=fields.get("expires", 0),
    )
    return success(json_text({"id": token.id, "token": credential}))


def delete_token(call: Call, id: str) -> Answer:  # noqa: A002 - the path's word
    tokens.delete(call.store, id)
    call.forget_credentials()
    return DONE


def token_object(token: Token) -> dict[str, object]:
    """created, expires: Unix seconds, null for never. last_used: the day, as YYYY-MM-DD in UTC, null for never."""
    return {
        "id": token.id,
        "head": token.head,
        "note": token.note,
        "scopes": sorted(token.scopes),
        "created": token.created,
        "expires": token.expires or None,
        "last_used": day_of(token.last_used),
    }


def day_of(days: int) -> str | None:
    """The day as YYYY-MM-DD in UTC, None for never. days: since 1970, 0 for never."""
    if not days:
        return None
    day: date = datetime.fromtimestamp(days * SECONDS_A_DAY, UTC).date()
    return day.isoformat()


ROUTES = (
    Route(
        "GET",
        "/api/token",
        list_tokens,
        PEOPLE,
        Operation("tokens", "Lists all API tokens", result="Token[]", outcome="All API tokens.", errors=(413,)),
    ),
    Route(
        "POST",
        "/api/token",
        create_token,
        PEOPLE,
        Operation(
            "createToken",
            "Creates an API token",
            result="TokenSecret",
            outcome="The token's ID and the token itself.",
            body="NewToken",
            then=("deleteToken",),
        ),
    ),
    Route(
        "DELETE",
        "/api/token/{id}",
        delete_token,
        PEOPLE,
        Operation("deleteToken", "Deletes an API token", result="null", about="token"),
    ),
)
