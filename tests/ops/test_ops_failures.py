"""What commands say when AWS, credentials or connections fail: botocore's own words in one line, and what to do."""

import os
import socket
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from chalicelib.storage.calls import ATTEMPTS
from tests.ops.ops_command import Done, Ops
from tests.support.scripted_dynamodb import LOST, Answer, ScriptedDynamoDB, error, scripted_dynamodb

KEYS = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret"}


@pytest.fixture(scope="module")
def scripted() -> Iterator[ScriptedDynamoDB]:
    with scripted_dynamodb() as started:
        yield started


class Operator:
    """Runs a command with a home and AWS settings that contain only what a test puts there."""

    def __init__(self, home: Path, url: str, ops: Ops, monkeypatch: pytest.MonkeyPatch) -> None:
        self._home = home
        self._ops = ops
        self._monkeypatch = monkeypatch
        for name in list(os.environ):
            if name.startswith(("AWS_", "NEZHA_")):
                monkeypatch.delenv(name)
        self._set(
            HOME=str(home), AWS_REGION="us-east-1", AWS_EC2_METADATA_DISABLED="true", AWS_ENDPOINT_URL_DYNAMODB=url
        )

    def __call__(self, **variables: str) -> Done:
        self._set(**variables)
        return self._ops("server", "list", stage="dev")

    def config(self, text: str) -> None:
        (self._home / ".aws").mkdir()
        (self._home / ".aws" / "config").write_text(text)

    def _set(self, **variables: str) -> None:
        for name, value in variables.items():
            self._monkeypatch.setenv(name, value)


@pytest.fixture
def operator(
    tmp_path: Path,
    scripted: ScriptedDynamoDB,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Operator:
    scripted.requests.clear()
    return Operator(tmp_path, scripted.url, Ops(capsys, monkeypatch), monkeypatch)


@pytest.mark.parametrize(
    ("code", "message", "advice"),
    [
        (
            "ExpiredTokenException",
            "The security token included in the request is expired",
            "sign in again, for example with: aws sso login",
        ),
        (
            "InvalidSignatureException",
            "Signature expired: 20261128T120000Z is now earlier than 20261128T121500Z (20261128T122000Z - 5 min.)",
            "set this machine's clock",
        ),
        (
            "InvalidSignatureException",
            "The request signature we calculated does not match the signature you provided.\n\nThe Canonical String …",
            "check the access key in your AWS profile or environment",
        ),
        (
            "UnrecognizedClientException",
            "The security token included in the request is invalid.",
            "check the access key in your AWS profile or environment",
        ),
        (
            "AccessDeniedException",
            "User: arn:aws:iam::123456789012:user/someone is not authorized to perform: dynamodb:GetItem",
            "ask for this permission, or use another profile (AWS_PROFILE)",
        ),
    ],
)
def test_what_dynamodb_refuses_is_told_in_its_own_words(
    operator: Operator, scripted: ScriptedDynamoDB, code: str, message: str, advice: str
) -> None:
    scripted.will_answer([error(code, message=message)])
    said = " ".join(message.rstrip(".").split())
    failure = operator(**KEYS).failure
    (operation,) = scripted.operations
    assert failure == f"An error occurred ({code}) when calling the {operation} operation: {said}; {advice}"


def test_a_busy_database_is_told_in_its_own_words(operator: Operator, scripted: ScriptedDynamoDB) -> None:
    scripted.will_answer([error("ThrottlingException", message="Rate exceeded")] * ATTEMPTS)
    failure = operator(**KEYS).failure
    assert failure.startswith("An error occurred (ThrottlingException) when calling the ")
    assert failure.endswith(" operation: Rate exceeded; try again in a few seconds")
    assert len(scripted.requests) == ATTEMPTS


def test_a_mistake_of_ours_is_one_line_too(operator: Operator, scripted: ScriptedDynamoDB) -> None:
    scripted.will_answer([error("ValidationException", message="The provided key element does not match the schema")])
    failure = operator(**KEYS).failure
    assert failure.startswith("An error occurred (ValidationException) when calling the ")
    assert failure.endswith(" operation: The provided key element does not match the schema")


def test_an_endpoint_that_nobody_listens_at_is_named(operator: Operator) -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{bound.getsockname()[1]}"
        assert operator(**KEYS, AWS_ENDPOINT_URL_DYNAMODB=url).failure == (
            f'Could not connect to the endpoint URL: "{url}/"; '
            "check the network, the region and AWS_ENDPOINT_URL_DYNAMODB"
        )


def test_an_endpoint_that_ends_its_connections_is_named(operator: Operator, scripted: ScriptedDynamoDB) -> None:
    scripted.will_answer([LOST] * ATTEMPTS)
    assert operator(**KEYS).failure == (
        f'Connection was closed before we received a valid response from endpoint URL: "{scripted.url}/"; '
        "check the network, the region and AWS_ENDPOINT_URL_DYNAMODB"
    )


def test_a_missing_sso_login_says_how_to_sign_in(operator: Operator, scripted: ScriptedDynamoDB) -> None:
    operator.config(
        "[profile work]\nsso_session = office\nsso_account_id = 123456789012\nsso_role_name = admin\n"
        "[sso-session office]\nsso_start_url = https://example.test/start\nsso_region = us-east-1\n"
    )
    assert operator(AWS_PROFILE="work").failure == (
        "Error loading SSO Token: Token for office does not exist; sign in again, for example with: aws sso login"
    )
    assert scripted.requests == []


def test_a_failing_credential_process_is_told_with_what_it_says(
    operator: Operator, scripted: ScriptedDynamoDB, tmp_path: Path
) -> None:
    program = tmp_path / "credentials"
    program.write_text("#!/bin/sh\necho the vault is sealed >&2\nexit 1\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    operator.config(f"[profile work]\ncredential_process = {program}\n")
    assert operator(AWS_PROFILE="work").failure == (
        "Error when retrieving credentials from custom-process: the vault is sealed; "
        "check credential_process in your AWS configuration file"
    )
    assert scripted.requests == []


def test_a_role_without_its_source_is_named(operator: Operator, scripted: ScriptedDynamoDB) -> None:
    operator.config("[profile work]\nrole_arn = arn:aws:iam::123456789012:role/ops\nsource_profile = gone\n")
    assert (
        'The source_profile "gone" referenced in the profile "work" does not exist'
        in operator(AWS_PROFILE="work").failure
    )
    assert scripted.requests == []


def test_a_role_that_may_not_be_assumed_is_told_in_the_words_of_sts(
    operator: Operator, scripted: ScriptedDynamoDB
) -> None:
    operator.config(
        "[profile work]\nrole_arn = arn:aws:iam::123456789012:role/ops\nsource_profile = base\n"
        "[profile base]\naws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = secret\n"
    )
    denied = (
        b"<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code>"
        b"<Message>not authorized to perform: sts:AssumeRole</Message></Error></ErrorResponse>"
    )
    scripted.will_answer([Answer(denied, 403)])
    assert operator(AWS_PROFILE="work", AWS_ENDPOINT_URL_STS=scripted.url).failure == (
        "An error occurred (AccessDenied) when calling the AssumeRole operation: "
        "not authorized to perform: sts:AssumeRole; ask for this permission, or use another profile (AWS_PROFILE)"
    )


def test_calls_go_through_a_proxy(operator: Operator, scripted: ScriptedDynamoDB) -> None:
    scripted.will_answer([error("ThrottlingException")] * ATTEMPTS)
    away = {"AWS_ENDPOINT_URL_DYNAMODB": "http://dynamodb.example.test"}
    assert "ThrottlingException" in operator(**KEYS, **away, HTTP_PROXY=scripted.url).failure
    assert len(scripted.requests) == ATTEMPTS
    assert operator(**KEYS, **away, HTTP_PROXY="http://127.0.0.1:1").failure == (
        'Failed to connect to proxy URL: "http://127.0.0.1:1"; check HTTPS_PROXY and NO_PROXY'
    )


def test_a_proxy_is_not_asked_for_this_machine(operator: Operator, scripted: ScriptedDynamoDB) -> None:
    scripted.will_answer([error("ValidationException", message="reached")])
    assert "reached" in operator(**KEYS, HTTP_PROXY="http://127.0.0.1:1").failure
