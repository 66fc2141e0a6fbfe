"""The command line of `make deploy` and `make destroy`: what it refuses before it asks AWS for anything."""

import argparse
from typing import Any

import pytest

from infra.__main__ import main
from infra.cloudformation import Parameters
from infra.options import add_options, parameters, refuse_half_of_a_pair
from infra.stage import DeployError, Stage

PROD = Stage("prod")
DEPLOYED = {"Stage": "prod", "EdgeSecret": "****"}


@pytest.fixture(autouse=True)
def no_account(monkeypatch: pytest.MonkeyPatch) -> None:
    """No credentials, and no place to look for any: a command that gets as far as AWS says so."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"):
        monkeypatch.setenv(name, "/nonexistent")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")


@pytest.mark.parametrize("command", ["deploy", "destroy"])
@pytest.mark.parametrize(
    ("stage", "message"),
    [
        ("Prod", "'Prod' is not a stage name"),
        ("a-name-that-is-too-long", "is not a stage name"),
        ("", "'' is not a stage name"),
        ("local", "is reserved for this machine"),
        ("prod-data", "would share stack names with the data of another stage"),
        ("prod-budget", "would share stack names with the budget of another stage"),
        ("access-logs", "would share its name with a stack of the account"),
        ("edge-policies", "would share its name with a stack of the account"),
    ],
)
def test_bad_stage_names_are_refused(
    capsys: pytest.CaptureFixture[str], command: str, stage: str, message: str
) -> None:
    assert main([command, "--stage", stage]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    (line,) = captured.err.splitlines()
    assert message in line


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("--email", "nobody", "'nobody' is not an email address"),
        ("--budget", "ten", "'ten' is not an amount of US dollars"),
        ("--budget", "-1", "'-1' is not an amount of US dollars"),
        ("--report-interval", "9", "'9' is not a report interval; use whole seconds from 10 to 300"),
        ("--report-interval", "301", "'301' is not a report interval"),
        ("--report-interval", "60s", "'60s' is not a report interval"),
        ("--report-interval", "1e2", "'1e2' is not a report interval"),
        ("--report-interval", "²⁰", "'²⁰' is not a report interval"),
        ("--report-rate", "0", "'0' is not a rate of reports; use a whole number of requests a second from 1 to 10000"),
        ("--report-rate", "10001", "'10001' is not a rate of reports"),
        ("--report-rate", "50/s", "'50/s' is not a rate of reports"),
        ("--report-rate", "-5", "'-5' is not a rate of reports"),
        ("--capacity", "cheap", "invalid choice: 'cheap'"),
        ("--report-rate", "²⁰", "'²⁰' is not a rate of reports"),
    ],
)
def test_values_out_of_range_are_refused(
    capsys: pytest.CaptureFixture[str], option: str, value: str, message: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["deploy", "--stage", "prod", f"{option}={value}"])
    assert ended.value.code == 2
    assert f"argument {option}: {message}" in capsys.readouterr().err


def test_missing_credentials_are_reported_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["deploy", "--stage", "prod"]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("no usable AWS credentials: ")


def test_a_missing_region_is_reported_in_one_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    assert main(["deploy", "--stage", "prod"]) == 1
    assert capsys.readouterr().err == "no AWS region is set; set AWS_DEFAULT_REGION, for example to us-east-1\n"


def told(*arguments: Any, known: dict[str, Any] = DEPLOYED) -> Parameters:
    parser = argparse.ArgumentParser()
    add_options(parser)
    return parameters(PROD, parser.parse_args(arguments), known)


def test_a_deployment_sets_only_what_it_was_told() -> None:
    assert told() == {"Stage": "prod"}
    assert told("--report-interval", "060") == {"Stage": "prod", "ReportInterval": "60"}


def test_a_ceiling_is_told() -> None:
    assert told("--ceiling", "7.50") == {"Stage": "prod", "Ceiling": "7.50"}
    assert told("--ceiling", "0.00")["Ceiling"] == "0"


@pytest.mark.parametrize("rate", ["1", "50", "10000"])
def test_a_report_rate_is_told(rate: str) -> None:
    assert told("--report-rate", rate) == {"Stage": "prod", "ReportRate": rate}


@pytest.mark.parametrize("interval", ["10", "300"])
def test_the_limits_of_the_report_interval_are_in_range(interval: str) -> None:
    assert told("--report-interval", interval)["ReportInterval"] == interval


def test_the_edge_secret_is_made_once_and_again_when_asked() -> None:
    first = told(known={})["EdgeSecret"]
    assert len(first) == 64
    assert "EdgeSecret" not in told()
    assert told("--new-edge-secret")["EdgeSecret"] not in (first, "****")


@pytest.mark.parametrize(
    ("given", "budget", "message"),
    [
        ({}, "10", "a budget needs an email address; add --email ADDRESS"),
        ({"AlarmEmail": ""}, "7.50", "a budget needs an email address; add --email ADDRESS"),
        ({"DomainName": "nezha.example.com"}, "0", "a domain needs a certificate; add --certificate ARN"),
    ],
)
def test_an_option_without_the_one_that_it_needs_is_refused(given: dict[str, Any], budget: str, message: str) -> None:
    with pytest.raises(DeployError) as refused:
        refuse_half_of_a_pair(given, budget)
    assert str(refused.value) == message


def test_options_with_the_ones_that_they_need_are_not_refused() -> None:
    refuse_half_of_a_pair({}, "0")
    refuse_half_of_a_pair({"AlarmEmail": "you@example.com", "DomainName": "a.example", "Certificate": "arn"}, "10")
