"""Generates the parts of the template that depend on the scheduled jobs: settings, role, log and alarm of each
function.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from chalicelib.scheduled import Job

Template = dict[str, Any]

FAILED_RUNS = 3
"""The alarm is raised when this many runs fail in one of its periods."""

RUNS_A_PERIOD = 5


def job_resources(jobs: Iterable[Job], alarm: Mapping[str, Any]) -> Template:
    """The resources of all jobs, by logical ID. alarm: the properties that all alarms have in common."""
    return {name: resource for job in jobs for name, resource in _resources(job, alarm).items()}


def _resources(job: Job, alarm: Mapping[str, Any]) -> Template:
    name = logical_id(job)
    return {
        # Chalice makes the function, its role and its schedule; this is merged with them.
        name: {"Properties": _function(job)},
        f"{name}Role": {"Properties": {"Policies": [_data_policy(job), _log_policy(f"{name}Logs")]}},
        f"{name}Logs": {
            "Type": "AWS::Logs::LogGroup",
            "Properties": {"LogGroupName": {"Fn::Sub": f"/nezha/${{Stage}}/{job.name}"}, "RetentionInDays": 30},
        },
        f"{name}Errors": _alarm(job, alarm),
    }


def logical_id(job: Job) -> str:
    """What Chalice calls the function in the template."""
    return job.name.capitalize()


def _function(job: Job) -> Template:
    # Lambda repeats a failed run only for jobs whose next run would not make up for it.
    once = {"MaximumRetryAttempts": 0, "MaximumEventAgeInSeconds": 60}
    return {
        "MemorySize": job.memory,
        "Timeout": job.seconds,
        "Environment": {
            "Variables": {
                "NEZHA_TABLE_PREFIX": {"Fn::Sub": "nezha-${Stage}-"},
                "NEZHA_REPORT_INTERVAL": {"Ref": "ReportInterval"},
            }
        },
        "LoggingConfig": {
            "LogFormat": "JSON",
            "ApplicationLogLevel": "INFO",
            "SystemLogLevel": "WARN",
            "LogGroup": {"Ref": f"{logical_id(job)}Logs"},
        },
        **({} if job.repeats else {"EventInvokeConfig": once}),
    }


def _data_policy(job: Job) -> Template:
    table = "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/nezha-${Stage}-"
    return _policy(
        "data",
        [
            {
                "Sid": name.capitalize(),
                "Effect": "Allow",
                "Action": [f"dynamodb:{action}" for action in actions],
                "Resource": {"Fn::Sub": table + name},
            }
            for name, actions in job.tables.items()
        ],
    )


def _log_policy(group: str) -> Template:
    actions = ["logs:CreateLogStream", "logs:PutLogEvents"]
    return _policy("logs", [{"Effect": "Allow", "Action": actions, "Resource": {"Fn::GetAtt": [group, "Arn"]}}])


def _policy(name: str, statements: list[Template]) -> Template:
    return {"PolicyName": name, "PolicyDocument": {"Version": "2012-10-17", "Statement": statements}}


def _alarm(job: Job, common: Mapping[str, Any]) -> Template:
    """Lambda reports an error count for every run, mostly 0. If there is no count at all, the function does not run."""
    return {
        "Type": "AWS::CloudWatch::Alarm",
        "Condition": "HasAlarmEmail",
        "Properties": {
            **common,
            "AlarmName": {"Fn::Sub": f"nezha-${{Stage}}-{job.name}-errors"},
            "AlarmDescription": f"The scheduled function {job.name} fails, or does not run; see {job.name}-errors in "
            "docs/operations.md",
            "Namespace": "AWS/Lambda",
            "MetricName": "Errors",
            "Dimensions": [{"Name": "FunctionName", "Value": {"Ref": logical_id(job)}}],
            "Period": RUNS_A_PERIOD * 60 * job.minutes,
            "Threshold": FAILED_RUNS,
            "TreatMissingData": "breaching",
        },
    }
