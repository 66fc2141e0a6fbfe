"""What docs/deployer-policy.json lets somebody do who deploys."""

import json
from pathlib import Path

import pytest

from infra import template
from infra.stage import ACCESS_LOGS, Stage

DOCS = Path(__file__).parents[2] / "docs"
POLICY = json.loads((DOCS / "deployer-policy.json").read_text())

CHALICES_OWN = {"AWS::ApiGateway::RestApi", "AWS::IAM::Role", "AWS::Lambda::Function"}
"""What our templates change of its resources, without naming their types."""


def resource_types() -> set[str]:
    templates = (template.application(), template.read(template.DATA), template.read(template.ACCOUNT))
    found = {resource.get("Type") for one in templates for resource in one["Resources"].values()}
    return {kind for kind in found if kind} | CHALICES_OWN


@pytest.mark.parametrize("kind", sorted(resource_types()))
def test_every_kind_of_resource_is_of_a_service_that_is_allowed(kind: str) -> None:
    allowed = {action.partition(":")[0] for statement in POLICY["Statement"] for action in statement["Action"]}
    assert kind.split("::")[1].lower() in allowed


def test_it_fits_into_a_managed_policy() -> None:
    """6,144 characters without blanks: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"""
    assert len("".join(json.dumps(POLICY).split())) <= 6144


def test_the_names_that_it_goes_by_are_those_of_every_stage() -> None:
    stage = Stage("prod")
    for name in (stage.application, stage.data, ACCESS_LOGS, *stage.tables):
        assert name.startswith("nezha-")
    logs = [one for one in template.application()["Resources"].values() if one.get("Type") == "AWS::Logs::LogGroup"]
    assert all(one["Properties"]["LogGroupName"]["Fn::Sub"].startswith("/nezha/") for one in logs)


def test_the_manual_names_it() -> None:
    assert "(deployer-policy.json)" in (DOCS / "operations.md").read_text()
