"""The options of `make deploy`, their checks, and the stack parameters that they become."""

import argparse
import re
import secrets

from chalicelib.api.route import REPORTS
from chalicelib.fleet.limits import REPORT_INTERVAL_LEAST, REPORT_INTERVAL_MOST
from infra.capacity import FREE, ON_DEMAND
from infra.cloudformation import Parameters
from infra.stage import DeployError, Stage

REPORT_RATE_MOST = 10_000
"""Requests per second: AWS's default quota for all APIs of an account together."""

REPORTS_AT_ONCE_MOST = 1000
"""Concurrent executions: AWS's default quota for an account."""


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--email",
        metavar="ADDRESS",
        type=_address,
        help="send alarms to this address; AWS first sends it an email that asks for confirmation",
    )
    parser.add_argument(
        "--budget",
        metavar="DOLLARS",
        type=_dollars,
        help="send an email when the account costs more than this in a month; 0 removes the budget",
    )
    _add_options_of_reports(parser)
    parser.add_argument(
        "--edge",
        choices=("yes", "no"),
        help="put CloudFront in front (default: yes); without it, v0 routes ignore session cookies",
    )
    parser.add_argument("--domain", metavar="NAME", help="your own domain for the dashboard; needs --certificate")
    parser.add_argument("--certificate", metavar="ARN", help="the domain's certificate, from ACM in us-east-1")
    parser.add_argument(
        "--hosted-zone", metavar="ID", help="the domain's Route 53 zone, in which the records are created"
    )
    parser.add_argument(
        "--encryption",
        choices=("aws-owned", "aws-managed"),
        help="key for the tables: AWS's own, at no cost (default), or aws/dynamodb in KMS",
    )
    parser.add_argument(
        "--capacity",
        choices=(ON_DEMAND, FREE),
        help="on-demand (default): each read and write is billed; free: tables within DynamoDB's always-free tier",
    )
    parser.add_argument(
        "--adopt-tables", action="store_true", help="take over the tables of a stage whose data stack is gone"
    )
    parser.add_argument("--new-edge-secret", action="store_true", help="replace a leaked edge secret")


def _add_options_of_reports(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--ceiling",
        metavar="DOLLARS",
        type=_dollars,
        help="once the stage has cost this much in a month, make agents report less often until the month ends, and "
        "send an email to the address of --email; 0 removes the ceiling",
    )
    parser.add_argument(
        "--report-interval",
        metavar="SECONDS",
        type=_report_interval,
        help=f"how often agents report: {REPORT_INTERVAL_LEAST} to {REPORT_INTERVAL_MOST} seconds, 60 by default",
    )
    parser.add_argument(
        "--report-rate",
        metavar="REQUESTS",
        type=_report_rate,
        help=f"report requests that API Gateway allows each second: 1 to {REPORT_RATE_MOST:,}, "
        f"{REPORTS.rate} by default",
    )
    parser.add_argument(
        "--report-url",
        choices=("yes", "no"),
        help="use a function URL for reports, which costs a fifth of API Gateway (default: yes)",
    )
    parser.add_argument(
        "--reports-at-once",
        metavar="FUNCTIONS",
        type=_reports_at_once,
        help="concurrent executions to reserve for that URL, each for about ten requests a second; "
        "0, the default, reserves none",
    )


def parameters(stage: Stage, options: argparse.Namespace, known: Parameters) -> Parameters:
    """The parameters that this deployment sets. CloudFormation keeps the values of all others.

    known: the parameters that the stack has now; empty when there is no stack yet. The edge secret is generated once,
    even for a stack that has no edge.
    """
    told = {
        "AlarmEmail": options.email,
        "Ceiling": options.ceiling,
        "ReportInterval": options.report_interval,
        "ReportRate": options.report_rate,
        "ReportUrl": options.report_url,
        "ReportsAtOnce": options.reports_at_once,
        "Edge": options.edge,
        "EdgeSecret": secrets.token_hex(32) if options.new_edge_secret or "EdgeSecret" not in known else None,
        "DomainName": options.domain,
        "Certificate": options.certificate,
        "HostedZone": options.hosted_zone,
    }
    return {"Stage": stage.name, **{name: value for name, value in told.items() if value is not None}}


def refuse_half_of_a_pair(parameters: Parameters, budget: str) -> None:
    """Raises DeployError for an option that needs another one. budget: dollars, "0" for none."""
    if budget != "0" and not parameters.get("AlarmEmail"):
        raise DeployError("a budget needs an email address; add --email ADDRESS")
    # The template has the same rule, but CloudFormation checks it only after it has created the data stack.
    if parameters.get("DomainName") and not parameters.get("Certificate"):
        raise DeployError("a domain needs a certificate; add --certificate ARN")


def _address(text: str) -> str:
    if not re.fullmatch(r"[^@\s]+@[^@\s]+", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not an email address")
    return text


def _dollars(text: str) -> str:
    if not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,2})?", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not an amount of US dollars; use for example 10 or 7.50")
    return text if float(text) else "0"


def _report_interval(text: str) -> str:
    if not re.fullmatch(r"[0-9]{1,4}", text) or not REPORT_INTERVAL_LEAST <= int(text) <= REPORT_INTERVAL_MOST:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a report interval; use whole seconds from {REPORT_INTERVAL_LEAST} to "
            f"{REPORT_INTERVAL_MOST}"
        )
    return str(int(text))


def _reports_at_once(text: str) -> str:
    if not re.fullmatch(r"[0-9]{1,4}", text) or int(text) > REPORTS_AT_ONCE_MOST:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a number of functions; use a whole number from 0 to {REPORTS_AT_ONCE_MOST}"
        )
    return str(int(text))


def _report_rate(text: str) -> str:
    if not re.fullmatch(r"[0-9]{1,5}", text) or not 1 <= int(text) <= REPORT_RATE_MOST:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a rate of reports; use a whole number of requests a second from 1 to {REPORT_RATE_MOST}"
        )
    return str(int(text))
