"""What the deployed functions may do: as much as they need, and nothing else."""

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.scheduled import JOBS
from tests.stack.deployment import Deployment
from tests.stack.emulator import Permission


def test_no_permission_is_unused(deployment: Deployment) -> None:
    use_every_permission(deployment)
    asked = {one for one in deployment.aws.permissions() if one.role in deployment.policies}
    used = {(one.role, one.action, table_of(one.resource)) for one in asked if one.allowed and table_of(one.resource)}
    assert used == {
        (role, *allowed) for role, policy in deployment.policies.items() for allowed in allowed_on_tables(policy)
    }
    assert {one.action for one in asked if not table_of(one.resource)} == {"apigateway:DELETE", "lambda:InvokeFunction"}
    assert refused(asked) == set()


@pytest.mark.parametrize(
    ("action", "method", "path"),
    [
        ("dynamodb:BatchGetItem", "GET", "/server/details?id={}"),
        ("dynamodb:GetItem", "GET", "/health"),
        ("dynamodb:PutItem", "POST", "/server/register"),
        ("dynamodb:Scan", "GET", "/server/list"),
    ],
)
def test_route_fails_without_its_permission(deployment: Deployment, action: str, method: str, path: str) -> None:
    deployment.register(Name=action)
    path = path.format(deployment.server(action)["id"])
    assert deployment.request(method, path, deployment.token).status == 200
    with deployment.without(action):
        assert deployment.request(method, path, deployment.token).status == 503
    assert deployment.request(method, path, deployment.token).status == 200


def use_every_permission(deployment: Deployment) -> None:
    """Asks every route in each of the ways that make it call DynamoDB differently."""
    secret = deployment.register(Name="permitted", HideForGuest="off")  # one more that guests see, to be counted
    id_ = deployment.server("permitted")["id"]
    for at, more in ((2, {}), (1, {"not_kept": ["host"]})):  # the second is older than what is stored, and at once
        report = {"secret": secret, "at": at, "host": {"BootTime": at}, "state": {"CPU": at}}
        (outcome,) = deployment.post("/agent/report", body={"reports": [report]}).result["reports"]
        assert outcome == {"server_id": id_, **more}
    for path in (f"/server/details?id={id_}", f"/monitor/{id_}"):
        assert deployment.get(path, deployment.token).status == 200
    minute = {"at": int(time.time()) - 13 * 3600, "samples": 60, "CPU": 5}  # in the last half day, to be rolled up
    report = {"secret": secret, "minutes": [minute]}
    assert deployment.post("/agent/report", body={"reports": [report]}).result["reports"] == [{"server_id": id_}]
    run_jobs(deployment)
    use_peoples_permissions(deployment, id_, secret)
    run_jobs(deployment)  # which read again what has changed
    assert deployment.get("/server/list", deployment.token).status == 200


def run_jobs(deployment: Deployment) -> None:
    for job in JOBS:
        deployment.run(job)


def use_peoples_permissions(deployment: Deployment, server_id: int, secret: str) -> None:
    """What people and their monitors make the functions do. The server is deleted in the end."""
    assert deployment.as_person("PATCH", "/settings", {"site_name": "Stack"}).status == 200
    assert deployment.get("/server/list", deployment.session.partition("=")[2]).status == 200
    monitor = {"name": "one", "type": "icmp", "target": "127.0.0.1"}
    monitor_id = deployment.as_person("POST", "/monitor", monitor).result["id"]
    point = {"monitor_id": monitor_id, "at": int(time.time()) - 60, "delay": 1.5, "up": 1}
    report = {"secret": secret, "pings": [point]}
    (outcome,) = deployment.post("/agent/report", body={"reports": [report]}).result["reports"]
    assert outcome == {"server_id": server_id}
    (series,) = deployment.get(f"/monitor/{server_id}", deployment.token).result
    assert series["avg_delay"] == [1.5]
    assert deployment.as_person("GET", f"/ping/{server_id}").result[0]["up"] == [1]
    token_id = deployment.as_person("POST", "/token", {"note": "short-lived"}).result["id"]
    assert deployment.as_person("GET", "/monitor/status").status == 200
    rule_id, channel_id = use_alerts(deployment, secret)
    for path in (
        f"/rule/{rule_id}",
        f"/channel/{channel_id}",
        f"/token/{token_id}",
        f"/monitor/{monitor_id}",
        f"/server/{server_id}",
    ):
        assert deployment.as_person("DELETE", path).status == 200


def use_alerts(deployment: Deployment, secret: str) -> tuple[int, int]:
    """The ids of a new rule and its channel."""
    channel = {"name": "Inside", "kind": "webhook", "url": "http://127.0.0.1:1/"}
    channel_id = deployment.as_person("POST", "/channel", channel).result["id"]
    tried = deployment.as_person("POST", f"/channel/{channel_id}/test").result
    assert tried == {"delivered": False, "error": "the address is not allowed"}
    rule = {"name": "Busy", "conditions": [{"type": "cpu", "above": 90}], "duration": 0}
    lossy = {"name": "Lossy", "conditions": [{"type": "loss", "above": 5}]}
    deployment.as_person("POST", "/rule", lossy)
    silent = deployment.as_person("POST", "/rule", rule).result["id"]
    rule_id = deployment.as_person("POST", "/rule", {**rule, "channels": [channel_id]}).result["id"]
    report = {"secret": secret, "state": {"CPU": 95}}
    deployment.post("/agent/report", body={"reports": [report]})
    run_jobs(deployment)
    assert len(deployment.as_person("GET", "/event?open=1").result) == 2
    assert deployment.as_person("PATCH", f"/rule/{rule_id}", {"name": "Idle"}).status == 200
    assert deployment.as_person("DELETE", f"/rule/{silent}").status == 200
    run_jobs(deployment)
    (over,) = [one for one in deployment.as_person("GET", "/event").result if one["ended"]]
    assert (over["rule_id"], over["reason"]) == (silent, "rule_changed")
    return rule_id, channel_id


def refused(asked: set[Permission]) -> set[Permission]:
    """What was asked for and not allowed. An invocation is also held against what the function itself allows, which is
    not needed where the role allows it."""
    return {one for one in asked if not one.allowed and replace(one, allowed=True) not in asked}


def allowed_on_tables(policy: Mapping[str, Any]) -> set[tuple[str, str]]:
    """(action, table) of every permission for a table."""
    return {
        (action, table_of(resource))
        for statement in policy["Statement"]
        for action in statement["Action"]
        for resource in statement["Resource"]
        if action.startswith("dynamodb:")
    }


def table_of(resource: str) -> str:
    """The table that an ARN names."""
    return resource.partition(":table/")[2]
