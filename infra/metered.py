"""Lists what a stage's bill counts, as a text for the scheduled function, derived from the template.

The text consists of words like `log=/nezha/prod/api`, which chalicelib/metering.py parses. A resource that a stage does
not have becomes an empty word.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from chalicelib.scheduled import ROLLUP, Job
from infra.from_jobs import logical_id

Template = dict[str, Any]

CHALICE = json.loads((Path(__file__).resolve().parent.parent / ".chalice" / "config.json").read_text())


def metered(template: Mapping[str, Any], jobs: Iterable[Job]) -> Template:
    """The text as an expression that CloudFormation evaluates. The function that does the metering is left out: a
    resource cannot refer to itself, and the function knows its own name.
    """
    memory = {"APIHandler": CHALICE["lambda_memory_size"], "Authorizer": CHALICE["lambda_memory_size"]}
    memory |= {logical_id(job): job.memory for job in jobs if job.name != ROLLUP.name}
    words: list[Any] = [_word("function", {"Ref": name}, f":{size}") for name, size in memory.items()]
    words += [
        _word("api", {"Fn::Sub": "nezha-${Stage}"}),
        _word("bucket", {"Ref": "FilesBucket"}),
        _word("bucket", {"Ref": "PackagesBucket"}),
    ]
    for name, resource in template["Resources"].items():
        words += [_where(resource, word) for word in _words(name, resource)]
    return {"Fn::Join": [" ", words]}


def _words(name: str, resource: Mapping[str, Any]) -> Iterator[Template]:
    properties = resource.get("Properties", {})
    match resource.get("Type"):
        case "AWS::Serverless::Function":
            yield _word("function", {"Ref": name}, f":{properties['MemorySize']}")
        case "AWS::Logs::LogGroup":
            yield _word("log", {"Ref": name})
        case "AWS::CloudWatch::Alarm":
            # By name, not by reference: the alarm of the metering function refers to that function, which would be a
            # cycle.
            yield _word("alarm", properties["AlarmName"])
        case "AWS::Logs::MetricFilter":
            (made,) = properties["MetricTransformations"]
            yield _word("metric", made["MetricNamespace"], f":{made['MetricName']}")
        case "AWS::SNS::Topic":
            yield _word("topic", {"Ref": name})
        case "AWS::CloudFront::Distribution":
            yield _word("distribution", {"Ref": name})
        case "AWS::CloudFront::Function":
            yield _word("edge_function", properties["Name"])


def _word(kind: str, name: Any, suffix: str = "") -> Template:
    return {"Fn::Join": ["", [f"{kind}=", name, suffix]]}


def _where(resource: Mapping[str, Any], word: Template) -> Template:
    condition = resource.get("Condition")
    return {"Fn::If": [condition, word, ""]} if condition else word
