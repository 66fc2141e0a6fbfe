"""What can go wrong with a call to DynamoDB, and the errors that the rest of the application gets.

Transports raise CallRefused, NoAnswer and SetupError. `Database` turns these into the errors of `fleet.errors`, with
the original as their `__cause__`: strangers see only a general message, operators the original one (ops/failures.py).
"""

import logging
from typing import Any

from chalicelib.fleet.errors import Throttled, Unavailable

BUSY = frozenset(
    (
        "ProvisionedThroughputExceededException",
        "ProvisionedThroughputExceeded",
        "RequestLimitExceeded",
        "ThrottlingException",
        "ThrottlingError",
        "LimitExceededException",
    )
)
CONTENDED = frozenset(("TransactionConflictException", "TransactionConflict", "TransactionInProgressException"))
FAILING = frozenset(("InternalServerError", "ServiceUnavailable", "InternalFailure"))
DENIED = frozenset(
    (
        "AccessDeniedException",
        "UnrecognizedClientException",
        "ExpiredTokenException",
        "InvalidSignatureException",
        "IncompleteSignatureException",
        "MissingAuthenticationTokenException",
        "MissingAuthenticationToken",
        "OptInRequired",
        "SubscriptionRequiredException",
        # STS's codes for the same, where credentials come from a role.
        "AccessDenied",
        "ExpiredToken",
        "InvalidClientTokenId",
        "SignatureDoesNotMatch",
    )
)
"""Codes that mean that these credentials, or this machine's clock, do not allow the call. Retrying does not help."""

log = logging.getLogger(__name__)


class CallRefused(Exception):
    """Raised by a transport when the answer is an error. code: its name, "" for none. answer: the error's JSON."""

    def __init__(self, code: str, status: int, answer: dict[str, Any]) -> None:
        super().__init__(f"{code or status}: {answer.get('message') or answer.get('Message') or 'no reason was given'}")
        self.code = code
        self.status = status
        self.answer = answer


class NoAnswer(Exception):
    """Raised by a transport when no complete answer came. Whether the call was carried out is unknown.

    name: of the underlying error, for logs. is_stale: the call went over a socket that had been idle; all idle ones
    are closed now, so it is worth trying again at once.
    """

    def __init__(self, error: Exception, *, is_stale: bool = False) -> None:
        super().__init__(str(error))
        self.name = type(error).__name__
        self.is_stale = is_stale


class SetupError(Exception):
    """Raised by a transport that cannot make calls: credentials are missing, or could not be fetched."""


class ConditionFailed(Exception):
    """Raised when a write's condition does not hold. item: the stored item, if the call requested it."""

    def __init__(self, item: dict[str, dict[str, Any]] | None = None) -> None:
        super().__init__("the condition does not hold")
        self.item = item


class TransactionRefused(Exception):
    """Raised when conditions of a transaction do not hold. failed: for each write, whether its condition failed."""

    def __init__(self, failed: list[bool]) -> None:
        super().__init__("a condition of the transaction does not hold")
        self.failed = failed


class Contended(Exception):
    """Raised when another transaction touches the same item; nothing was written."""


class NoTable(Unavailable):
    """Raised when a table does not exist."""

    def __init__(self) -> None:
        super().__init__(
            "The tables do not exist. Create them with: make deploy STAGE=… "
            "(before a plain chalice deploy: python -m ops --stage STAGE tables create)"
        )


def of_refusal(refusal: CallRefused) -> Throttled | Unavailable:
    """The error to raise if retrying does not help either.

    Raises at once what retrying cannot change: ConditionFailed, TransactionRefused, Contended, NoTable, Unavailable for
    denied credentials, and the refusal itself if it means a bug in this project.
    """
    code = refusal.code
    if code == "ConditionalCheckFailedException":
        raise ConditionFailed(refusal.answer.get("Item")) from None
    if code == "TransactionCanceledException":
        return _of_cancellation(refusal)
    if code in BUSY or code in CONTENDED:
        return Throttled()
    if code == "ResourceNotFoundException":
        raise NoTable from None
    if code in FAILING or refusal.status >= 500:
        return Unavailable()
    if code in DENIED:
        log.error("DynamoDB refuses this process: %s", code)
        raise Unavailable(
            "The dashboard is not allowed to use its database; its operator must check its AWS permissions."
        ) from refusal
    raise refusal


def _of_cancellation(refusal: CallRefused) -> Throttled:
    reasons = [reason.get("Code", "") for reason in refusal.answer.get("CancellationReasons", [])]
    if any(reason in BUSY for reason in reasons):
        return Throttled()
    if any(reason in CONTENDED for reason in reasons):
        raise Contended from None
    failed = [reason == "ConditionalCheckFailed" for reason in reasons]
    if not any(failed):
        raise refusal
    raise TransactionRefused(failed) from None
