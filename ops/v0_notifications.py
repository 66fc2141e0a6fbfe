"""Converts the original's notifications to channels."""

from collections.abc import Mapping
from typing import Any

from chalicelib.delivery.json_members import members, value_text
from chalicelib.fleet.alerts.channels import Channel, HttpMethod, check
from chalicelib.fleet.errors import InvalidInput
from chalicelib.fleet.limits import NAME_LENGTH

METHODS: Mapping[int, HttpMethod] = {1: "GET", 2: "POST"}
JSON, FORM = 1, 2


class Unusable(Exception):
    """Raised when a row has no counterpart here; its text says why."""


def channel_of(row: Mapping[str, Any]) -> Channel:
    """The channel for a row of the original's table `notifications`. Raises Unusable."""
    method = METHODS.get(row["request_method"] or 0)
    if method is None:
        raise Unusable("it has neither of the methods GET and POST")
    form = row["request_type"] == FORM and method == "POST"
    if method == "POST" and row["request_type"] not in (JSON, FORM):
        raise Unusable("its body is neither JSON nor a form")
    channel = Channel(
        id=row["id"],
        name=(row["name"] or "")[:NAME_LENGTH] or f"Notification {row['id']}",
        kind="webhook",
        url=row["url"] or "",
        method=method,
        headers=_headers(row["request_header"] or ""),
        body=_body(row["request_body"] or "", form=form),
        form=form,
        verify=bool(row["verify_ssl"]),
    )
    try:
        check(channel)
    except InvalidInput as error:
        raise Unusable(error.message) from None
    return channel


def _headers(text: str) -> tuple[tuple[str, str], ...]:
    try:
        return tuple({member.name: value_text(member) for member in members(text)}.items())
    except (ValueError, RecursionError):
        raise Unusable("its headers are not a JSON object") from None


def _body(text: str, *, form: bool) -> str:
    """The body. From a form, removes a comma before the closing brace, which the original accepts."""
    if not form:
        return text
    try:
        found = {member.name: member.raw for member in members(text)}
    except (ValueError, RecursionError):
        raise Unusable("its form is not a JSON object") from None
    return (
        text if not found or not text.rstrip()[:-1].rstrip().endswith(",") else text.rstrip()[:-1].rstrip()[:-1] + "}"
    )
