"""`cost`: what the stage costs this month, from AWS's own metrics and list prices."""

import argparse
import json
import time
from collections.abc import Sequence

from chalicelib.config import metered_in
from chalicelib.fleet import bill, prices
from chalicelib.fleet.bill import Line, Metered
from chalicelib.metering import MeterError, Parts, read
from chalicelib.scheduled import ROLLUP
from chalicelib.storage import DynamoStore
from ops.deployed_api import function_variables
from ops.errors import OpsError
from ops.failures import advised
from ops.output import show
from ops.stage import aws_session
from ops.times import utc_day

NAMES = {
    "api_requests": "API Gateway",
    "runs": "Lambda, requests",
    "run_time": "Lambda, run time",
    "writes": "DynamoDB, writes",
    "reads": "DynamoDB, reads",
    "write_capacity": "DynamoDB, provisioned writes",
    "read_capacity": "DynamoDB, provisioned reads",
    "tables": "tables",
    "recovery": "point-in-time recovery",
    "key_uses": "KMS, at most",
    "edge_requests": "CloudFront, requests",
    "edge_runs": "CloudFront, function",
    "edge_traffic": "CloudFront, traffic",
    "files": "files and packages",
    "logs": "logs",
    "alarms": "alarms",
    "metrics": "custom metrics",
    "mails": "alarm mails",
    "metering": "cost metering",
}


def add_to(nouns: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = nouns.add_parser("cost", help="show what the stage costs this month, so far and by month end")
    parser.add_argument("--json", action="store_true")
    parser.set_defaults(run=show_cost)


def show_cost(store: DynamoStore, options: argparse.Namespace) -> None:
    if options.stage == "local":
        print(json.dumps({"local": True}) if options.json else "A run on this machine costs nothing.")
        return
    variables = function_variables(options.stage, ROLLUP.name.capitalize())
    parts = metered_in(variables)
    if not parts:
        raise OpsError(f"the stage is of an earlier version; upgrade it first: make deploy STAGE={options.stage}")
    region = str(aws_session().region_name)
    now = time.time()
    try:
        ceiling = float(variables.get("NEZHA_CEILING", "0"))
        metered = Metered(int(now), read(store, region, Parts.parse(parts), now), ceiling)
    except MeterError as error:
        raise OpsError(advised(str(error), error.code)) from None
    if options.json:
        print(json.dumps({"region": region, "ceiling": metered.ceiling, **bill.described(metered)}))
    else:
        _print(options.stage, region, metered)


def _print(stage: str, region: str, metered: Metered) -> None:
    begin, end = metered.month
    lines = bill.lines(metered)
    print(f"The stage {stage} in {region}, {utc_day(begin)} to {utc_day(end - 1)} (UTC):\n")
    show(_rows(lines), as_json=False)
    total, list_total = bill.total(metered), bill.list_total(metered)
    print(
        f"""
so far {_dollars(total.so_far)}, by the end of the month about {_dollars(total.by_end)}
without the always-free tier: {_dollars(list_total.so_far)}, {_dollars(list_total.by_end)}
{_ceiling(metered)}
"Always free" is the monthly amount that an account shares between all stages and other programs.
Prices are AWS's list prices for {prices.REGION}, checked in {prices.CHECKED}{_elsewhere(region)}.
CloudWatch's metrics may lag a few minutes. The forecast assumes days like the last seven.
Not included: egress of API Gateway and of the function URL (100 GB a month are free), and requests to S3."""
    )


def _ceiling(metered: Metered) -> str:
    if not metered.ceiling:
        return ""
    until = f"reached; agents report less often until {utc_day(metered.slow_until)} (UTC)"
    return f"ceiling {_dollars(metered.ceiling)}: {until if metered.slow_until else 'not reached'}\n"


def _elsewhere(region: str) -> str:
    return "" if region == prices.REGION else f"; those of {region} differ"


def _rows(lines: Sequence[Line]) -> list[dict[str, object]]:
    return [
        {
            "part": NAMES[line.part.name],
            "used": _number(line.amount.so_far),
            "month end": _number(line.amount.by_end),
            "unit": line.part.unit,
            "always free": _number(line.free) if line.free else "",
            "price": _price(line),
            "so far": _dollars(line.cost.so_far),
            "by month end": _dollars(line.cost.by_end),
        }
        for line in lines
    ]


def _price(line: Line) -> str:
    """The price of one unit, or of a million units if one costs less than $0.0001."""
    price = line.part.price
    return f"${price:g}" if price >= 0.0001 else f"${price * prices.MILLION:g} a million"


def _number(amount: float) -> str:
    return f"{amount:,.0f}" if amount >= 100 or amount == int(amount) else f"{amount:.3g}"


def _dollars(dollars: float) -> str:
    return f"${dollars:.3f}" if 0.0005 <= dollars < 0.1 else f"${dollars:,.2f}"
