"""docs/deployer-policy.json allows what a deployment needs: what CloudFormation's handlers and our own code ask for.

handler_permissions.json says which permissions each kind of resource needs, and which of them AWS grants for all
resources only. A test in tests/stack compares it with the schemas of the pinned linter.
"""

import json
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest

from infra import template
from infra.stage import ACCESS_LOGS, EDGE_POLICIES, Stage

DOCS = Path(__file__).parents[2] / "docs"
POLICY = json.loads((DOCS / "deployer-policy.json").read_text())["Statement"]
OF_A_DOMAIN = json.loads((DOCS / "deployer-policy-domain.json").read_text())["Statement"]
KNOWN = json.loads((Path(__file__).parent / "handler_permissions.json").read_text())

OF_CHALICE = {
    "AWS::ApiGateway::Deployment",
    "AWS::ApiGateway::RestApi",
    "AWS::ApiGateway::Stage",
    "AWS::Events::Rule",
    "AWS::IAM::Role",
    "AWS::Lambda::EventInvokeConfig",
    "AWS::Lambda::Function",
    "AWS::Lambda::Permission",
    "AWS::Lambda::Url",
}
"""The kinds that Chalice and SAM add to our templates."""

NOT_USED = {
    "functions in a network of one's own": ("ec2:*", "elasticfilesystem:*", "s3files:*", "lambda:PassCapacityProvider"),
    "keys of one's own": ("kms:*", "logs:AssociateKmsKey", "logs:DisassociateKmsKey"),
    "streams, replicas and imports of tables": ("kinesis:*", "dynamodb:*Replica", "iam:CreateServiceLinkedRole"),
    "tables of metadata, replication of buckets": ("s3tables:*",),
    "delivery and policies of logs": (
        *("firehose:*", "logs:CreateLogDelivery", "logs:*ResourcePolicy", "logs:*IndexPolicy"),
        "s3:REST.PUT.OBJECT",
    ),
    "policies of users and groups, boundaries of roles": ("iam:*UserPolicy", "iam:*GroupPolicy", "iam:*Boundary"),
    "tenants, staging and private origins at the edge": (
        *("cloudfront:*ConnectionGroup", "cloudfront:GetVpcOrigin", "cloudfront:UpdateDistributionWithStagingConfig"),
    ),
    "code signing, layers, versions": ("lambda:GetLayerVersion", "lambda:GetCodeSigningConfig"),
}
"""Permissions of features that no template of ours uses, by the feature. The handlers do not need them then."""

SAMPLES = {
    "apigateway": "arn:aws:apigateway:us-east-1::/restapis/abc/stages/api",
    "billing": "arn:aws:billing::000000000000:billingview/primary",
    "budgets": "arn:aws:budgets::000000000000:budget/nezha-prod-budget-Budget-1",
    "cloudwatch": "arn:aws:cloudwatch:us-east-1:000000000000:alarm:nezha-prod-server-errors",
    "dynamodb": "arn:aws:dynamodb:us-east-1:000000000000:table/nezha-prod-servers",
    "events": "arn:aws:events:us-east-1:000000000000:rule/nezha-prod-WatchWatchEvent-1",
    "iam": "arn:aws:iam::000000000000:role/nezha-prod-ApiHandlerRole-1",
    "lambda": "arn:aws:lambda:us-east-1:000000000000:function:nezha-prod-APIHandler-1",
    "logs": "arn:aws:logs:us-east-1:000000000000:log-group:/nezha/prod/api:*",
    "route53": "arn:aws:route53:::hostedzone/ZONE",
    "s3": "arn:aws:s3:::nezha-prod-data-packages-1",
    "sns": "arn:aws:sns:us-east-1:000000000000:nezha-prod-alarms",
}
"""A resource of ours, by the service."""

EDGE = "arn:aws:cloudfront::000000000000:"
EDGE_SAMPLES = {
    "AWS::CloudFront::CachePolicy": f"{EDGE}cache-policy/1",
    "AWS::CloudFront::Distribution": f"{EDGE}distribution/1",
    "AWS::CloudFront::Function": f"{EDGE}function/nezha-prod-us-east-1",
    "AWS::CloudFront::OriginAccessControl": f"{EDGE}origin-access-control/1",
    "AWS::CloudFront::OriginRequestPolicy": f"{EDGE}origin-request-policy/1",
    "AWS::CloudFront::ResponseHeadersPolicy": f"{EDGE}response-headers-policy/1",
}


def kinds() -> set[str]:
    """Every kind of resource that a deployment makes."""
    files = (template.DATA, template.ACCOUNT, template.BUDGET, template.EDGE_POLICIES)
    templates = (template.application(), *map(template.read, files))
    found = {resource.get("Type") for one in templates for resource in one["Resources"].values()}
    return {kind for kind in found if kind} - {"AWS::Serverless::Function"} | OF_CHALICE  # SAM makes others of it


def needed(kind: str) -> Iterator[tuple[str, str]]:
    """(permission, resource) of everything that the handler of a kind does."""
    for action in KNOWN["handlers"][kind]:
        if any(fnmatchcase(action, pattern) for patterns in NOT_USED.values() for pattern in patterns):
            continue
        service = action.partition(":")[0]
        if action in KNOWN["anywhere"] or action in (
            "cloudfront:CreateDistributionWithTags",
            "cloudwatch:DescribeAlarms",
        ):
            yield action, "*"
        elif action == "route53:GetChange":
            yield action, "arn:aws:route53:::change/1"
        else:
            yield action, EDGE_SAMPLES[kind] if service == "cloudfront" else SAMPLES[service]


def allowed(statements: list[dict[str, Any]], action: str, resource: str) -> bool:
    def lists(statement: dict[str, Any], key: str) -> list[str]:
        value = statement[key]
        return value if isinstance(value, list) else [value]

    return any(
        any(fnmatchcase(action, pattern) for pattern in lists(statement, "Action"))
        and any(fnmatchcase(resource, pattern) for pattern in lists(statement, "Resource"))
        for statement in statements
    )


@pytest.mark.parametrize("kind", sorted(kinds()))
def test_everything_that_a_handler_does_is_allowed(kind: str) -> None:
    statements = [*POLICY, *OF_A_DOMAIN] if kind == "AWS::Route53::RecordSet" else POLICY
    assert [one for one in needed(kind) if not allowed(statements, *one)] == []


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("cloudformation:CreateChangeSet", "arn:aws:cloudformation:us-east-1:000000000000:stack/nezha-prod-data/1"),
        ("cloudformation:CreateChangeSet", "arn:aws:cloudformation:us-east-1:aws:transform/Serverless-2016-10-31"),
        ("cloudformation:GetTemplateSummary", "*"),
        ("apigateway:GET", "arn:aws:apigateway:us-east-1::/account"),
        ("dynamodb:DeleteTable", SAMPLES["dynamodb"]),
        ("dynamodb:DescribeTable", SAMPLES["dynamodb"]),
        ("dynamodb:ListTables", "*"),
        ("s3:PutObject", f"{SAMPLES['s3']}/0123.zip"),
        ("s3:ListBucket", SAMPLES["s3"]),
        ("cloudwatch:GetMetricStatistics", "*"),
        ("dynamodb:DescribeContinuousBackups", SAMPLES["dynamodb"]),
        ("lambda:GetFunctionConfiguration", SAMPLES["lambda"]),
    ],
)
def test_what_the_commands_ask_for_themselves_is_allowed(action: str, resource: str) -> None:
    assert allowed(POLICY, action, resource)


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("iam:AttachRolePolicy", "arn:aws:iam::000000000000:role/admin"),
        ("iam:PassRole", "arn:aws:iam::000000000000:role/admin"),
        ("iam:CreateUser", "*"),
        ("dynamodb:Scan", "arn:aws:dynamodb:us-east-1:000000000000:table/orders"),
        ("lambda:UpdateFunctionCode", "arn:aws:lambda:us-east-1:000000000000:function:orders"),
        ("s3:GetObject", "arn:aws:s3:::orders/1"),
        ("cloudfront:DeleteFunction", f"{EDGE}function/orders"),
        ("events:PutTargets", "arn:aws:events:us-east-1:000000000000:rule/orders"),
        ("cloudfront:CreateInvalidation", f"{EDGE}distribution/1"),
        ("route53:ChangeResourceRecordSets", "arn:aws:route53:::hostedzone/ZONE"),
        ("budgets:ModifyBudget", "arn:aws:budgets::000000000000:budget/orders"),
    ],
)
def test_what_belongs_to_others_is_not(action: str, resource: str) -> None:
    assert not allowed(POLICY, action, resource)


def test_no_service_is_allowed_as_a_whole() -> None:
    for statement in (*POLICY, *OF_A_DOMAIN):
        if statement["Resource"] == "*":
            assert not [action for action in statement["Action"] if "*" in action]


def test_roles_are_handed_to_lambda_and_api_gateway_only() -> None:
    (passing,) = [one for one in POLICY if one["Action"] == "iam:PassRole"]
    assert passing["Condition"] == {
        "StringEquals": {"iam:PassedToService": ["apigateway.amazonaws.com", "lambda.amazonaws.com"]}
    }
    (attaching,) = [one for one in POLICY if one["Action"] == "iam:AttachRolePolicy"]
    (policy,) = template.read(template.ACCOUNT)["Resources"]["Role"]["Properties"]["ManagedPolicyArns"]
    assert attaching["Condition"] == {
        "ArnEquals": {"iam:PolicyARN": policy["Fn::Sub"].replace("${AWS::Partition}", "aws")}
    }


@pytest.mark.parametrize("statements", [POLICY, OF_A_DOMAIN], ids=["all", "domain"])
def test_it_fits_into_a_managed_policy(statements: list[dict[str, Any]]) -> None:
    """6,144 characters without blanks: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"""
    assert len("".join(json.dumps(statements).split())) <= 6144


def test_the_names_that_it_goes_by_are_those_of_every_stage() -> None:
    stage = Stage("prod")
    for name in (stage.application, stage.data, stage.budget, ACCESS_LOGS, EDGE_POLICIES, *stage.tables):
        assert name.startswith("nezha-")
    logs = [one for one in template.application()["Resources"].values() if one.get("Type") == "AWS::Logs::LogGroup"]
    assert all(one["Properties"]["LogGroupName"]["Fn::Sub"].startswith("/nezha/") for one in logs)


@pytest.mark.parametrize("name", ["deployer-policy.json", "deployer-policy-domain.json"])
def test_the_manual_names_it(name: str) -> None:
    assert f"({name})" in (DOCS / "operations.md").read_text()
