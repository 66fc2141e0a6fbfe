"""Following a change in CloudFormation: when it is over, what is printed, and what cannot be changed."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.stub import ANY, Stubber

from infra.cloudformation import Stacks
from infra.stage import DeployError

NAME = "nezha-prod"
ID = f"arn:aws:cloudformation:us-east-1:000000000000:stack/{NAME}/1"
CHANGE_SET = "arn:aws:cloudformation:us-east-1:000000000000:changeSet/deploy/1"
BEFORE = datetime(2026, 1, 1, tzinfo=UTC)
TEMPLATE = {"TemplateBody": "{}"}


@pytest.fixture
def cloudformation() -> Iterator[Stubber]:
    """Returns its answers in the order in which they were added, and expects the calls in that order."""
    client = boto3.client(
        "cloudformation", region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test"
    )
    with Stubber(client) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()
    client.close()


def described(status: str) -> dict[str, Any]:
    stack = {"StackName": NAME, "StackId": ID, "StackStatus": status, "CreationTime": BEFORE}
    return {"Stacks": [{**stack, "Outputs": [{"OutputKey": "Stage", "OutputValue": "prod"}]}]}


def event(seconds: int, status: str, resource: str = NAME, reason: str = "") -> dict[str, Any]:
    return {
        "StackId": ID,
        "StackName": NAME,
        "EventId": f"{seconds}",
        "LogicalResourceId": resource,
        "PhysicalResourceId": ID if resource == NAME else resource,
        "ResourceType": "AWS::CloudFormation::Stack" if resource == NAME else "AWS::SNS::Topic",
        "ResourceStatus": status,
        "ResourceStatusReason": reason,
        "Timestamp": BEFORE + timedelta(seconds=seconds),
    }


OLD = [event(0, "CREATE_COMPLETE")]


def will_change(cloudformation: Stubber) -> None:
    """A change of a stack that is whole, up to its execution."""
    cloudformation.add_response("describe_stacks", described("CREATE_COMPLETE"))
    cloudformation.add_response("describe_stack_events", {"StackEvents": OLD})
    asked = {**TEMPLATE, "TemplateSummaryConfig": {"TreatUnrecognizedResourceTypesAsWarnings": True}}
    cloudformation.add_response("get_template_summary", {"Parameters": []}, asked)
    cloudformation.add_response("create_change_set", {"Id": CHANGE_SET})
    cloudformation.add_response("describe_change_set", {"Status": "CREATE_COMPLETE"})
    cloudformation.add_response("execute_change_set", {})


def changed(cloudformation: Stubber) -> dict[str, str]:
    return dict(Stacks(cloudformation.client, poll=0).deploy(NAME, TEMPLATE, {}))


def test_a_stack_that_is_still_described_as_before_is_waited_for(cloudformation: Stubber) -> None:
    will_change(cloudformation)
    cloudformation.add_response("describe_stack_events", {"StackEvents": OLD})
    cloudformation.add_response("describe_stacks", described("CREATE_COMPLETE"))
    begun = [event(1, "UPDATE_IN_PROGRESS"), *OLD]
    cloudformation.add_response("describe_stack_events", {"StackEvents": begun})
    cloudformation.add_response("describe_stacks", described("UPDATE_IN_PROGRESS"))
    over = [event(3, "UPDATE_COMPLETE"), event(2, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"), *begun]
    cloudformation.add_response("describe_stack_events", {"StackEvents": over})
    cloudformation.add_response("describe_stacks", described("UPDATE_COMPLETE"))
    assert changed(cloudformation) == {"Stage": "prod"}


def test_the_first_failure_is_what_is_said_and_not_what_it_stopped(cloudformation: Stubber) -> None:
    will_change(cloudformation)
    events = [
        event(5, "UPDATE_ROLLBACK_COMPLETE"),
        event(4, "UPDATE_ROLLBACK_IN_PROGRESS", reason="The following resource(s) failed to create: [Topic]"),
        event(3, "CREATE_FAILED", "Other", "Resource creation cancelled"),
        event(2, "CREATE_FAILED", "Topic", "no such thing"),
        event(1, "UPDATE_IN_PROGRESS"),
    ]
    cloudformation.add_response("describe_stack_events", {"StackEvents": [*events, *OLD]})
    with pytest.raises(DeployError, match=r"^nezha-prod: Topic \(AWS::SNS::Topic\): no such thing$"):
        changed(cloudformation)


def test_a_stack_that_is_gone_is_over(cloudformation: Stubber) -> None:
    cloudformation.add_response("describe_stacks", described("CREATE_COMPLETE"))
    cloudformation.add_response("describe_stack_events", {"StackEvents": OLD})
    cloudformation.add_response("delete_stack", {})
    cloudformation.add_response("describe_stack_events", {"StackEvents": OLD})
    cloudformation.add_response("describe_stacks", described("DELETE_COMPLETE"))
    Stacks(cloudformation.client, poll=0).delete(NAME)


def test_a_change_that_could_not_be_taken_back_is_named_before_anything(cloudformation: Stubber) -> None:
    cloudformation.add_response("describe_stacks", described("UPDATE_ROLLBACK_FAILED"))
    with pytest.raises(DeployError, match=r"aws cloudformation continue-update-rollback --stack-name nezha-prod$"):
        changed(cloudformation)


@pytest.mark.parametrize(
    "reason",
    [
        "The submitted information didn't contain changes. Submit different information to create a change set.",
        "No updates are to be performed.",
    ],
    ids=["plain", "with a transform"],
)
def test_nothing_to_change_is_no_failure(cloudformation: Stubber, reason: str) -> None:
    cloudformation.add_response("describe_stacks", described("UPDATE_ROLLBACK_COMPLETE"))
    cloudformation.add_response("describe_stack_events", {"StackEvents": OLD})
    cloudformation.add_response("get_template_summary", {"Parameters": []})
    cloudformation.add_response("create_change_set", {"Id": CHANGE_SET})
    cloudformation.add_response("describe_change_set", {"Status": "FAILED", "StatusReason": reason})
    cloudformation.add_response("delete_change_set", {})
    cloudformation.add_response("describe_stacks", described("UPDATE_ROLLBACK_COMPLETE"))
    assert changed(cloudformation) == {"Stage": "prod"}


def test_a_stack_that_could_not_be_removed_lets_go_of_its_resources_for_a_new_one(cloudformation: Stubber) -> None:
    """For example a data stack whose bucket was not empty; its tables are kept anyway."""
    failed = {"LogicalResourceId": "Packages", "ResourceStatus": "DELETE_FAILED"}
    removed = {"LogicalResourceId": "Other", "ResourceStatus": "DELETE_COMPLETE"}
    summaries = [
        {**one, "ResourceType": "AWS::S3::Bucket", "LastUpdatedTimestamp": BEFORE} for one in (failed, removed)
    ]
    table = {
        "ResourceType": "AWS::DynamoDB::Table",
        "LogicalResourceId": "Servers",
        "ResourceIdentifier": {"TableName": "nezha-prod-servers"},
    }
    cloudformation.add_response("describe_stacks", described("DELETE_FAILED"))
    cloudformation.add_response("list_stack_resources", {"StackResourceSummaries": summaries})
    cloudformation.add_response("describe_stacks", described("DELETE_FAILED"))
    cloudformation.add_response("describe_stack_events", {"StackEvents": OLD})
    cloudformation.add_response("delete_stack", {}, {"StackName": ID, "RetainResources": ["Packages"]})
    cloudformation.add_response("describe_stack_events", {"StackEvents": [event(1, "DELETE_COMPLETE"), *OLD]})
    cloudformation.add_response("describe_stack_events", {"StackEvents": []})
    imported = {
        **TEMPLATE,
        "StackName": NAME,
        "ChangeSetName": ANY,
        "ChangeSetType": "IMPORT",
        "ResourcesToImport": [table],
        "Parameters": [{"ParameterKey": "Stage", "ParameterValue": "prod"}],
    }
    cloudformation.add_response("create_change_set", {"Id": CHANGE_SET}, imported)
    cloudformation.add_response("describe_change_set", {"Status": "CREATE_COMPLETE"})
    cloudformation.add_response("execute_change_set", {}, {"StackName": NAME, "ChangeSetName": CHANGE_SET})
    cloudformation.add_response("describe_stack_events", {"StackEvents": [event(3, "IMPORT_COMPLETE")]})
    Stacks(cloudformation.client, poll=0).adopt(NAME, TEMPLATE, {"Stage": "prod"}, [table])
