"""The parts that a stage's bill counts follow from the template."""

import json
import re
from collections.abc import Mapping
from typing import Any

from chalicelib.metering import Parts
from infra import template

APPLICATION = template.application()
TRUE = {"HasAlarmEmail", "HasThrottleAlarms", "HasReportUrl", "HasReportAlarm", "HasEdge"}


def text_of(value: Any, conditions: set[str]) -> str:
    """What CloudFormation makes of it, with the names of resources for their physical ids."""
    match value:
        case str():
            return value
        case {"Fn::Join": [between, words]}:
            return str(between).join(text_of(word, conditions) for word in words)
        case {"Fn::If": [condition, then, otherwise]}:
            return text_of(then if condition in conditions else otherwise, conditions)
        case {"Ref": name}:
            return str(name)
        case {"Fn::Sub": text}:
            return str(text)
    raise AssertionError(value)


def parts(conditions: set[str]) -> Parts:
    variables: Mapping[str, Any] = APPLICATION["Resources"]["Rollup"]["Properties"]["Environment"]["Variables"]
    return Parts.parse(text_of(variables["NEZHA_METERED"], conditions))


def of_type(kind: str) -> set[str]:
    return {name for name, one in APPLICATION["Resources"].items() if one.get("Type") == kind}


def test_all_functions_logs_alarms_and_metrics_are_counted() -> None:
    found = parts(TRUE)
    assert found.functions == {"APIHandler": 512, "Authorizer": 512, "Watch": 512, "Reports": 512}  # and itself
    assert set(found.logs) == of_type("AWS::Logs::LogGroup")
    alarms = of_type("AWS::CloudWatch::Alarm")
    assert set(found.alarms) == {
        APPLICATION["Resources"][name]["Properties"]["AlarmName"]["Fn::Sub"] for name in alarms
    }
    assert len(found.metrics) == len(of_type("AWS::Logs::MetricFilter"))
    assert set(found.metrics) == {("nezha/${Stage}", "AuthorizerErrors"), ("nezha/${Stage}", "Reports")}
    assert (found.api, found.topic, found.distribution) == ("nezha-${Stage}", "AlarmTopic", "Distribution")
    assert set(found.buckets) == {"FilesBucket", "PackagesBucket"}


def test_what_a_stage_does_not_have_is_left_out() -> None:
    found = parts(set())
    assert (found.alarms, found.metrics, found.topic, found.distribution) == ((), (), "", "")
    assert set(found.functions) == {"APIHandler", "Authorizer", "Watch"}


def test_nothing_that_is_counted_waits_for_the_function_that_counts() -> None:
    """CloudFormation rejects circular references."""
    variables = APPLICATION["Resources"]["Rollup"]["Properties"]["Environment"]["Variables"]
    named = set(re.findall(r'"Ref": "(\w+)"', json.dumps(variables["NEZHA_METERED"])))
    assert "APIHandler" in named
    circular = {name for name in named if '"Rollup"' in json.dumps(APPLICATION["Resources"].get(name, {}))}
    assert circular == set()
