"""The checks of an account before a deployment creates anything."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore.stub import Stubber

from infra.account import Account
from infra.cloudformation import Parameters, Stacks
from infra.deploy import _deploy_budget
from infra.preflight import explained, preflight
from infra.stage import DeployError, Stage
from tests.infra.test_deployer_policy import POLICY, allowed

PROD = Stage("prod")
ENOUGH = {"AccountLimit": {"ConcurrentExecutions": 1000}}


@dataclass
class ScriptedStacks(Stacks):
    """those: the names of the stacks that exist. refusal: what CloudFormation says to everything. known: the parameters
    of each."""

    those: set[str] = field(default_factory=set)
    refusal: str = ""
    known: dict[str, str] = field(default_factory=dict)

    def parameters(self, name: str) -> Parameters:
        return self.known

    def exists(self, name: str) -> bool:
        return name in self.those

    def deploy(self, name: str, template: Mapping[str, str], parameters: Parameters) -> Mapping[str, str]:
        if self.refusal:
            raise DeployError(f"{name}: {self.refusal}")
        self.those.add(name)
        return {}

    def delete(self, name: str, *, keeping: Sequence[str] = ()) -> None:
        self.those.discard(name)


@dataclass
class Aws:
    """A new account in which nothing is left. A test replaces the answers that matter to it."""

    account: Account
    answers: dict[str, Stubber]

    def lacks(self, service: str, operation: str) -> None:
        self.answers[service].add_client_error(operation, "AccessDeniedException", "not allowed")

    def says(self, service: str, operation: str, answer: dict[str, Any]) -> None:
        self.answers[service].add_response(operation, answer)

    def nothing_left(self) -> None:
        self.says("logs", "describe_log_groups", {"logGroups": []})
        self.says("s3", "list_buckets", {"Buckets": [{"Name": "nezha-prod-database-dumps"}]})


@pytest.fixture
def aws(boto3_session: Any) -> Iterator[Aws]:
    with ExitStack() as stack:
        clients = {name: boto3_session.client(name) for name in ("logs", "s3", "lambda", "sts", "budgets")}
        for client in clients.values():
            stack.callback(client.close)
        stubbers = {name: stack.enter_context(Stubber(client)) for name, client in clients.items()}
        account = Account(boto3_session, "us-east-1")
        object.__setattr__(account, "client", clients.__getitem__)
        yield Aws(account, stubbers)
        for stubber in stubbers.values():
            stubber.assert_no_pending_responses()


def test_nothing_is_said_of_an_account_that_has_everything(aws: Aws, capsys: pytest.CaptureFixture[str]) -> None:
    aws.nothing_left()
    aws.says("lambda", "get_account_settings", ENOUGH)
    preflight(aws.account, ScriptedStacks(), PROD, {}, "0")
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("unreserved", "wanted", "before", "fits"),
    [(1000, "900", "0", True), (1000, "901", "0", False), (10, "1", "0", False), (100, "50", "50", True)],
)
def test_functions_are_reserved_only_where_lambda_leaves_enough(
    aws: Aws, unreserved: int, wanted: str, before: str, fits: bool
) -> None:
    stacks = ScriptedStacks(those={PROD.application}, known={"ReportsAtOnce": before})
    limit = {"AccountLimit": {"ConcurrentExecutions": 1000, "UnreservedConcurrentExecutions": unreserved}}
    if wanted != before:
        aws.says("lambda", "get_account_settings", limit)
    if not fits:
        with pytest.raises(DeployError, match=f"cannot reserve {wanted} concurrent executions"):
            preflight(aws.account, stacks, PROD, {"ReportsAtOnce": wanted}, "0")
        return
    aws.says("lambda", "get_account_settings", limit)
    aws.says("s3", "list_buckets", {"Buckets": []})
    preflight(aws.account, stacks, PROD, {"ReportsAtOnce": wanted}, "0")


def test_nothing_is_reserved_without_a_url_for_reports(aws: Aws) -> None:
    aws.nothing_left()
    aws.says("lambda", "get_account_settings", ENOUGH)
    preflight(aws.account, ScriptedStacks(), PROD, {"ReportUrl": "no", "ReportsAtOnce": "9999"}, "0")


@pytest.mark.parametrize(("limit", "warned"), [(10, True), (99, True), (100, False)])
def test_few_functions_at_once_are_a_warning_with_the_number_and_the_remedy(
    aws: Aws, capsys: pytest.CaptureFixture[str], limit: int, warned: bool
) -> None:
    aws.nothing_left()
    aws.says("lambda", "get_account_settings", {"AccountLimit": {"ConcurrentExecutions": limit}})
    preflight(aws.account, ScriptedStacks(), PROD, {}, "0")
    said = capsys.readouterr().err
    assert (f"only {limit} concurrent Lambda executions" in said) == warned
    assert ("Service Quotas" in said) == warned


def test_a_check_that_is_not_allowed_is_left_out(aws: Aws, capsys: pytest.CaptureFixture[str]) -> None:
    aws.says("logs", "describe_log_groups", {"logGroups": []})
    aws.lacks("s3", "list_buckets")
    aws.lacks("lambda", "get_account_settings")
    preflight(aws.account, ScriptedStacks(), PROD, {}, "0")
    assert capsys.readouterr().err == ""


def test_a_budget_that_the_account_does_not_let_us_make_is_a_warning(
    aws: Aws, capsys: pytest.CaptureFixture[str]
) -> None:
    aws.nothing_left()
    aws.says("lambda", "get_account_settings", ENOUGH)
    aws.says("sts", "get_caller_identity", {"Account": "000000000000"})
    aws.lacks("budgets", "describe_budget")
    preflight(aws.account, ScriptedStacks(), PROD, {}, "10")
    said = capsys.readouterr().err
    assert said.startswith("warning: you are not allowed to use AWS Budgets, so no budget is created; ")
    assert "IAM user and role access to Billing information" in said


def test_budgets_are_asked_for_within_what_the_documented_policy_allows(
    aws: Aws, capsys: pytest.CaptureFixture[str]
) -> None:
    aws.nothing_left()
    aws.says("lambda", "get_account_settings", ENOUGH)
    aws.says("sts", "get_caller_identity", {"Account": "000000000000"})
    asked = {"AccountId": "000000000000", "BudgetName": PROD.budget}
    aws.answers["budgets"].add_client_error("describe_budget", "NotFoundException", "none", expected_params=asked)
    preflight(aws.account, ScriptedStacks(), PROD, {}, "10")
    assert capsys.readouterr().err == ""
    assert allowed(POLICY, "budgets:ViewBudget", f"arn:aws:budgets::000000000000:budget/{PROD.budget}")


def test_log_groups_of_an_earlier_stage_are_named_with_the_commands_that_remove_them(aws: Aws) -> None:
    aws.says("logs", "describe_log_groups", {"logGroups": [{"logGroupName": "/nezha/prod/api"}]})
    with pytest.raises(DeployError, match=r"\n  aws logs delete-log-group --log-group-name /nezha/prod/api$"):
        preflight(aws.account, ScriptedStacks(), PROD, {}, "0")


def test_those_of_a_stage_that_is_there_are_its_own(aws: Aws) -> None:
    aws.says("lambda", "get_account_settings", ENOUGH)
    preflight(aws.account, ScriptedStacks({PROD.application, PROD.data}), PROD, {}, "0")


def test_a_bucket_of_an_earlier_stage_is_a_warning(aws: Aws, capsys: pytest.CaptureFixture[str]) -> None:
    aws.says("logs", "describe_log_groups", {"logGroups": []})
    aws.says("s3", "list_buckets", {"Buckets": [{"Name": "nezha-prod-data-packages-1"}]})
    aws.says("lambda", "get_account_settings", ENOUGH)
    preflight(aws.account, ScriptedStacks(), PROD, {}, "0")
    assert "the bucket nezha-prod-data-packages-1 remains" in capsys.readouterr().err


@pytest.mark.parametrize("region", ["cn-north-1", "us-gov-west-1"])
def test_a_region_without_functions_at_the_edge_is_refused_unless_there_is_no_edge(aws: Aws, region: str) -> None:
    account = Account(aws.account.session, region)
    with pytest.raises(DeployError, match=f"^CloudFront has no functions for {region} .*; add --edge no$"):
        preflight(account, ScriptedStacks(), PROD, {}, "0")
    object.__setattr__(account, "client", aws.account.client)
    aws.nothing_left()
    aws.says("lambda", "get_account_settings", ENOUGH)
    preflight(account, ScriptedStacks(), PROD, {"Edge": "no"}, "0")


UNVERIFIED = (
    "nezha-prod: Distribution (AWS::CloudFront::Distribution): Access denied for operation "
    "'AWS::CloudFront::Distribution: Your account must be verified before you can add new CloudFront resources. To "
    "verify your account, please contact AWS Support and include this error message.'"
)


def test_an_account_that_cloudfront_does_not_accept_yet_is_told_what_to_do() -> None:
    said = str(explained(DeployError(UNVERIFIED)))
    assert said.startswith(UNVERIFIED)
    assert "--edge no" in said
    assert "support case" in said


def test_other_failures_stay_as_they_are() -> None:
    assert str(explained(DeployError("nezha-prod: Topic (AWS::SNS::Topic): no"))).endswith(": no")


def test_a_budget_that_cloudformation_cannot_make_is_no_failure(capsys: pytest.CaptureFixture[str]) -> None:
    stacks = ScriptedStacks(refusal="Unrecognized resource types: [AWS::Budgets::Budget]")
    _deploy_budget(stacks, PROD, "10", "you@example.com")
    assert capsys.readouterr().err == (
        "warning: the budget was not changed; the rest of the stage is deployed: nezha-prod-budget: "
        "Unrecognized resource types: [AWS::Budgets::Budget]\n"
    )


def test_a_budget_of_nothing_removes_it() -> None:
    stacks = ScriptedStacks({PROD.budget})
    _deploy_budget(stacks, PROD, "0", "")
    assert not stacks.those
