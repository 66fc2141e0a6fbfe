"""What ministack lacks of DynamoDB's tables. Used by emulated_aws.py, in its process."""

import json
from functools import cache
from typing import Any

Spec = dict[str, Any]
Response = tuple[int, dict[str, str], bytes]


def keep_protected() -> None:
    """CloudFormation can delete a protected table no more than anybody else."""
    from ministack.services import dynamodb
    from ministack.services.cloudformation import provisioners

    handlers = provisioners._RESOURCE_HANDLERS["AWS::DynamoDB::Table"]
    stock_delete = handlers["delete"]

    def delete(name: str, properties: Spec) -> None:
        if dynamodb._tables.get(name, {}).get("DeletionProtectionEnabled"):
            raise ValueError(f"Resource cannot be deleted as it is currently protected against deletion: {name}")
        stock_delete(name, properties)

    handlers["delete"] = delete


def empty_at_once() -> None:
    """Adds a call of DynamoDB's for tests, EmptyTables: item by item it would take most of their time."""
    from ministack.services import dynamodb

    stock_handle = dynamodb.handle_request

    async def handle_request(method: str, path: str, headers: Spec, body: bytes, query: Spec) -> Response:
        if not headers.get("x-amz-target", "").endswith(".EmptyTables"):
            answer: Response = await stock_handle(method, path, headers, body, query)
            return answer
        prefix = json.loads(body)["TablePrefix"]
        for name, table in list(dynamodb._tables.items()):
            if name.startswith(prefix):
                table["items"].clear()
        return 200, {"Content-Type": "application/x-amz-json-1.0"}, b"{}"

    dynamodb.handle_request = handle_request


def check_conditions_once() -> None:
    """A query checks its condition for each item anew, an eighth of all that the emulator does for requests."""
    from ministack.services import dynamodb

    dynamodb._condition_syntax_error = cache(dynamodb._condition_syntax_error)
