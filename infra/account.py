"""The AWS account that a stage is deployed to."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from infra.stage import DeployError
from ops.stage import aws_session

RETRIES = Config(retries={"mode": "standard", "max_attempts": 8})


@dataclass(frozen=True)
class Account:
    """session: boto3's, with the credentials of the person who deploys."""

    session: Any
    region: str

    def client(self, service: str) -> Any:
        return self.session.client(service, config=RETRIES)


def open_account() -> Account:
    """Returns the account and region from the environment. Raises DeployError if AWS does not accept them."""
    try:
        session = aws_session()
        region = session.region_name
        if not region:
            raise DeployError("no AWS region is set; set AWS_DEFAULT_REGION, for example to us-east-1")
        session.client("sts", region_name=region).get_caller_identity()
    except (BotoCoreError, ClientError) as error:
        raise DeployError(f"no usable AWS credentials: {_one_line(error)}; set AWS_PROFILE or log in") from None
    return Account(session, region)


def unless_denied(call: Callable[..., Any], **arguments: Any) -> Any:
    """The call's response: {} if what it asks for does not exist, None if the caller lacks the permission, which a
    deployment may not need.
    """
    try:
        return call(**arguments)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code.endswith("NotFoundException"):
            return {}
        if "AccessDenied" not in code:
            raise
        return None


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split()).rstrip(".")
