"""A deployed stage: the outputs and functions of its stack, and API Gateway's cache of the authorizer's answers."""

import os
import sys
from collections.abc import Mapping

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.authorizer_cache import forget_credentials
from chalicelib.fleet.limits import AUTHORIZER_CACHE_SECONDS
from ops.errors import OpsError
from ops.failures import advised
from ops.stage import aws_session


def forget_ended_credentials(stage: str) -> None:
    """Flushes the cache, so that credentials that were just revoked are refused at once. Prints a note if that fails.

    Does nothing for the local stage and for a DynamoDB outside AWS, which have no API Gateway.
    """
    if stage == "local" or os.environ.get("AWS_ENDPOINT_URL_DYNAMODB"):
        return
    if not flush(stage):
        sys.stderr.write(f"note: API Gateway may accept the old one for up to {AUTHORIZER_CACHE_SECONDS} s more\n")


def flush(stage: str) -> bool:
    """Makes the stage's API Gateway ask the authorizer about every credential again. Returns whether that worked."""
    api_id = stack_outputs(stage).get("RestAPIId")
    return bool(api_id) and forget_credentials(str(aws_session().region_name), str(api_id), "api")


def stack_outputs(stage: str) -> Mapping[str, str]:
    """The outputs of the stage's stack; empty after a plain `chalice deploy`, or if the caller lacks the permission."""
    try:
        stack = aws_session().client("cloudformation").describe_stacks(StackName=f"nezha-{stage}")["Stacks"][0]
    except (BotoCoreError, ClientError):
        return {}
    return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}


def function_variables(stage: str, logical_id: str) -> Mapping[str, str]:
    """The environment variables of a function of the stage's stack, with the function's name and memory that Lambda
    adds.

    Raises OpsError when there is no such stack, or the caller lacks the permission.
    """
    session = aws_session()
    try:
        pages = session.client("cloudformation").get_paginator("list_stack_resources")
        found = {
            one["LogicalResourceId"]: one["PhysicalResourceId"]
            for page in pages.paginate(StackName=f"nezha-{stage}")
            for one in page["StackResourceSummaries"]
        }
        function = session.client("lambda").get_function_configuration(FunctionName=found[logical_id])
    except (BotoCoreError, ClientError) as error:
        code = error.response["Error"]["Code"] if isinstance(error, ClientError) else type(error).__name__
        if code == "ValidationError":
            raise OpsError(f"there is no stack nezha-{stage}; deploy the stage with make deploy first") from None
        raise OpsError(advised(str(error), code)) from None
    variables: Mapping[str, str] = function.get("Environment", {}).get("Variables", {})
    own = {
        "AWS_LAMBDA_FUNCTION_NAME": function["FunctionName"],
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": function["MemorySize"],
    }
    return {**variables, **own}
