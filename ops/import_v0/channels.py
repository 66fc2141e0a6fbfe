"""Imports notifications, which are channels here."""

from collections.abc import Mapping

from chalicelib.fleet import limits
from chalicelib.fleet.alerts.channels import Channel
from ops.import_v0.run import Run, id_of
from ops.import_v0.source import Row
from ops.import_v0.values import Odd, text_of, whole_of
from ops.v0_notifications import Unusable, channel_of

USUAL_GROUP = "default"
"""The group of notifications and rules that name none."""


def import_channels(run: Run) -> None:
    here = dict(run.store.alerts.channels())
    groups: dict[str, list[int]] = {}
    for row in run.source.rows("notifications"):
        try:
            channel = _channel(row)
        except Odd as odd:
            run.leave("notification", row, str(odd))
            continue
        known = here.get(channel.id)
        if known is not None and known.name != channel.name:
            run.leave("notification", row, "its ID belongs to another channel here")
            continue
        if known is None and len(here) >= limits.CHANNELS:
            run.leave("notification", row, f"the limit of {limits.CHANNELS} channels is reached")
            continue
        if known is None:
            here[channel.id] = channel
            if run.write:
                run.store.alerts.create_channel(channel)
        run.report.count("channels", new=known is None)
        groups.setdefault(group_of(row, "tag"), []).append(channel.id)
    run.groups = groups


def group_of(row: Row, name: str) -> str:
    return text_of(row.get(name)) or USUAL_GROUP


def _channel(row: Row) -> Channel:
    """Raises Odd for a notification that has no counterpart."""
    texts: Mapping[str, object] = {
        name: text_of(row.get(name)) for name in ("name", "url", "request_header", "request_body")
    }
    numbers = {name: whole_of(row.get(name)) or 0 for name in ("request_method", "request_type", "verify_ssl")}
    try:
        return channel_of({"id": id_of(row), **texts, **numbers})
    except Unusable as unusable:
        raise Odd(str(unusable)) from None
