"""Channels: added, edited and deleted by people. Their secrets are never shown."""

from typing import Any

from chalicelib.api.answers import DONE, Answer, success
from chalicelib.api.call import Call
from chalicelib.api.ids import parse_id
from chalicelib.api.json_output import json_text
from chalicelib.fleet.alerts import editing
from chalicelib.fleet.alerts.channels import HIDDEN, Channel, shown_url


def list_channels(call: Call) -> Answer:
    return success(json_text([channel_object(channel) for channel in call.store.alerts.channels().values()]))


def create_channel(call: Call) -> Answer:
    return success(json_text({"id": editing.create_channel(call.store, Channel(id=0, **_fields(call)))}))


def edit_channel(call: Call, id: str) -> Answer:  # noqa: A002 - the path's word
    editing.edit_channel(call.store, parse_id(id), _fields(call))
    return DONE


def delete_channel(call: Call, id: str) -> Answer:  # noqa: A002
    editing.delete_channel(call.store, parse_id(id))
    return DONE


def test_channel(call: Call, id: str) -> Answer:  # noqa: A002
    """Sends a test message at once. Raises NotFound."""
    error = call.try_channel(editing.channel(call.store, parse_id(id)).id)
    return success(json_text({"delivered": False, "error": error} if error else {"delivered": True}))


def channel_object(channel: Channel) -> dict[str, object]:
    """Secrets are shown as `…`."""
    return {
        "id": channel.id,
        "name": channel.name,
        "kind": channel.kind,
        "url": shown_url(channel),
        "method": channel.method,
        "headers": {name: HIDDEN for name, _ in channel.headers},
        "body": HIDDEN if channel.body else "",
        "form": channel.form,
        "verify": channel.verify,
        "heartbeat": channel.heartbeat,
    }


def _fields(call: Call) -> dict[str, Any]:
    """The fields of Channel that the body names."""
    fields = call.fields()
    return {**fields, "headers": tuple(fields["headers"].items())} if "headers" in fields else fields
