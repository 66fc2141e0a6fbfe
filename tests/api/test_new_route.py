"""A route is one entry and one view: everything else follows, as these tests see for two that they add."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from chalice.app import AuthRequest
from chalice.deploy.swagger import CFNSwaggerGenerator

from benchmarks.hostile_targets import body_paths, paths, session_paths
from benchmarks.watched_store import WatchedStore
from chalicelib.api.answers import Answer, success
from chalicelib.api.authorizer import authorize, guarded
from chalicelib.api.call import Call
from chalicelib.api.description import document
from chalicelib.api.json_output import json_text
from chalicelib.api.route import ANYONE, PEOPLE, READERS, SHARED, Operation, Route, Throttle
from chalicelib.api.routes import ROUTES
from infra import template
from infra.api_reference import reference
from tests.api.people.panel import signed_in
from tests.api.people.test_access_table import rows
from tests.support.dashboard import Clock, Dashboard, application, serve

PROJECT = Path(__file__).parents[2]


def colors(call: Call, id: str) -> Answer:  # noqa: A002 - the path's word
    return success(json_text({"version": f"{id} for a {call.caller.kind}"}))


def motto(_: Call) -> Answer:
    return success(json_text({"version": "ex nihilo"}))


def edit_motto(call: Call) -> Answer:
    return success(json_text(call.fields()["site_name"]))


COLORS = Route(
    "GET",
    "/api/v1/color/{id}",
    colors,
    READERS,
    Operation("colors", "Returns a server's colors", result="Health", about="server"),
    throttle=Throttle(7, 9),
)
MOTTO = Route(
    "GET", "/api/motto", motto, ANYONE, Operation("motto", "Returns the motto", result="Health"), cache=SHARED
)
EDIT_MOTTO = Route(
    "PATCH",
    "/api/motto",
    edit_motto,
    PEOPLE,
    Operation("editMotto", "Changes the motto", result="string", body="SettingsChanges"),
)
WITH_NEW = (*ROUTES, COLORS, MOTTO, EDIT_MOTTO)


@pytest.fixture
def extended(store: WatchedStore) -> Iterator[Any]:
    with serve(store, Clock(), routes=WITH_NEW) as dashboard:
        yield dashboard


def test_new_route_is_served_to_those_who_may_call_it(extended: Any) -> None:
    assert extended.get("/api/v1/color/5", extended.token("read")).result == {"version": "5 for a token"}
    assert extended.get("/api/v1/color/5", extended.token("register")).error == (403, 403)
    assert extended.get("/api/v1/color/5").error == (401, 403)
    assert extended.get("/api/motto").result == {"version": "ex nihilo"}
    assert extended.request("PATCH", "/api/motto", {}, b"{}").error == (401, 403)


def test_new_route_is_not_there_without_its_entry(dashboard: Dashboard) -> None:
    assert dashboard.get("/api/v1/color/5", dashboard.token()).error == (404, 404)


def test_authorizer_lets_readers_call_a_new_guarded_route(dashboard: Dashboard) -> None:
    def opened(*scopes: Any) -> list[Any]:
        request = AuthRequest("TOKEN", dashboard.token(*scopes), "arn:aws:execute-api:r:1:api/stage/GET/api/v1/color/5")
        routes: Any = authorize(request, dashboard.store, 0, guarded(WITH_NEW)).routes
        return [route.path for route in routes]

    assert "/api/v1/color/*" in opened("read")
    assert "/api/v1/color/*" not in opened("register")
    assert "/api/motto" not in opened()


def test_api_gateway_is_told_of_a_new_route(dashboard: Dashboard) -> None:
    swagger = CFNSwaggerGenerator().generate_swagger(application(dashboard.store, dashboard.clock, WITH_NEW))
    assert "security" in swagger["paths"]["/api/v1/color/{id}"]["get"]
    assert swagger["paths"]["/api/motto"].keys() == {"get", "head", "patch"}


def test_new_route_is_described() -> None:
    described = document(WITH_NEW)["paths"]
    color = described["/api/v1/color/{id}"]["get"]
    assert (color["operationId"], color["tags"]) == ("colors", ["v0"])
    assert color["security"] == [{"token": ["read"]}, {"session": []}]
    assert [one["name"] for one in color["parameters"]] == ["id"]
    assert color["responses"].keys() == {"200", "400", "401", "403", "404", "429", "503"}
    assert described["/api/motto"].keys() == {"get", "patch"}
    assert described["/api/motto"]["patch"]["requestBody"]["required"]


def test_new_route_is_in_the_reference() -> None:
    text = "\n".join(reference(document(WITH_NEW)))
    assert "### GET /api/v1/color/{id}\n\nReturns a server's colors. Requires a token with the `read` scope" in text
    assert "### PATCH /api/motto\n\nChanges the motto. Requires a session." in text


def test_new_route_has_its_throttle_at_api_gateway() -> None:
    settings = template.application(WITH_NEW)["Resources"]["RestAPI"]["Properties"]["MethodSettings"]
    assert {
        "ResourcePath": "/~1api~1v1~1color~1{id}",
        "HttpMethod": "GET",
        "ThrottlingRateLimit": 7,
        "ThrottlingBurstLimit": 9,
    } in settings


def test_new_public_route_is_cached_at_the_edge() -> None:
    config = template.application(WITH_NEW)["Resources"]["Distribution"]["Properties"]["DistributionConfig"]
    behaviors = {one["PathPattern"]: one["CachePolicyId"] for one in config["CacheBehaviors"]}
    assert behaviors["/api/motto"] == {"Ref": "PublicPolicy"}
    assert "/api/v1/color/*" not in behaviors


def test_new_routes_are_fuzzed() -> None:
    assert {"/api/v1/color/1", "/api/motto"} <= {*paths(WITH_NEW)}
    assert "/api/motto" in body_paths(WITH_NEW)
    assert "/api/motto" in session_paths(WITH_NEW)


def test_new_routes_are_in_the_access_table() -> None:
    found = rows(WITH_NEW)
    assert found["GET /api/v1/color/{id}"]["register"] == "403"
    assert found["PATCH /api/motto"]["guest"] == "401"


def test_body_of_a_new_route_is_read_by_its_schema(extended: Any) -> None:
    panel = signed_in(extended)
    assert panel.patch("/api/motto", {"SITE_NAME": "new"}).result == "new"
    assert panel.patch("/api/motto", {"site_name": 1}).error == (400, 400)


def test_application_starts_without_the_description_and_schemas() -> None:
    program = "import sys, app; print(*[name for name in sys.modules if name.startswith('chalicelib.api')])"
    environment = {"NEZHA_TABLE_PREFIX": "none-", "AWS_DEFAULT_REGION": "us-east-1", "PATH": ""}
    ran = subprocess.run(
        [sys.executable, "-c", program], cwd=PROJECT, env=environment, capture_output=True, text=True, check=True
    )
    loaded = ran.stdout.split()
    assert "chalicelib.api.routes" in loaded
    lazy = ("chalicelib.api.description", "chalicelib.api.schemas", "chalicelib.api.body_fields")
    assert [name for name in loaded if name.startswith(lazy)] == []
