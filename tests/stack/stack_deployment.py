"""A stage of the project in the emulated AWS by `make deploy`'s command: CloudFormation, the gateway, the edge."""

import json
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from chalicelib.scheduled import JOBS, ROLLUP, Job
from infra.from_jobs import logical_id
from tests.stack.deployment import Answer, Deployment
from tests.support.edge_function import through_the_edge

VIEWER = "203.0.113.5"
COUNTRY = "JP"


@dataclass(frozen=True)
class Stack(Deployment):
    stage: str = "edge"
    gateway_stage: str = "api"

    def deploy(self, *options: str) -> str:
        return self._run("-m", "infra", "deploy", "--stage", self.stage, *options)

    def attempt(self, *arguments: str, typed: str = "") -> subprocess.CompletedProcess[str]:
        for known in ("_described", "resources"):
            self.__dict__.pop(known, None)  # the program may change it
        return super().attempt(*arguments, typed=typed)

    @property
    def api_id(self) -> str:
        return self.outputs["RestAPIId"]

    @property
    def outputs(self) -> Mapping[str, str]:
        return {output["OutputKey"]: output["OutputValue"] for output in self._described["Outputs"]}

    @property
    def parameters(self) -> Mapping[str, str]:
        return {parameter["ParameterKey"]: parameter["ParameterValue"] for parameter in self._described["Parameters"]}

    @cached_property
    def _described(self) -> Mapping[str, Any]:
        with closing(self.aws.client("cloudformation")) as client:
            (stack,) = client.describe_stacks(StackName=f"nezha-{self.stage}")["Stacks"]
            found: Mapping[str, Any] = stack
            return found

    @cached_property
    def resources(self) -> Mapping[str, str]:
        """The physical id of each resource, by its name in the template."""
        return {one["LogicalResourceId"]: one["PhysicalResourceId"] for one in self._made()}

    @property
    def kinds(self) -> set[str]:
        """The kinds of the resources of the application and of its data."""
        return {one["ResourceType"] for suffix in ("", "-data") for one in self._made(suffix)}

    def _made(self, suffix: str = "") -> list[Any]:
        with closing(self.aws.client("cloudformation")) as client:
            pages = client.get_paginator("list_stack_resources").paginate(StackName=f"nezha-{self.stage}{suffix}")
            return [one for page in pages for one in page["StackResourceSummaries"]]

    @property
    def files(self) -> str:
        """The bucket with the pages' files."""
        (bucket,) = [one["PhysicalResourceId"] for one in self._made("-data") if one["LogicalResourceId"] == "Files"]
        return str(bucket)

    @property
    def budgets(self) -> Mapping[float, set[str]]:
        """The addresses that each budget of the account writes to, by its dollars."""
        account = {"AccountId": self.aws.account}
        with closing(self.aws.client("budgets")) as client:

            def addresses(name: str) -> Iterator[str]:
                of = {**account, "BudgetName": name}
                for notification in client.describe_notifications_for_budget(**of)["Notifications"]:
                    found = client.describe_subscribers_for_notification(**of, Notification=notification)
                    yield from (subscriber["Address"] for subscriber in found["Subscribers"])

            found = client.describe_budgets(**account)["Budgets"]
            return {float(one["BudgetLimit"]["Amount"]): set(addresses(one["BudgetName"])) for one in found}

    @property
    def policies(self) -> Mapping[str, Mapping[str, Any]]:
        """What each function's role may do with tables, by the role's name."""
        resources = self.resources
        with closing(self.aws.client("iam")) as iam:
            names = ("ApiHandlerRole", "AuthorizerRole", *(f"{logical_id(job)}Role" for job in JOBS))
            roles = [resources[name] for name in names]
            found = {role: iam.get_role_policy(RoleName=role, PolicyName="data")["PolicyDocument"] for role in roles}
        return {role: _as_lists(policy) for role, policy in found.items()}

    @property
    def meter_policy(self) -> tuple[str, Mapping[str, Any]]:
        """The role that may ask what the stage used, and what else it may do for that."""
        role = self.resources[f"{logical_id(ROLLUP)}Role"]
        with closing(self.aws.client("iam")) as iam:
            policy = {role: iam.get_role_policy(RoleName=role, PolicyName="meter")["PolicyDocument"]}
        return role, _as_lists(policy[role])

    @property
    def functions(self) -> list[str]:
        resources = self.resources
        return [resources[name] for name in ("APIHandler", "Authorizer", *map(logical_id, JOBS))]

    def function(self, job: Job) -> str:
        return self.resources[logical_id(job)]

    @cached_property
    def edge_secret(self) -> str:
        """What the edge proves itself by, as the function was told."""
        with closing(self.aws.client("lambda")) as client:
            function = client.get_function_configuration(FunctionName=self.resources["APIHandler"])
            secret: str = function["Environment"]["Variables"]["NEZHA_EDGE_SECRET"]
            return secret

    def through_edge(self, method: str, path: str, headers: Mapping[str, str], body: Any = None) -> Answer:
        """A browser's request through the edge's own function, and with what CloudFront adds."""
        sent = self.from_edge({"Host": "nezha.example", **headers}, VIEWER) | {"cloudfront-viewer-country": COUNTRY}
        return self._send(method, path, sent, None if body is None else json.dumps(body))

    def from_edge(self, headers: Mapping[str, Any], viewer: str) -> dict[str, Any]:
        """With which headers a viewer's request goes on to the gateway, which is asked by its own host."""
        sent = through_the_edge(headers, viewer)
        del sent["host"]
        return {**sent, "x-nezha-edge": self.edge_secret}


def _as_lists(policy: Mapping[str, Any]) -> Mapping[str, Any]:
    """Its statements with lists for what may stand alone."""
    return {
        **policy,
        "Statement": [
            {**one, **{key: one[key] if isinstance(one[key], list) else [one[key]] for key in ("Action", "Resource")}}
            for one in policy["Statement"]
        ],
    }
