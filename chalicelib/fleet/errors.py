"""Everything that can go wrong, as one tree. HTTP statuses are given to them in `api.endpoint` alone.

    FleetError
    ├── InvalidInput      the caller sent something that makes no sense
    ├── Unauthenticated   no credential was sent
    ├── Forbidden         the credential, or the lack of one, does not allow this
    ├── NotFound          there is no such thing
    ├── TooLarge          the request or its answer exceeds a limit
    ├── Throttled         too much comes at once; the database or a limit refuses it for the moment
    └── Unavailable       the database does not answer

Every message says what is wrong and what to do, and may be shown to any caller: it never holds a credential or
another caller's data.
"""


class FleetError(Exception):
    """The root of the tree; never raised itself."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class InvalidInput(FleetError):
    """Raised when a field is of the wrong type, too long or out of range; the message names the field."""


class Unauthenticated(FleetError):
    """Raised when a credential is needed and none was sent."""


class Forbidden(FleetError):
    """Raised when a credential is wrong, expired, or too narrow."""


class NotFound(FleetError):
    """Raised when there is no such server, monitor or token."""


class TooLarge(FleetError):
    """Raised when a request, or the answer that it asks for, exceeds a limit of `fleet.limits`."""


class Throttled(FleetError):
    """Raised when too much comes at once. Trying again helps, after `retry_after` seconds (0: soon)."""

    def __init__(
        self, message: str = "The database is busy; send the request again in a second.", retry_after: int = 0
    ) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Unavailable(FleetError):
    """Raised when the database cannot be reached or does not answer in time. Trying again later may help."""

    def __init__(self, message: str = "The database does not answer; try again in a few seconds.") -> None:
        super().__init__(message)
