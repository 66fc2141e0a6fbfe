"""Creates, updates and removes CloudFormation's stacks, and prints the progress."""

import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from infra.stage import DeployError

POLL_SECONDS = 2.0
UNFINISHED = ("ROLLBACK_COMPLETE", "REVIEW_IN_PROGRESS", "ROLLBACK_FAILED", "DELETE_FAILED")
"""The states of a stack that was never complete, or no longer is. Such a stack can only be removed."""

STACK = "AWS::CloudFormation::Stack"

Parameters = Mapping[str, str]
Values = list[dict[str, Any]]


class Stacks:
    """client: boto3's client for CloudFormation. poll: the maximum number of seconds between two looks at a stack."""

    def __init__(self, client: Any, poll: float = POLL_SECONDS) -> None:
        self._client = client
        self._poll = poll

    def exists(self, name: str) -> bool:
        """Whether there is a stack of that name, in whatever state."""
        return self._stack(name) is not None

    def outputs(self, name: str) -> Mapping[str, str] | None:
        """Returns the stack's outputs; None when there is no stack, or one that was never complete."""
        stack = self._whole_stack(name)
        return stack and {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}

    def parameters(self, name: str) -> Parameters:
        """Returns the stack's parameters, secrets as asterisks; none when there is no complete stack."""
        return _parameters(self._whole_stack(name))

    def deploy(self, name: str, template: Mapping[str, str], parameters: Parameters) -> Mapping[str, str]:
        """Creates or updates the stack and returns its outputs.

        template: `TemplateBody` or `TemplateURL`. Parameters that are left out keep their value; in a new stack they
        have their default. Raises DeployError with the resource that failed, and why.
        """
        stack = self._stack(name)
        if stack and stack["StackStatus"] in UNFINISHED:
            self.delete(name)
            stack = None
        if stack and stack["StackStatus"].endswith("_IN_PROGRESS"):
            raise DeployError(f"{name} is being changed by another deployment; try again later")
        if stack and stack["StackStatus"] == "UPDATE_ROLLBACK_FAILED":
            raise DeployError(
                f"CloudFormation could not roll back the last update of {name}; fix the cause shown in its "
                f"events, then run: aws cloudformation continue-update-rollback --stack-name {name}"
            )
        started = self._now(name)
        change = {
            "ChangeSetType": "UPDATE" if stack else "CREATE",
            "Capabilities": ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
            "Parameters": [*_values(parameters), *self._kept(template, parameters, stack)],
        }
        change_set = self._change_set(name, {**change, **template})
        if change_set is None:
            _say(f"{name}: nothing to change")
        else:
            _say(f"{name}: {'updating' if stack else 'creating'}")
            self._client.execute_change_set(StackName=name, ChangeSetName=change_set)
            self._follow(name, started)
        outputs = self.outputs(name)
        assert outputs is not None  # noqa: S101 - it is complete now
        return outputs

    def adopt(
        self, name: str, template: Mapping[str, str], parameters: Parameters, resources: Sequence[Mapping[str, Any]]
    ) -> None:
        """Creates a stack of existing resources, without changing them.

        template: as for `deploy`, with nothing but these resources. A stack of this name whose removal failed is
        removed first, but the resources that prevented that are kept. Raises DeployError.
        """
        stack = self._stack(name)
        if stack:
            self.delete(name, keeping=self._not_removable(name) if stack["StackStatus"] == "DELETE_FAILED" else ())
        started = self._now(name)
        change = {"ChangeSetType": "IMPORT", "ResourcesToImport": resources, "Parameters": _values(parameters)}
        change_set = self._change_set(name, {**change, **template})
        _say(f"{name}: adopting {len(resources)} resources")
        self._client.execute_change_set(StackName=name, ChangeSetName=change_set)
        self._follow(name, started)

    def delete(self, name: str, *, keeping: Sequence[str] = ()) -> None:
        """Removes the stack, if there is one. Raises DeployError with the resource that cannot be removed, and why.

        keeping: the names of resources to keep; only for a stack whose removal has failed before.
        """
        stack = self._stack(name)
        if stack is None:
            return
        started = self._now(name)
        _say(f"{name}: removing")
        self._client.delete_stack(StackName=stack["StackId"], **({"RetainResources": keeping} if keeping else {}))
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

    def _not_removable(self, name: str) -> list[str]:
        pages = self._client.get_paginator("list_stack_resources").paginate(StackName=name)
        resources = (resource for page in pages for resource in page["StackResourceSummaries"])
        return [one["LogicalResourceId"] for one in resources if one["ResourceStatus"] == "DELETE_FAILED"]

    def _kept(self, template: Mapping[str, str], given: Parameters, stack: Mapping[str, Any] | None) -> Values:
        """The stack's parameters that the template still has, and that this deployment does not set."""
        # Some regions lack budgets, some lack CloudFront. Whether a template uses them depends on its parameters.
        lenient = {"TreatUnrecognizedResourceTypesAsWarnings": True}
        summary = self._client.get_template_summary(**template, TemplateSummaryConfig=lenient)
        declared = {parameter["ParameterKey"] for parameter in summary["Parameters"]}
        kept = set(_parameters(stack)) & declared - set(given)
        return [{"ParameterKey": key, "UsePreviousValue": True} for key in sorted(kept)]

    def _change_set(self, name: str, change: Mapping[str, Any]) -> str | None:
        """Returns a change set that is ready to be executed; None when nothing has to change."""
        change_set: str = self._client.create_change_set(
            StackName=name, ChangeSetName=f"deploy-{time.time_ns()}", **change
        )["Id"]
        waits = self._waits()
        while True:
            found = self._client.describe_change_set(StackName=name, ChangeSetName=change_set)
            match found["Status"]:
                case "CREATE_COMPLETE":
                    return change_set
                case "FAILED":
                    reason = found.get("StatusReason", "")
                    self._client.delete_change_set(StackName=name, ChangeSetName=change_set)
                    if "didn't contain changes" in reason or "No updates" in reason:
                        return None
                    raise DeployError(f"{name} cannot be deployed: {reason}")
            time.sleep(next(waits))

    def _follow(self, name: str, started: datetime) -> None:
        """Prints the stack's events until the operation ends. Raises DeployError when it failed.

        The end is recognized by the stack's own event, because right after a call CloudFormation may still describe the
        previous state.
        """
        seen: set[str] = set()
        failures: list[str] = []
        waits = self._waits()
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
            time.sleep(next(waits))

    def _waits(self) -> Iterator[float]:
        """Seconds to wait before each look; short at first, as small changes take little time."""
        wait = self._poll / 16
        while True:
            yield wait
            wait = min(2 * wait, self._poll)

    def _events(self, name: str, started: datetime) -> Iterator[dict[str, Any]]:
        """The events after `started`, the newest first; none when the stack is gone."""
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
        """The time of the stack's newest event, by CloudFormation's clock."""
        try:
            events = self._client.describe_stack_events(StackName=name)["StackEvents"]
        except ClientError:
            events = []
        newest: datetime = events[0]["Timestamp"] if events else datetime(2000, 1, 1, tzinfo=UTC)
        return newest


def _parameters(stack: Mapping[str, Any] | None) -> Parameters:
    return {each["ParameterKey"]: each["ParameterValue"] for each in (stack or {}).get("Parameters", [])}


def _values(parameters: Parameters) -> Values:
    return [{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()]


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
    # A resource that was cancelled because another one failed is not the reason.
    if not event["ResourceStatus"].endswith("FAILED") or "cancelled" in reason.lower():
        return []
    return [f"{event['LogicalResourceId']} ({event['ResourceType']}): {reason}"]


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()
