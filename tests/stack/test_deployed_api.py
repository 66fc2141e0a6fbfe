"""The API as clients see it after a plain `chalice deploy`: API Gateway, the authorizer and DynamoDB together.

What each route answers in detail is tested without AWS; here it is that the parts are wired.
"""

import re

import pytest

from tests.stack.deployment import Answer, Deployment

WRONG_TOKEN = "0" * 32


def test_first_list_is_empty(first_list: Answer) -> None:
    assert first_list.result == []


# API Gateway answers these two by itself, in a shape of its own.
@pytest.mark.parametrize(("authorization", "status"), [(None, 401), (WRONG_TOKEN, 403)])
@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/server/list"), ("GET", "/server/details"), ("POST", "/server/register")]
)
def test_guarded_route_refuses(
    deployment: Deployment, method: str, path: str, authorization: str | None, status: int
) -> None:
    assert deployment.request(method, path, authorization).status == status


def test_health(deployment: Deployment) -> None:
    result = deployment.get("/health").result
    assert result.keys() == {"version"}
    assert re.fullmatch(r"\d+\.\d+\.\d+.*", result["version"])


def test_token_create_prints_the_token_alone(deployment: Deployment) -> None:
    assert re.fullmatch(r"[0-9A-Za-z]{32}\n", deployment.ops("token", "create", "--note", "test"))


def test_register_simple_answers_the_bare_secret(deployment: Deployment) -> None:
    answer = deployment.post("/server/register?simple=true", deployment.token, {"Name": "simple"})
    assert (answer.status, answer.content_type) == (200, "text/plain; charset=utf-8")
    assert re.fullmatch(r"[0-9A-Za-z]{18}", answer.body)


def test_register_then_list(deployment: Deployment) -> None:
    deployment.register(Name="listed", Tag="list")
    server = deployment.server("listed")
    assert server == {
        "id": server["id"],
        "name": "listed",
        "tag": "list",
        "last_active": -62135596800,
        "ipv4": "",
        "ipv6": "",
        "valid_ip": "",
    }


def test_register_names_a_server_after_its_address(deployment: Deployment) -> None:
    deployment.register(Tag="unnamed")
    (server,) = deployment.get("/server/list?tag=unnamed", deployment.token).result
    assert server["name"] == "127.0.0.1"


def test_report_then_details(deployment: Deployment) -> None:
    secret = deployment.register(Name="reporting")
    id_ = deployment.server("reporting")["id"]
    host = {"Platform": "debian", "CPU": ["4 Virtual Core"], "MemTotal": 2**40, "Arch": "x86_64"}
    state = {"CPU": 1.25, "MemUsed": 2**39, "Uptime": 60, "Temperatures": [{"Name": "core", "Temperature": 40.5}]}
    report = {"secret": secret, "ip": "1.1.1.1/2606:4700::1111", "host": host, "state": state}

    answer = deployment.post("/agent/report", body={"reports": [report]})

    assert (answer.result["reports"], answer.result["monitors"]) == ([{"server_id": id_}], [])
    (details,) = deployment.get(f"/server/details?id={id_}", deployment.token).result
    assert details["last_active"] > 0
    assert (details["ipv4"], details["ipv6"], details["valid_ip"]) == ("1.1.1.1", "2606:4700::1111", "1.1.1.1")
    assert details["host"] | host == details["host"]
    assert details["status"] | state == details["status"]


def test_report_without_state_by_its_header(deployment: Deployment) -> None:
    secret = deployment.register(Name="alive")
    answer = deployment.post("/agent/report", secret, {"reports": [{"ip": "1.0.0.1"}]})
    assert answer.result["reports"] == [{"server_id": deployment.server("alive")["id"]}]
    assert deployment.server("alive")["ipv4"] == "1.0.0.1"


def test_register_only_token(deployment: Deployment) -> None:
    token = deployment.new_token("--scope", "register")
    assert deployment.post("/server/register", token, {"Name": "by a narrow token"}).json["code"] == 200
    assert deployment.get("/server/list", token).status == 403
    # API Gateway keeps what the authorizer said for one route, and must not take it for another.
    assert deployment.post("/server/register", token).status == 200


def test_monitor_of_hidden_server(deployment: Deployment) -> None:
    deployment.register(Name="hidden", HideForGuest="on")
    path = f"/monitor/{deployment.server('hidden')['id']}"
    assert deployment.get(path).status == 403
    assert deployment.get(path, WRONG_TOKEN).status == 403
    assert deployment.get(path, deployment.token).result is None


def test_monitor_of_visible_server(deployment: Deployment) -> None:
    deployment.register(Name="visible", HideForGuest="off")
    assert deployment.get(f"/monitor/{deployment.server('visible')['id']}").result is None


def test_deploy_again_upgrades_in_place(deployment: Deployment) -> None:
    deployment.register(Name="from before")
    before, kept = deployment.deployed, deployment.server("from before")
    module = deployment.folder / "chalicelib" / "__init__.py"
    version = deployment.get("/health").result["version"]
    source = module.read_text()
    module.write_text(source.replace(version, "98.7.6"))
    try:
        deployment.deploy()
    finally:
        module.write_text(source)  # other stages are of the same checkout

    assert deployment.get("/health").result == {"version": "98.7.6"}
    assert deployment.deployed == before
    assert deployment.server("from before") == kept
    assert deployment.ops("tables", "create") == ""
