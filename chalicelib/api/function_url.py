"""Converts requests and responses of a Lambda function URL, whose events have a format of their own, 2.0.

https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

Event = Mapping[str, Any]


def rest_event(event: Event, resource: str) -> dict[str, Any]:
    """The event as API Gateway's REST APIs send it, which Chalice reads. resource: the route's path.

    Nothing proves that such a request came through the edge, so no header that says where it came from is trusted. The
    event names no API either, so there is no authorizer cache to flush.
    """
    http = event["requestContext"]["http"]
    return {
        "httpMethod": http["method"],
        "path": event["rawPath"],
        "resource": resource,
        "headers": dict(event["headers"]),
        "multiValueQueryStringParameters": parse_qs(event["rawQueryString"], keep_blank_values=True) or None,
        "pathParameters": None,
        "stageVariables": None,
        "body": event.get("body"),
        "isBase64Encoded": event["isBase64Encoded"],
        "requestContext": {
            "resourcePath": resource,
            "httpMethod": http["method"],
            "path": event["rawPath"],
            "requestId": event["requestContext"]["requestId"],
            "identity": {"sourceIp": http["sourceIp"]},
        },
    }


def url_answer(answer: Mapping[str, Any]) -> dict[str, Any]:
    """Chalice's answer in format 2.0. It has no headers with several values, so they are joined rather than dropped."""
    several: Mapping[str, list[str]] = answer.get("multiValueHeaders") or {}
    return {
        "statusCode": answer["statusCode"],
        "body": answer["body"],
        "headers": {**answer["headers"], **{name: ", ".join(values) for name, values in several.items()}},
        "isBase64Encoded": answer.get("isBase64Encoded", False),
    }
