"""Checks the account before a deployment creates anything: quotas, missing features, and remains of an earlier stage.

There is no call that says whether CloudFront accepts new distributions from this account, so `explained` recognizes its
refusal afterwards.
"""

import sys
from collections.abc import Iterator

from infra.account import Account, unless_denied
from infra.cloudformation import Parameters, Stacks
from infra.stage import DeployError, Stage

ENOUGH_FUNCTIONS = 100
"""Concurrent executions. A page that is opened for the first time sends more than ten requests."""

UNRESERVED_FUNCTIONS = 100
"""Concurrent executions. AWS rejects a reservation that leaves fewer unreserved ones (PutFunctionConcurrency)."""

WITH_FUNCTIONS_AT_THE_EDGE = "aws"
"""The partition that has CloudFront functions: China and GovCloud have CloudFront without them."""


def preflight(account: Account, stacks: Stacks, stage: Stage, parameters: Parameters, budget: str) -> None:
    """Prints warnings for what will not work well. Raises DeployError for what would make CloudFormation fail.

    parameters: those that the application's stack will have. budget: dollars, "0" for none.
    """
    _refuse_a_missing_edge(account, parameters)
    _refuse_too_many_reserved(account, stacks, stage, parameters)
    if not stacks.exists(stage.application):
        _refuse_left_log_groups(account, stage)
    for warning in (
        *_few_functions(account),
        *(_no_billing(account, stage) if budget != "0" else ()),
        *(_left_buckets(account, stage) if not stacks.exists(stage.data) else ()),
    ):
        sys.stderr.write(f"warning: {warning}\n")


def explained(error: DeployError) -> DeployError:
    """The failure of a deployment, with advice if the cause is known."""
    if "account must be verified" in str(error):
        return DeployError(
            f"{error}\nCloudFront does not accept new distributions of this account yet. Deploy without it for now "
            "(--edge no), and open a support case with the message above, under Account and billing, which is free; "
            "deploy with --edge yes once AWS has verified the account"
        )
    return error


def _refuse_a_missing_edge(account: Account, parameters: Parameters) -> None:
    partition = account.session.get_partition_for_region(account.region)
    if parameters.get("Edge", "yes") == "yes" and partition != WITH_FUNCTIONS_AT_THE_EDGE:
        raise DeployError(f"CloudFront has no functions for {account.region} (partition {partition}); add --edge no")


def _refuse_too_many_reserved(account: Account, stacks: Stacks, stage: Stage, parameters: Parameters) -> None:
    """Lambda keeps some concurrent executions of an account for functions that reserve none."""
    wanted = _reserved(parameters)
    before = _reserved(stacks.parameters(stage.application)) if wanted else 0
    found = unless_denied(account.client("lambda").get_account_settings) if wanted > before else None
    left = found["AccountLimit"]["UnreservedConcurrentExecutions"] + before - wanted if found else UNRESERVED_FUNCTIONS
    if left < UNRESERVED_FUNCTIONS:
        raise DeployError(
            f"this account cannot reserve {wanted} concurrent executions for reports: {UNRESERVED_FUNCTIONS} must stay "
            f"for everything else, and only {max(left, 0)} would; use --reports-at-once 0, or request a higher limit: "
            "Service Quotas, AWS Lambda, Concurrent executions"
        )


def _reserved(parameters: Parameters) -> int:
    """How many concurrent executions are reserved for reports."""
    return 0 if parameters.get("ReportUrl") == "no" else int(parameters.get("ReportsAtOnce", "0"))


def _refuse_left_log_groups(account: Account, stage: Stage) -> None:
    """CloudFormation cannot create a log group that already exists, and would roll everything back."""
    logs = account.client("logs")
    pages = logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=f"/nezha/{stage.name}/")
    left = [group["logGroupName"] for page in pages for group in page["logGroups"]]
    if left:
        commands = "\n".join(f"  aws logs delete-log-group --log-group-name {name}" for name in left)
        raise DeployError(
            f"an earlier stage {stage.name} has left log groups, which the new one cannot create again; save the logs "
            f"that you need, and delete them:\n{commands}"
        )


def _few_functions(account: Account) -> Iterator[str]:
    found = unless_denied(account.client("lambda").get_account_settings)
    limit = found and found["AccountLimit"]["ConcurrentExecutions"]
    if limit and limit < ENOUGH_FUNCTIONS:
        yield (
            f"this account allows only {limit} concurrent Lambda executions, so some requests will fail when several "
            "people open the dashboard; request 1,000, at no cost: Service Quotas, AWS Lambda, Concurrent executions"
        )


def _no_billing(account: Account, stage: Stage) -> Iterator[str]:
    """Asks for the stage's own budget, because docs/deployer-policy.json does not allow listing all budgets."""
    number = account.client("sts").get_caller_identity()["Account"]
    if unless_denied(account.client("budgets").describe_budget, AccountId=number, BudgetName=stage.budget) is None:
        yield (
            "you are not allowed to use AWS Budgets, so no budget is created; the account's owner can allow it "
            "under Account, IAM user and role access to Billing information"
        )


def _left_buckets(account: Account, stage: Stage) -> Iterator[str]:
    found = unless_denied(account.client("s3").list_buckets) or {"Buckets": []}
    for name in (bucket["Name"] for bucket in found["Buckets"]):
        if name.startswith(f"{stage.data}-"):
            yield f"the bucket {name} remains from an earlier stage {stage.name} and is not used: empty and delete it"
