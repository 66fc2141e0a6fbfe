"""Answers of DynamoDB as they come from the wire.

botocore turns every attribute of every item into Python by walking its service model, and tries all ten types of a
value on each: for a thousand servers that is more than half of an answer's CPU. What we read are items in DynamoDB's
own form, {"S": "text"}, and JSON's parser gives just that. Only binary values stay base64 text; `binary` reads them.
"""

import binascii
import json
from typing import Any

from botocore.parsers import JSONParser, ResponseParserFactory


def binary(value: dict[str, Any]) -> bytes:
    """The bytes of {"B": base64 text}."""
    return binascii.a2b_base64(value["B"])


class WireParserFactory(ResponseParserFactory):  # type: ignore[misc]  # botocore has no types
    """To be registered with a botocore session as its `response_parser_factory`."""

    def create_parser(self, protocol_name: str) -> Any:
        return _WireParser(**self._defaults) if protocol_name == "json" else super().create_parser(protocol_name)


class _WireParser(JSONParser):  # type: ignore[misc]
    def _handle_json_body(self, raw_body: bytes, _: Any) -> Any:
        return json.loads(raw_body) if raw_body else {}
