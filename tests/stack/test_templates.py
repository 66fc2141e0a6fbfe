"""What the emulated AWS does not do, asserted on the templates: TTL, recovery, encryption, alarms, the budget."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from chalicelib.config import Config
from chalicelib.fleet.limits import REPORT_INTERVAL_LEAST, REPORT_INTERVAL_MOST
from infra import template
from infra.capacity import units
from tests.stack.emulator import PROJECT, cached_python
from tests.stack.lambda_package import PYTHON
from tests.stack.stack_deployment import Stack

TABLES = template.read(template.DATA)["Resources"]
APPLICATION = template.application()["Resources"]
OF_THROTTLES = {"StatesWriteThrottles", "StatesReadThrottles", "ServersReadThrottles", "TokensReadThrottles"}
"""Alarms that a stage within the always-free tier does without."""
EXPIRING = {"States", "Tokens", "Series", "Settings", "Alerts"}

Resource = dict[str, Any]


def of_type(kind: str) -> dict[str, Resource]:
    return {name: resource for name, resource in APPLICATION.items() if resource.get("Type") == kind}


@pytest.mark.parametrize("name", ["Servers", "States", "Tokens", "Monitors", "Series", "Settings", "Alerts"])
def test_every_table_is_kept_recoverable_and_encrypted(name: str) -> None:
    table = TABLES[name]
    assert table["DeletionPolicy"] == "RetainExceptOnCreate"
    assert table["UpdateReplacePolicy"] == "Retain"
    properties = table["Properties"]
    assert properties["BillingMode"] == {"Fn::If": ["IsFree", "PROVISIONED", "PAY_PER_REQUEST"]}
    assert properties["DeletionProtectionEnabled"] == {"Fn::If": ["IsProtected", True, False]}
    recovery = {"Fn::If": ["IsFree", False, True]} if name in ("States", "Series") else True
    assert properties["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": recovery}
    kms, aws_owned = {"SSEEnabled": True, "SSEType": "KMS"}, {"SSEEnabled": False}
    assert properties["SSESpecification"] == {"Fn::If": ["HasManagedKey", kms, aws_owned]}
    ttl = {"AttributeName": "ttl", "Enabled": True} if name in EXPIRING else None
    assert properties.get("TimeToLiveSpecification") == ttl


def test_free_tables_take_together_what_is_always_free() -> None:
    assert units() == (25, 25)
    conditions = template.read(template.DATA)["Conditions"], template.application()["Conditions"]
    assert [one["IsFree"] for one in conditions] == [{"Fn::Equals": [{"Ref": "Capacity"}, "free"]}] * 2
    of_series = TABLES["Series"]["Properties"]["ProvisionedThroughput"]["Fn::If"]
    assert (of_series[1]["WriteCapacityUnits"], of_series[2]) == (12, {"Ref": "AWS::NoValue"})


def test_a_free_stage_has_no_more_alarms_and_metrics_than_an_account_has_free() -> None:
    alarms = of_type("AWS::CloudWatch::Alarm")
    kept = [name for name, alarm in alarms.items() if alarm["Condition"] != "HasThrottleAlarms"]
    assert "SeriesWriteThrottles" in kept
    assert len(kept) <= 10
    assert all("Metrics" not in alarms[name]["Properties"] for name in kept)  # each of them would count
    assert template.application()["Conditions"]["HasThrottleAlarms"] == {
        "Fn::And": [{"Condition": "HasAlarmEmail"}, {"Fn::Not": [{"Condition": "IsFree"}]}]
    }
    filters = of_type("AWS::Logs::MetricFilter").values()
    assert len({of["Properties"]["MetricTransformations"][0]["MetricName"] for of in filters}) <= 10
    assert of_type("AWS::CloudWatch::Dashboard") == {}


def test_tables_are_encrypted_with_a_key_that_costs_nothing_unless_asked_otherwise() -> None:
    data = template.read(template.DATA)
    assert data["Parameters"]["Encryption"]["Default"] == "aws-owned"
    assert data["Conditions"]["HasManagedKey"] == {"Fn::Equals": [{"Ref": "Encryption"}, "aws-managed"]}


def test_every_bucket_is_private_and_refuses_plain_http() -> None:
    policies = [
        one["Properties"]
        for resources in (TABLES, APPLICATION)
        for one in resources.values()
        if one.get("Type") == "AWS::S3::BucketPolicy"
    ]
    refused = {}
    for policy in policies:
        (plain,) = [one for one in policy["PolicyDocument"]["Statement"] if one.get("Effect") == "Deny"]
        assert (plain["Principal"], plain["Action"]) == ("*", "s3:*")
        assert plain["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
        refused[policy["Bucket"]["Ref"].removesuffix("Bucket")] = plain["Resource"]
    buckets = {name: one for name, one in TABLES.items() if one["Type"] == "AWS::S3::Bucket"}
    assert buckets.keys() == refused.keys()
    for name, bucket in buckets.items():
        assert set(bucket["Properties"]["PublicAccessBlockConfiguration"].values()) == {True}
        whole, objects = refused[name]
        assert name in str(whole)
        assert objects["Fn::Sub"].endswith("/*")


def test_alarms_write_to_the_owner_only_where_there_is_an_address() -> None:
    alarms = of_type("AWS::CloudWatch::Alarm")
    assert set(alarms) == {
        "ServerErrors",
        "GatewayThrottles",
        "HandlerThrottles",
        "AuthorizerErrors",
        "StatesWriteThrottles",
        "StatesReadThrottles",
        "ServersReadThrottles",
        "TokensReadThrottles",
        "SeriesWriteThrottles",
        "NoReports",
        "ReportErrors",
        "WatchErrors",
        "RollupErrors",
    }
    for name, alarm in alarms.items():
        usual = "HasThrottleAlarms" if name in OF_THROTTLES else "HasAlarmEmail"
        assert alarm["Condition"] == ("HasReportAlarm" if name == "ReportErrors" else usual), name
        assert alarm["Properties"]["AlarmActions"] == [{"Ref": "AlarmTopic"}], name
        # Silence of the fleet or of a scheduled function is what some are about; for the others it is health.
        missing = "breaching" if name in ("NoReports", "WatchErrors", "RollupErrors") else "notBreaching"
        assert alarm["Properties"]["TreatMissingData"] == missing, name
    (subscription,) = APPLICATION["AlarmTopic"]["Properties"]["Subscription"]
    assert subscription == {"Protocol": "email", "Endpoint": {"Ref": "AlarmEmail"}}


def test_every_metric_of_ours_is_filled_from_fields_that_its_log_has() -> None:
    filters = of_type("AWS::Logs::MetricFilter")
    filled = {of["Properties"]["MetricTransformations"][0]["MetricName"] for of in filters.values()}
    alarms = of_type("AWS::CloudWatch::Alarm").values()
    own = {
        a["Properties"]["MetricName"] for a in alarms if a["Properties"]["Namespace"] == {"Fn::Sub": "nezha/${Stage}"}
    }
    assert filled == own
    logged = {
        "AccessLogs": set(re.findall(r'"(\w+)":', APPLICATION["RestAPI"]["Properties"]["AccessLogSetting"]["Format"])),
        "WatchLogs": {"heard"},  # tests/stack/test_scheduled.py
    }
    for name, of in filters.items():
        log = of["Properties"]["LogGroupName"]["Ref"]
        assert set(re.findall(r"\$\.(\w+)", of["Properties"]["FilterPattern"])) <= logged[log], name


def test_a_stranger_cannot_keep_the_alarm_on_silence_quiet() -> None:
    """The gateway's log says 200 of reports without any secret, too; the watch counts servers that were heard."""
    reports = APPLICATION["ReportsInLog"]["Properties"]
    assert reports["LogGroupName"] == {"Ref": "WatchLogs"}
    assert reports["FilterPattern"] == "{ $.heard > 0 }"
    watch = APPLICATION["Watch"]["Properties"]["LoggingConfig"]
    assert watch["LogGroup"] == {"Ref": "WatchLogs"}
    assert (watch["LogFormat"], watch["ApplicationLogLevel"]) == ("JSON", "INFO")


def test_function_of_reports_may_do_a_part_of_what_the_api_may() -> None:
    def allowed(role: str) -> set[tuple[str, str]]:
        policies = APPLICATION[role]["Properties"]["Policies"]
        (data,) = [one["PolicyDocument"]["Statement"] for one in policies if one["PolicyName"] == "data"]
        return {(action, str(one["Resource"])) for one in data for action in one["Action"]}

    assert allowed("ReportsRole") < allowed("ApiHandlerRole")
    assert not any("alerts" in resource for _, resource in allowed("ReportsRole"))


def test_url_for_reports_is_written_so_that_sam_permits_its_use() -> None:
    """With an intrinsic function in it SAM would make the URL, but neither of its two permissions."""
    reports = APPLICATION["Reports"]
    assert reports["Properties"]["FunctionUrlConfig"] == {"AuthType": "NONE"}
    assert reports["Condition"] == "HasReportUrl"
    assert (reports["Properties"]["Runtime"], reports["Properties"]["Architectures"]) == (f"python{PYTHON}", ["arm64"])


def test_each_alarm_says_where_it_is_explained() -> None:
    explained = set(re.findall(r"^### ([a-z-]+)$", (PROJECT / "docs" / "operations.md").read_text(), re.M))
    for name, alarm in of_type("AWS::CloudWatch::Alarm").items():
        named = re.search(r"see ([a-z-]+) in docs/operations.md$", alarm["Properties"]["AlarmDescription"])
        assert named, name
        assert named.group(1) in explained, name


def test_the_report_interval_has_the_limits_of_its_option() -> None:
    parameter = template.application()["Parameters"]["ReportInterval"]
    assert (parameter["MinValue"], parameter["MaxValue"]) == (REPORT_INTERVAL_LEAST, REPORT_INTERVAL_MOST)
    assert parameter["Default"] == Config(table_prefix="any", region="any").report_interval


def test_the_budget_stands_alone_so_that_nothing_else_fails_with_it() -> None:
    assert of_type("AWS::Budgets::Budget") == {}
    assert list(template.read(template.BUDGET)["Resources"]) == ["Budget"]


def test_the_gateway_compresses_what_is_worth_it(stack: Stack) -> None:
    api = json.loads((stack.folder / "build" / stack.stage / "sam.json").read_text())["Resources"]["RestAPI"]
    assert api["Properties"]["MinimumCompressionSize"] == 1024


def test_the_linter_finds_nothing(stack: Stack, tmp_path: Path) -> None:
    """In the templates, the application's as it was uploaded: merged with Chalice's. It does find what is broken."""
    merged = stack.folder / "build" / stack.stage / "sam.json"
    broken = tmp_path / "broken.json"
    broken.write_text(json.dumps({"Resources": {"Broken": {"Type": "AWS::SNS::Topics"}}}))
    python = cached_python()
    # By its interpreter: the script names the folder that the environment was made in, under another name.
    command: list[Path | str] = [
        python,
        python.with_name("cfn-lint"),
        "--regions",
        "us-east-1",
        "--format",
        "json",
        "--",
    ]
    templates = [template.DATA, template.ACCOUNT, template.BUDGET, template.EDGE_POLICIES, merged, broken]
    finished = subprocess.run([*command, *templates], capture_output=True, text=True)
    findings = {(Path(one["Filename"]), one["Message"]) for one in json.loads(finished.stdout)}
    assert {file for file, _ in findings} == {broken}, finished.stdout + finished.stderr
    assert any("AWS::SNS::Topics" in message for _, message in findings)


def test_the_deployers_permissions_are_held_against_what_cloudformation_publishes(stack: Stack) -> None:
    """For every kind of resource that is deployed; see tests/infra/test_deployer_policy.py."""
    known = json.loads((PROJECT / "tests" / "infra" / "handler_permissions.json").read_text())["handlers"]
    (schemas,) = cached_python().parents[1].glob("lib/python*/site-packages/cfnlint/data/schemas")
    files = json.loads((schemas / "providers" / "us-east-1.json").read_text())
    for kind, permissions in known.items():
        handlers = json.loads((schemas / "resources" / f"{files[kind]}.json").read_text())["handlers"]
        operations = (handlers.get(one, {}) for one in ("create", "read", "update", "delete"))
        assert sorted({each for one in operations for each in one.get("permissions", ())}) == permissions, kind
    assert stack.kinds <= known.keys()
