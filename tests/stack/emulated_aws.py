"""Serves emulated AWS accounts: ministack, with what it lacks of REST APIs and of CloudFormation's budgets.

    python emulated_aws.py FOLDER

Prints its URL, a free port of 127.0.0.1, as the first line, and serves until it is terminated or its stdin ends.
An access key of twelve digits is the owner's of the account with that number, any other one the first account's.
Everything that it keeps is in FOLDER. Lambda functions run as processes of this machine, and every request is held to
the policies of the role that sends it; FOLDER/permissions.jsonl lists what was asked for under a role's policies, each
once: `{"role", "action", "resource", "allowed"}`.
"""

import asyncio
import gc
import json
import os
import re
import secrets
import signal
import socket
import sys
import threading
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import Any

SERVING: dict[str, Any] = {
    "http": "httptools",
    "ws": "none",
    "loop": "asyncio",
    "lifespan": "on",
    "log_config": None,
    "access_log": False,
    "proxy_headers": False,
    "date_header": False,  # ministack sends it
    "server_header": False,
    "timeout_graceful_shutdown": 1,
}
"""Uvicorn's options. ministack's default server, hypercorn, uses more than a third of the CPU time of a request."""

Spec = dict[str, Any]
Response = tuple[int, dict[str, str], bytes]


def main(folder: Path) -> None:
    # asyncio turns off TCP's delay of small packets only if the socket names its protocol.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    port = listener.getsockname()[1]
    sys.stdout.write(f"http://127.0.0.1:{port}\n")
    sys.stdout.flush()
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # nobody reads a second line: a full pipe would block
    threading.Thread(target=_end_with_stdin, daemon=True).start()

    # ministack reads these when it is imported.
    os.environ |= {
        "AUTH": "true",
        "BIND_HOST": "127.0.0.1",
        "DOCKER_HOST": f"unix://{folder}/no-docker",  # else it looks for containers that others started
        "GATEWAY_PORT": str(port),
        "IOT_MTLS_ENABLED": "0",  # a listener on every interface
        "LAMBDA_EXECUTOR": "local",
        "S3_DATA_DIR": str(folder / "s3"),
        "SFTP_ENABLED": "0",  # another one
        "STATE_DIR": str(folder / "state"),
        "TMPDIR": str(folder),
    }
    from ministack.app import app
    from uvicorn import Config, Server

    sys.path.append(str(Path(__file__).parents[2]))
    from tests.stack import emulated_functions, emulated_tables, emulated_templates

    _take_requests_as_encrypted()
    _complete_rest_apis()
    _connect_edges_with_apis(port)
    _let_stacks_have_budgets()
    emulated_functions.finish_at_once()
    emulated_functions.unpack_once(folder / "packages")
    servers = ExitStack()
    emulated_functions.import_libraries_once(servers)
    emulated_templates.read_once()
    _leave_schedules_alone()
    emulated_tables.keep_protected()
    emulated_tables.empty_at_once()
    emulated_tables.check_conditions_once()
    _parse_policies_once()
    _note_permissions(folder / "permissions.jsonl")
    gc.set_threshold(100_000)  # else a tenth of the time goes into looking at the same objects again
    with servers:
        asyncio.run(Server(Config(app, **SERVING)).serve(sockets=[listener]))


def _end_with_stdin() -> None:
    """Ends with the parent, also when the parent is killed."""
    sys.stdin.read()
    os.kill(os.getpid(), signal.SIGTERM)


def _take_requests_as_encrypted() -> None:
    """Policies that refuse plain HTTP are held against every request, and here all of them come without TLS."""
    from ministack import app

    stock_pin = app.pin_request_origin
    app.pin_request_origin = lambda address, _: stock_pin(address, True)


def _complete_rest_apis() -> None:
    """Adds three calls, more of OpenAPI bodies, the removal of a compression threshold, and APIs of every account.

    The calls are ImportRestApi, PutRestApi and FlushStageAuthorizersCache.
    """
    _read_more_of_openapi_bodies()
    _remove_compression_thresholds()
    _find_apis_of_every_account()
    _add_calls_of_rest_apis()


def _read_more_of_openapi_bodies() -> None:
    from ministack.services import apigateway_v1 as gateway

    stock_import, stock_import_operation = gateway._import_rest_api, gateway._import_operation

    def import_rest_api(spec: Spec, base: Spec | None = None) -> str:
        api_id: str = stock_import(spec, base)
        _read_extensions(api_id, spec)
        return api_id

    def import_operation(api_id: str, resource_id: str, method: str, operation: Spec, *security: Any) -> None:
        stock_import_operation(api_id, resource_id, method, operation, *security)
        for answer in operation.get("x-amazon-apigateway-integration", {}).get("responses", {}).values():
            gateway._put_integration_response(api_id, resource_id, method, answer["statusCode"], answer)

    gateway._import_operation = import_operation
    gateway._import_rest_api = import_rest_api


def _read_extensions(api_id: str, spec: Spec) -> None:
    from ministack.services import apigateway_v1 as gateway

    for kind, answer in spec.get("x-amazon-apigateway-gateway-responses", {}).items():
        gateway._put_gateway_response(api_id, kind, answer)
    if binary_types := spec.get("x-amazon-apigateway-binary-media-types"):
        gateway._rest_apis[api_id]["binaryMediaTypes"] = binary_types


def _remove_compression_thresholds() -> None:
    from ministack.services import apigateway_v1 as gateway

    stock_update = gateway._update_rest_api

    def update_rest_api(api_id: str, data: Spec) -> Response:
        for change in data.get("patchOperations", []):
            if change["path"] == "/minimumCompressionSize" and change.get("value") == "":
                change["op"] = "remove"  # AWS's meaning; the empty text could not be read back as a number
        answer: Response = stock_update(api_id, data)
        return answer

    gateway._update_rest_api = update_rest_api


def _find_apis_of_every_account() -> None:
    from ministack.services import apigateway_v1 as gateway

    def find_api_scope(api_id: str) -> tuple[str, str] | None:
        """The account and region of an API, whoever asks it: its clients know its id and no account."""
        scopes = ((account, region) for (account, region, id_), _ in gateway._rest_apis.all_items() if id_ == api_id)
        return next(scopes, None)

    gateway.find_api_scope = find_api_scope


def _add_calls_of_rest_apis() -> None:
    from ministack.services import apigateway_v1 as gateway

    stock_handle = gateway.handle_request

    async def handle_request(method: str, path: str, headers: Spec, body: bytes, query: Spec) -> Response:
        match method, path.strip("/").split("/"), (query or {}).get("mode"):
            case "POST", ["restapis"], "import" | ["import"]:
                return described(gateway._import_rest_api(json.loads(body), {}), 201)
            case "PUT", ["restapis", api_id], _ if api_id in gateway._rest_apis:
                _overwrite_rest_api(api_id, json.loads(body))
                return described(api_id, 200)
            case "DELETE", ["restapis", api_id, "stages", stage, "cache", "authorizers"], _:
                forget_credentials(api_id, stage)
                return 202, {}, b""
        answer: Response = await stock_handle(method, path, headers, body, query)
        return answer

    def forget_credentials(api_id: str, stage: str) -> None:
        for key in [key for key in gateway._authorizer_cache if (key[2], key[4]) == (api_id, stage)]:
            del gateway._authorizer_cache[key]

    def described(api_id: str, status: int) -> Response:
        answer: Response = gateway._v1_response(gateway._rest_api_view(gateway._rest_apis[api_id]), status)
        return answer

    gateway.handle_request = handle_request


def _overwrite_rest_api(api_id: str, spec: Spec) -> None:
    from ministack.services import apigateway_v1 as gateway

    root = next(resource for resource in gateway._resources[api_id].values() if resource["path"] == "/")
    root["resourceMethods"] = {}
    gateway._resources[api_id] = {root["id"]: root}
    gateway._authorizers_v1[api_id] = {}
    schemes = gateway._import_security_schemes(api_id, spec)
    for path, item in spec.get("paths", {}).items():
        gateway._import_path_item(api_id, path, item, schemes, spec.get("security"))
    _read_extensions(api_id, spec)


def _connect_edges_with_apis(port: int) -> None:
    """Lets APIs answer at the host names that AWS gives them, and CloudFront find them there."""
    from ministack import app
    from ministack.services import cloudfront

    app._EXECUTE_API_RE = api = re.compile(r"^([a-z0-9]+)\.execute-api\.[a-z0-9-]+\.amazonaws\.com$")
    stock_target = cloudfront._origin_connect_target

    def target(origin: Spec, viewer_is_https: bool) -> tuple[str, int, bool]:
        if api.match(origin["domain_name"]):
            return "127.0.0.1", port, False
        found: tuple[str, int, bool] = stock_target(origin, viewer_is_https)
        return found

    cloudfront._origin_connect_target = target


def _let_stacks_have_budgets() -> None:
    """With the emulator's own calls; as on AWS, another name or other notifications make another budget."""
    from ministack.services import budgets
    from ministack.services.cloudformation import provisioners

    def create(logical_id: str, properties: Spec, stack: str) -> tuple[str, Spec]:
        name = properties["Budget"].get("BudgetName", f"{stack}-{logical_id}-{secrets.token_hex(6)}")
        succeed(budgets._create_budget({**properties, "Budget": {**properties["Budget"], "BudgetName": name}}))
        return name, {}

    def update(name: str, before: Spec, after: Spec, stack: str, logical_id: str) -> tuple[str, Spec]:
        notifications = "NotificationsWithSubscribers"
        if before.get(notifications) == after.get(notifications) and after["Budget"].get("BudgetName", name) == name:
            succeed(budgets._update_budget({"NewBudget": {**after["Budget"], "BudgetName": name}}))
            return name, {}
        made = create(logical_id, after, stack)
        provisioners._delete_predecessor(delete, name, before)
        return made

    def delete(name: str, properties: Spec) -> None:
        succeed(budgets._delete_budget({"BudgetName": name}))

    def succeed(answer: Response) -> None:
        status, _, body = answer
        if status != 200:
            raise ValueError(json.loads(body)["message"])

    provisioners._RESOURCE_HANDLERS["AWS::Budgets::Budget"] = {
        "create": create,
        "update": update,
        "update_with_logical_id": True,
        "delete": delete,
    }


def _leave_schedules_alone() -> None:
    """Scheduled functions run when a test invokes them, not by themselves beside it."""
    from ministack.services import eventbridge

    eventbridge._scheduler_loop = lambda: None


def _parse_policies_once() -> None:
    """Each request is held to several policies."""
    from ministack.core import iam_evaluator

    stock_parse = iam_evaluator.parse_policy_document
    parsed = cache(stock_parse)

    def parse(document: str | Spec) -> list[Any]:
        return [*parsed(document)] if isinstance(document, str) else stock_parse(document)

    iam_evaluator.parse_policy_document = parse


def _note_permissions(path: Path) -> None:
    from ministack.core import iam_evaluator

    stock_evaluate = iam_evaluator.evaluate
    noted = set()

    def evaluate(context: Any, *policies: Any) -> Any:
        result = stock_evaluate(context, *policies)
        if context.principal_arn.count("/") != 2:
            return result  # not a role: CloudFront, that reads a bucket
        _, role, _ = context.principal_arn.split("/")  # arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION
        asked = {"role": role, "action": context.action, "resource": context.resource_arn}
        note = json.dumps({**asked, "allowed": result.decision == "Allow"})
        if note not in noted:
            noted.add(note)
            with path.open("a") as file:
                file.write(note + "\n")
        return result

    path.touch()
    iam_evaluator.evaluate = evaluate


if __name__ == "__main__":
    main(Path(sys.argv[1]))
