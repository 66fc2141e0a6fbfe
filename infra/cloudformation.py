"""CloudFormation's stacks: made, changed and removed, with progress that a person can follow."""

import sys
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from infra.stage import DeployError

POLL_SECONDS = 2.0
UNFINISHED = ("ROLLBACK_COMPLETE", "REVIEW_IN_PROGRESS", "ROLLBACK_FAILED", "DELETE_FAILED")
"""What a stack is in that was never there as a whole: it can only be removed."""

STACK = "AWS::CloudFormation::Stack"

Parameters = Mapping[str, str]


class Stacks:
    """client: boto3's of CloudFormation. poll: seconds between two looks at what is going on."""

    def __init__(self, client: Any, poll: float = POLL_SECONDS) -> None:
        self._client = client
        self._poll = poll

    def outputs(self, name: str) -> Mapping[str, str] | None:
        """What the stack says of itself; None where there is none that is whole."""
        stack = self._whole_stack(name)
        return stack and {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}

    def parameters(self, name: str) -> Parameters:
        """What the stack was told, secrets as asterisks; empty where there is none that is whole."""
        return _parameters(self._whole_stack(name))

    def deploy(self, name: str, template: Mapping[str, str], parameters: Parameters) -> Mapping[str, str]:
        """Makes the stack, or changes it to what the template says; its outputs.

        template: `TemplateBody` or `TemplateURL`. Parameters that are left out keep their value, at first their
        default. Raises DeployError with the resource that failed, and why.
        """
        stack = self._stack(name)
        if stack and stack["StackStatus"] in UNFINISHED:
            self.delete(name)
            stack = None
        if stack and stack["StackStatus"].endswith("_IN_PROGRESS"):
            raise DeployError(f"{name} is being changed by somebody else; try again when that is over")
        if stack and stack["StackStatus"] == "UPDATE_ROLLBACK_FAILED":
            raise DeployError(
                f"the last change of {name} could not be taken back; remove what its events name, then: "
                f"aws cloudformation continue-update-rollback --stack-name {name}"
            )
        started = self._now(name)
        change_set = self._change_set(name, template, parameters, stack)
        if change_set is None:
            _say(f"{name}: nothing to change")
        else:
            _say(f"{name}: {'changing' if stack else 'creating'}")
            self._client.execute_change_set(ChangeSetName=change_set)
            self._follow(name, started)
        outputs = self.outputs(name)
        assert outputs is not None  # noqa: S101 - it is whole now
        return outputs

    def delete(self, name: str) -> None:
        """Removes the stack, if there is one. Raises DeployError with the resource that stays, and why."""
        stack = self._stack(name)
        if stack is None:
            return
        started = self._now(name)
        _say(f"{name}: removing")
        self._client.delete_stack(StackName=stack["StackId"])
        self._follow(stack["StackId"], started)

    def _stack(self, name: str) -> dict[str, Any] | None:
        try:
            stack: dict[str, Any] = self._client.describe_stacks(StackName=name)["Stacks"][0]
        except ClientError as error:
            if "does not exist" in str(error):
                return None
            raise
        return None if stack["StackStatus"] == "DELETE_COMPLETE" else stack

    def _whole_stack(self, name: str) -> dict[str, Any] | None:
        stack = self._stack(name)
        return None if stack is None or stack["StackStatus"] in UNFINISHED else stack

    def _change_set(
        self, name: str, template: Mapping[str, str], parameters: Parameters, stack: dict[str, Any] | None
    ) -> str | None:
        """What has to change, prepared; None when nothing has to."""
        kept = set(_parameters(stack))
        # Some regions have no budgets, some no CloudFront: that neither is asked for is known with the parameters only.
        lenient = {"TreatUnrecognizedResourceTypesAsWarnings": True}
        summary = self._client.get_template_summary(**template, TemplateSummaryConfig=lenient)
        declared = {parameter["ParameterKey"] for parameter in summary["Parameters"]}
        change_set: str = self._client.create_change_set(
            StackName=name,
            ChangeSetName=f"deploy-{time.time_ns()}",
            ChangeSetType="UPDATE" if stack else "CREATE",
            Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
            Parameters=[
                *({"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()),
                *({"ParameterKey": key, "UsePreviousValue": True} for key in sorted(kept & declared - set(parameters))),
            ],
            **template,
        )["Id"]
        while True:
            found = self._client.describe_change_set(ChangeSetName=change_set)
            match found["Status"]:
                case "CREATE_COMPLETE":
                    return change_set
                case "FAILED":
                    reason = found.get("StatusReason", "")
                    self._client.delete_change_set(ChangeSetName=change_set)
                    if "didn't contain changes" in reason or "No updates" in reason:
                        return None
                    raise DeployError(f"{name} cannot be deployed: {reason}")
            time.sleep(self._poll)

    def _follow(self, name: str, started: datetime) -> None:
        """Shows what happens to the stack until it is over. Raises DeployError when it failed.

        Its own event tells that it is over: right after the call the stack may still be described as it was before.
        """
        seen: set[str] = set()
        failures: list[str] = []
        while True:
            for event in reversed(list(self._events(name, started))):
                if event["EventId"] in seen:
                    continue
                seen.add(event["EventId"])
                if event["ResourceStatus"] != "REVIEW_IN_PROGRESS":
                    _say(_line(event))
                failures += _failure(event)
                if _is_the_end(event):
                    _refuse_failure(event, failures)
                    return
            if self._stack(name) is None:
                return
            time.sleep(self._poll)

    def _events(self, name: str, started: datetime) -> Iterator[dict[str, Any]]:
        """The newest first; none of a stack that is gone."""
        try:
            for page in self._client.get_paginator("describe_stack_events").paginate(StackName=name):
                for event in page["StackEvents"]:
                    if event["Timestamp"] <= started:
                        return
                    yield event
        except ClientError as error:
            if "does not exist" not in str(error):
                raise

    def _now(self, name: str) -> datetime:
        """The moment of the newest event by CloudFormation's own clock."""
        try:
            events = self._client.describe_stack_events(StackName=name)["StackEvents"]
        except ClientError:
            events = []
        newest: datetime = events[0]["Timestamp"] if events else datetime(2000, 1, 1, tzinfo=UTC)
        return newest


def _parameters(stack: Mapping[str, Any] | None) -> Parameters:
    return {each["ParameterKey"]: each["ParameterValue"] for each in (stack or {}).get("Parameters", [])}


def _line(event: Mapping[str, Any]) -> str:
    status = event["ResourceStatus"].lower().replace("_", " ")
    reason = f": {event['ResourceStatusReason']}" if event["ResourceStatus"].endswith("FAILED") else ""
    return f"  {event['Timestamp']:%H:%M:%S}  {status:<20} {event['LogicalResourceId']}{reason}"


def _is_the_end(event: Mapping[str, Any]) -> bool:
    of_the_stack = event["ResourceType"] == STACK and event["LogicalResourceId"] == event["StackName"]
    return of_the_stack and not event["ResourceStatus"].endswith("_IN_PROGRESS")


def _refuse_failure(end: Mapping[str, Any], failures: list[str]) -> None:
    status = end["ResourceStatus"]
    if "ROLLBACK" in status or status.endswith("FAILED"):
        why = failures[0] if failures else end.get("ResourceStatusReason") or status
        raise DeployError(f"{end['StackName']}: {why}")


def _failure(event: Mapping[str, Any]) -> list[str]:
    reason = event.get("ResourceStatusReason", "")
    # What was only stopped because something else failed is no reason.
    if not event["ResourceStatus"].endswith("FAILED") or "cancelled" in reason.lower():
        return []
    return [f"{event['LogicalResourceId']} ({event['ResourceType']}): {reason}"]


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()
