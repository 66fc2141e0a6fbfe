"""Everything that can go wrong, as one tree, and every error's stable name. `api` maps the tree to HTTP statuses.

    FleetError
    ├── InvalidInput      a field or the request as a whole is invalid
    ├── Unauthenticated   no credential was sent
    ├── Forbidden         the credential, or the lack of one, does not allow this
    ├── NotFound          the thing does not exist
    ├── TooLarge          the request or its answer exceeds a limit
    ├── Throttled         too many requests; the database or a limit refuses this one for now
    └── Unavailable       the database does not answer

A message says what is wrong and what to do, in English. It may be shown to any caller, so it never contains a
credential or another caller's data. Pages translate by `error`, `field`, `limit` and `retry_after` instead.
"""

from collections.abc import Mapping

NAMES: Mapping[str, str] = {
    # What is wrong with a field, or with the whole body.
    "invalid_json": "The body is not valid JSON.",
    "not_an_object": "The body, or an entry of it, is not a JSON object.",
    "required": "The field is missing or empty.",
    "not_a_string": "The field is not a string.",
    "not_a_boolean": "The field is neither true nor false.",
    "not_a_number": "The field is not a finite number.",
    "not_a_whole_number": "The field is not a whole number.",
    "not_a_list": "The field is not a list.",
    "not_a_list_of_strings": "The list has an entry that is not a string.",
    "not_a_list_of_whole_numbers": "The list has an entry that is not a whole number.",
    "not_a_choice": "The field is not one of the allowed values.",
    "not_a_host": "The field is not a host name or IP address without a port.",
    "not_a_host_and_port": "The field is not a host name or IP address with a port.",
    "not_an_ip_address": "The field is not an IP address.",
    "not_a_time": "The field is not a time in Unix seconds.",
    "not_a_time_zone": "The field is not an IANA time zone.",
    "not_a_whole_hour": "The field is not a date and time on the hour.",
    "not_a_time_of_day": "The field is not a time of day such as 22:00.",
    "not_a_weekday": "The list has an entry that is not a weekday from 0 to 6, or none.",
    "not_a_web_address": "The field is not an http or https URL.",
    "not_a_color": "The field is not a color such as #2c52e0.",
    "not_a_logo": "The field is not the data URL of a PNG picture, or of an SVG picture that only draws.",
    "file_too_large": "The file has more than `limit` KB.",
    "not_a_header": "The headers have a name or value that HTTP forbids.",
    "unknown_service": "The URL's scheme is not one of a supported service.",
    "forbidden_option": "The URL has an option that is not allowed.",
    "not_a_plan": "The public note is not JSON with a plan.",
    "needs_webhook": "The field is true for a channel that is not a webhook.",
    "hidden": "The field contains the placeholder `…` instead of the secret.",
    "not_taken": "The field has no meaning here.",
    "mixed_conditions": "The rule has conditions on servers and on monitors.",
    "not_an_id": "The ID in the path is not a positive whole number.",
    "surrounding_whitespace": "The field begins or ends with whitespace.",
    "too_long": "The string has more than `limit` characters.",
    "too_short": "The string has fewer than `limit` characters.",
    "too_many_entries": "The list has more than `limit` entries.",
    "too_small": "The number is less than `limit`.",
    "too_large": "The number is greater than `limit`.",
    "in_the_past": "The time is not in the future.",
    "unknown_server": "The list names a server that does not exist.",
    "unknown_monitor": "The list names a monitor that does not exist.",
    "unknown_channel": "The list names a channel that does not exist.",
    "too_many_servers": "The dashboard already has `limit` servers.",
    "too_many_monitors": "The dashboard already has `limit` monitors.",
    "too_many_rules": "The dashboard already has `limit` rules.",
    "too_many_channels": "The dashboard already has `limit` channels.",
    # Who asks.
    "sign_in_required": "The request carries no session.",
    "session_expired": "The session has expired, or was ended by signing out or by a new password.",
    "wrong_password": "The password is incorrect.",
    "unknown_device": "The device token is not valid, has expired, or belongs to an old password.",
    "password_not_set": "The dashboard has no password yet.",
    "not_permitted": "The credential does not allow this.",
    "cross_site": "A page of another site sent this request.",
    "page_private": "The public page is off; only people who sign in see servers.",
    "events_private": "Events are not public; only people who sign in see them.",
    "monitors_private": "Monitors are not public; only people who sign in see them.",
    "server_private": "The server does not exist or is not visible to guests.",
    # What is asked for.
    "not_found": "There is nothing at this address.",
    "server_not_found": "The server does not exist.",
    "monitor_not_found": "The monitor does not exist.",
    "token_not_found": "The API token does not exist.",
    "session_not_found": "The session does not exist or has ended.",
    "rule_not_found": "The rule does not exist.",
    "channel_not_found": "The channel does not exist.",
    # How much, and when.
    "body_too_large": "The request body has more than `limit` bytes.",
    "answer_too_large": "The response would have more than `limit` bytes.",
    "too_many_reports": "The request has more than `limit` reports.",
    "too_many_attempts": "Too many wrong passwords; the next attempt is allowed after `retry_after` seconds.",
    "busy": "The database is throttling; send the request again.",
    "unavailable": "The database does not answer.",
}
"""Every error's stable name, with what it means. A name is never reused for anything else."""


class FleetError(Exception):
    """The root of the tree; only its subclasses are raised.

    error: one of NAMES. field: what the error is about, as the request spells it, "" for the request as a whole.
    limit: the bound that was exceeded, None where there is none. retry_after: seconds to wait before sending the
    request again, 0 for no particular time.
    """

    def __init__(
        self, message: str, *, error: str, field: str = "", limit: int | None = None, retry_after: int = 0
    ) -> None:
        super().__init__(message)
        self.message = message
        self.error = error
        self.field = field
        self.limit = limit
        self.retry_after = retry_after


class InvalidInput(FleetError):
    """Raised when a field has the wrong type, is too long or out of range; the message names the field."""


class Unauthenticated(FleetError):
    """Raised when a credential is needed and none was sent."""


class Forbidden(FleetError):
    """Raised when a credential is wrong, expired, or too narrow."""


class NotFound(FleetError):
    """Raised when a server, monitor, rule, channel, token or session does not exist."""


class TooLarge(FleetError):
    """Raised when a request, or the answer that it asks for, exceeds a limit of `fleet.limits`."""


class Throttled(FleetError):
    """Raised when there are too many requests. Sending the request again helps, after `retry_after` seconds."""

    def __init__(
        self,
        message: str = "The database is busy; send the request again in a second.",
        *,
        error: str = "busy",
        retry_after: int = 0,
    ) -> None:
        super().__init__(message, error=error, retry_after=retry_after)


class Unavailable(FleetError):
    """Raised when the database cannot be reached or does not answer in time. Trying again later may help."""

    def __init__(self, message: str = "The database does not answer; try again in a few seconds.") -> None:
        super().__init__(message, error="unavailable")
