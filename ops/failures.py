"""What the operator sees when a command fails: the real reason in one line, and what to do."""

from chalicelib.fleet.errors import FleetError, Throttled
from chalicelib.storage.failures import CallRefused, NoAnswer, SetupError

_SIGN_IN = "sign in again, for example with: aws sso login"
_SET_UP = "name a profile with AWS_PROFILE, or run: aws configure"
_CONNECTION = "check the network, the region and AWS_ENDPOINT_URL_DYNAMODB"
_KEY = "check the access key in your AWS profile or environment"
_PERMISSION = "ask for this permission, or use another profile (AWS_PROFILE)"
_CLOCK = "set this machine's clock"
_TRY_AGAIN = "try again in a few seconds"

_ADVICE = {
    # DynamoDB's and STS's codes.
    "ExpiredTokenException": _SIGN_IN,
    "ExpiredToken": _SIGN_IN,
    "AccessDeniedException": _PERMISSION,
    "AccessDenied": _PERMISSION,
    "UnrecognizedClientException": _KEY,
    "InvalidClientTokenId": _KEY,
    "InvalidSignatureException": _KEY,
    "SignatureDoesNotMatch": _KEY,
    # botocore's errors.
    "NoCredentialsError": _SET_UP,
    "PartialCredentialsError": _SET_UP,
    "SSOTokenLoadError": _SIGN_IN,
    "TokenRetrievalError": _SIGN_IN,
    "UnauthorizedSSOTokenError": _SIGN_IN,
    "CredentialRetrievalError": "check credential_process in your AWS configuration file",
    "EndpointConnectionError": _CONNECTION,
    "ConnectTimeoutError": _CONNECTION,
    "ReadTimeoutError": _CONNECTION,
    "ConnectionClosedError": _CONNECTION,
    "ProxyConnectionError": "check HTTPS_PROXY and NO_PROXY",
    "SSLError": "if a proxy inspects TLS, set AWS_CA_BUNDLE to its certificates",
}
_NO_RETRIES = " (reached max retries: 0)"
"""botocore adds this to messages, because its retries are off: we retry ourselves."""

_CLOCK_IS_WRONG = ("Signature expired", "Signature not yet current")


def explained(error: FleetError | CallRefused | SetupError) -> str:
    """The message to print: AWS's or botocore's own with advice if one of them is the cause, else the error's."""
    failure = error.__cause__ if isinstance(error, FleetError) else error
    if not isinstance(failure, CallRefused | NoAnswer | SetupError):
        return str(error)
    reason = failure.__cause__ or failure
    name = failure.code if isinstance(failure, CallRefused) else type(reason).__name__
    return advised(str(reason), name, _TRY_AGAIN if _may_pass(error, failure) else "")


def advised(reason: str, name: str, otherwise: str = "") -> str:
    """What AWS or botocore said, in one line, and what to do about it. name: AWS's error code, or the class of
    botocore's error.

    otherwise: the advice for an error that is not listed here.
    """
    said = " ".join(reason.replace(_NO_RETRIES, "").split())
    advice = _CLOCK if any(words in said for words in _CLOCK_IS_WRONG) else _ADVICE.get(name, otherwise)
    return f"{said.rstrip('.')}; {advice}" if advice else said


def _may_pass(error: Exception, failure: Exception) -> bool:
    return (
        isinstance(error, Throttled)
        or isinstance(failure, NoAnswer)
        or (isinstance(failure, CallRefused) and failure.status >= 500)
    )
