"""Sends one message to one channel, in at most ten seconds."""

from collections.abc import Mapping

from chalicelib.delivery import http_request
from chalicelib.delivery.placeholders import datetime_text
from chalicelib.delivery.webhook_request import webhook_request
from chalicelib.fleet.alerts.channels import Channel
from chalicelib.fleet.alerts.messages import Message
from chalicelib.fleet.limits import DELIVERY_SECONDS

NOBODY: Mapping[str, str] = {}
"""The values of a message that is about no server in particular: its placeholders stay as they are."""


class Sender:
    """local: whether channels may reach loopback and private addresses. seconds: for one message."""

    def __init__(self, *, local: bool, seconds: float = DELIVERY_SECONDS) -> None:
        self._local = local
        self._seconds = seconds

    def send(self, channel: Channel, message: Message, at: int, zone: str, server: Mapping[str, str] = NOBODY) -> str:
        """Sends a message. Returns "" if it arrived, otherwise what went wrong, fit to be shown.

        at: nanoseconds since 1970. server: the values of the server that the message is about, as
        `placeholders.server_values` returns them.
        """
        if channel.kind == "apprise":
            # Imported here, because Apprise takes a tenth of a second to import, and webhooks do not need it.
            try:
                from chalicelib.delivery import services
            except ModuleNotFoundError:
                return "the Apprise library is not installed here"
            return services.send(channel.url, message, self._seconds, local=self._local)
        values = {**server, "NEZHA": message.text, "DATETIME": datetime_text(at, zone)}
        try:
            request = webhook_request(channel, values)
        except ValueError as error:
            return str(error)
        return http_request.send(request, self._seconds, local=self._local)
