"""GET /openapi.json, and whether it describes what the dashboard really does."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema_rs import Draft202012Validator, meta

from chalicelib.api.description import DOCUMENT
from chalicelib.api.v0.words import HOST_FIELDS
from chalicelib.fleet.figures import V0_NAMES
from chalicelib.fleet.tokens import hash_of
from tests.api.people.panel import _published_file, cookie_of, every_route, sign_in, signed_in
from tests.golden import recorded
from tests.golden.differences import expected
from tests.support.dashboard import Dashboard
from tests.support.described import problems

SCHEMAS = DOCUMENT["components"]["schemas"]
PROJECT = Path(__file__).parents[2]
SECONDS = 280


def test_description_is_served_to_anyone_and_may_be_kept(dashboard: Dashboard) -> None:
    answer = dashboard.get("/openapi.json")
    assert (answer.status, answer.json) == (200, DOCUMENT)
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    assert answer.headers["cache-control"] == "public, max-age=3600"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert len(answer.body) < 128 * 1024


def test_routes_and_description_agree(dashboard: Dashboard) -> None:
    described = {f"{method.upper()} {path}" for path, methods in DOCUMENT["paths"].items() for method in methods}
    assert described == every_route(dashboard)


def test_every_reference_and_link_leads_somewhere() -> None:
    operations = {one["operationId"]: one for methods in DOCUMENT["paths"].values() for one in methods.values()}
    assert len(operations) == sum(map(len, DOCUMENT["paths"].values()))
    found = set(references(DOCUMENT))
    components = DOCUMENT["components"]
    assert found == {f"#/components/{kind}/{name}" for kind in ("schemas", "responses") for name in components[kind]}
    for operation in operations.values():
        for link in operation["responses"]["200"].get("links", {}).values():
            assert link["operationId"] in operations
        for scheme in operation["security"]:
            assert scheme.keys() <= components["securitySchemes"].keys()


def references(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        if "$ref" in value:
            yield value["$ref"]
        for inner in value.values():
            yield from references(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from references(inner)


@pytest.mark.parametrize("name", SCHEMAS)
def test_schema_is_one_and_its_examples_obey_it(name: Any) -> None:
    meta.validate(SCHEMAS[name])
    whole = Draft202012Validator({**SCHEMAS[name], "components": DOCUMENT["components"]})
    for example in SCHEMAS[name].get("examples", ()):
        whole.validate(example)


def test_description_knows_exactly_v0s_fields() -> None:
    assert [*SCHEMAS["Host"]["properties"]] == [*HOST_FIELDS]
    assert {*SCHEMAS["Status"]["properties"]} == {*V0_NAMES, "Temperatures"}
    assert [*SCHEMAS["Status"]["properties"]][-2:] == ["Temperatures", "GPU"]


def test_an_answer_with_a_field_more_or_less_or_of_another_type_is_found_out(dashboard: Dashboard) -> None:
    dashboard.server()
    token = dashboard.token()
    answer = dashboard.get("/api/v1/server/list", token)
    headers = answer.headers

    def found(change: Callable[..., Any], status: int = 200, headers: Any | dict[str, Any] = headers) -> list[str]:
        body = answer.json
        change(body["result"][0])
        return problems("GET", "/api/v1/server/list", (status, headers, json.dumps(body).encode()))

    assert found(lambda _: None) == []
    assert found(lambda server: server.update(more=1))
    assert found(lambda server: server.pop("valid_ip"))
    assert found(lambda server: server.update(id="1"))
    assert found(lambda _: None, status=418)
    assert found(lambda _: None, headers={**headers, "content-type": "text/html"})


def test_answers_of_the_original_obey_the_description() -> None:
    """Except for the differences that docs/compatibility.md lists."""
    checked = 0
    for exchange in recorded.exchanges():
        if exchange.answer.status == 200 and exchange.path.startswith("/api/v1/"):
            answer, _ = expected(exchange)
            if isinstance(answer.body, recorded.Pairs):
                headers = {"content-type": "application/json; charset=utf-8"}
                body = plain(answer.body).encode()
                assert problems(exchange.method, exchange.target, (answer.status, headers, body)) == []
                checked += 1
    assert checked > 100


def plain(value: Any) -> Any:
    """A recorded answer as JSON, every number in its own digits."""
    if isinstance(value, recorded.Pairs):
        return "{" + ",".join(f"{json.dumps(name)}:{plain(inner)}" for name, inner in value) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(plain, value)) + "]"
    return value if isinstance(value, recorded.Number) else json.dumps(value)


STAYING = ("--exclude-operation-id", "signOut", "--exclude-operation-id", "endSessions")
"""Without the operations that end the session that the others need."""
ALONE = ("--phases", "examples,coverage,fuzzing")
OF_SERVERS = r"^/api/(v1/|server|monitor)"


@pytest.mark.parametrize(
    "only",
    [
        (*STAYING, *ALONE, "--include-path-regex", OF_SERVERS),
        (*STAYING, *ALONE, "--exclude-path-regex", OF_SERVERS),
        (*STAYING, "--phases", "stateful"),
        ("--include-operation-id", "signOut", *ALONE),
    ],
    ids=["of servers", "all others", "one after another", "signing out"],
)
def test_schemathesis_finds_nothing_but_what_is_described(
    dashboard: Dashboard, only: tuple[Any, ...], tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    more = ("--max-examples", "100") if pytestconfig.getoption("--thorough") else ()
    panel = signed_in(dashboard)
    secrets = [dashboard.server(f"server {number}")[1] for number in range(30)]
    monitor, channel = panel.monitor(), panel.channel()
    panel.post("/api/rule", {"name": "hot", "conditions": [{"type": "cpu", "above": 90}], "channels": [channel]})
    minute = int(dashboard.clock.now) - 60
    ping = {"monitor_id": monitor, "at": minute, "delay": 3.5, "up": 1, "down": 0}
    dashboard.report({"host": {"CPU": ["one"]}, "state": {"CPU": 1}, "pings": [ping]}, credential=secrets[0])
    known = {
        "TOKEN": dashboard.token(),
        "SECRET": secrets[0],
        "SESSION": panel.cookie.partition("=")[2],
        "OTHER_SESSION": hash_of(cookie_of(sign_in(dashboard)).partition("=")[2])[:16],
        "STATIC_FILE": _published_file(dashboard),
        # Where the other tests keep their tables of Unicode, which take seconds to compute.
        "HYPOTHESIS_STORAGE_DIRECTORY": str(PROJECT / ".hypothesis"),
    }
    ran = subprocess.run(
        [
            Path(sys.executable).with_name("schemathesis"),
            *("--config-file", Path(__file__).with_name("schemathesis.toml")),
            *("run", f"{dashboard.url}/openapi.json", "--no-color", *only, *more),
        ],
        cwd=tmp_path,
        env={**os.environ, **known},
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "WARNINGS" not in ran.stdout, ran.stdout
