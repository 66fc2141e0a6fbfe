"""Reports through the function URL of a deployed stage, which the emulated AWS serves by a path of its own."""

import json
import time
from contextlib import closing
from http.client import HTTPConnection, HTTPResponse
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.local.running import wait_until
from tests.stack.stack_deployment import Stack

PATH = "/api/v1/agent/report"
HOST = {"Platform": "debian", "CPU": ["4 Virtual Core"], "MemTotal": 2**40, "Arch": "x86_64"}


def send(
    stack: Stack, method: str, path: str, headers: Any = (), body: bytes | None = None
) -> tuple[HTTPResponse, Any]:
    """One request to the URL that the deployment tells: its answer, and the JSON in it."""
    function = urlsplit(stack.outputs["ReportUrl"]).netloc.partition(".")[0]
    with closing(HTTPConnection(urlsplit(stack.aws.url).netloc, timeout=120)) as connection:
        connection.request(method, f"/_aws/lambda-url/{function}{path}", body, dict(headers))
        answer = connection.getresponse()
        return answer, json.loads(answer.read())


def report(stack: Stack, *reports: dict[str, Any], secret: str = "") -> Any:
    headers = {"Content-Type": "application/json"} | ({"Authorization": secret} if secret else {})
    answer, told = send(stack, "POST", PATH, headers, json.dumps({"reports": reports}).encode())
    assert (answer.status, told["code"]) == (200, 0), told
    return told["result"]


def test_dashboard_tells_agents_the_url_and_it_takes_their_reports(stack: Stack) -> None:
    report_everything(stack, "direct")


def report_everything(stack: Stack, name: str) -> None:
    """A new server's report with every part, sent where the dashboard says."""
    secret = stack.register(Name=name)
    id_ = stack.server(name)["id"]
    told = stack.post("/agent/report", secret, {"reports": [{}]}).result
    assert told["report_url"] == stack.outputs["ReportUrl"]
    monitor = {"name": "one", "type": "icmp", "target": "127.0.0.1"}
    monitor_id = stack.as_person("POST", "/monitor", monitor).result["id"]
    now = int(time.time())
    whole = {
        "at": now,
        "host": HOST,
        "ip": "192.0.2.7",
        "state": {"CPU": 1.25, "MemUsed": 2**39},
        "minutes": [{"at": now - 120, "samples": 60, "CPU": 5}],
        "pings": [{"monitor_id": monitor_id, "at": now - 60, "delay": 1.5, "up": 1}],
    }
    taken = report(stack, whole, secret=secret)
    assert taken["reports"] == [{"server_id": id_}]
    assert [one["id"] for one in taken["monitors"]] == [monitor_id]
    (details,) = stack.get(f"/server/details?id={id_}", stack.token).result
    assert (details["host"] | HOST, details["status"]["CPU"]) == (details["host"], 1.25)
    assert details["ipv4"] == "192.0.2.7"
    (series,) = stack.get(f"/monitor/{id_}", stack.token).result
    assert series["avg_delay"] == [1.5]
    assert stack.as_person("DELETE", f"/monitor/{monitor_id}").status == 200


def test_role_of_the_function_allows_exactly_what_it_calls(stack: Stack) -> None:
    role = stack.resources["ReportsRole"]

    def used() -> set[tuple[str, str]]:
        asked = [one for one in stack.aws.permissions() if one.role == role]
        assert [one for one in asked if not one.allowed] == []
        return {(one.action, one.resource.rpartition("-")[2]) for one in asked if one.action.startswith("dynamodb:")}

    assert stack.as_person("PATCH", "/settings", {"flush": 300}).status == 200
    report_everything(stack, "permitted")
    secret = stack.register(Name="again")
    # The function notices within 15 seconds that settings were changed.
    wait_until(
        lambda: report(stack, {"state": {}}, secret=secret) and ("dynamodb:GetItem", "settings") in used(), 120, pause=1
    )
    with closing(stack.aws.client("iam")) as client:
        document = client.get_role_policy(RoleName=role, PolicyName="data")["PolicyDocument"]
    allowed = {
        (action, str(statement["Resource"]).rpartition("-")[2])
        for statement in document["Statement"]
        for action in statement["Action"]
    }
    assert used() == allowed


def test_strangers_and_everything_but_reports_are_refused(stack: Stack) -> None:
    (outcome,) = report(stack, {"state": {}}, secret="0" * 18)["reports"]
    assert outcome["error"] == "unknown_secret"
    for method, path, status in (
        ("GET", "/", 404),
        ("GET", "/api/v1/server/list", 404),
        ("GET", PATH, 405),
        ("DELETE", PATH, 405),
    ):
        answer, told = send(stack, method, path, {"Authorization": stack.token})
        assert (answer.status, told["code"]) == (status, status), path
        assert answer.headers["Cache-Control"] == "no-store"
    answer, told = send(stack, "POST", PATH, {}, b"{")
    assert (answer.status, told["code"]) == (400, 400)


@pytest.mark.parametrize("content_type", ["application/json", "text/plain", "application/octet-stream", ""])
def test_body_counts_whatever_its_type(stack: Stack, content_type: str) -> None:
    """Lambda encodes bodies of some types, and passes on others as they are."""
    headers = {"Content-Type": content_type} if content_type else {}
    body = json.dumps({"reports": [{"secret": "none", "ip": "", "host": {"Platform": "deb é"}}]}).encode()
    answer, told = send(stack, "POST", PATH, headers, body)
    assert (answer.status, told["result"]["reports"][0]["error"]) == (200, "unknown_secret")
