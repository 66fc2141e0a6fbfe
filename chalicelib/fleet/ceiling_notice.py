"""The email that is sent when a month has reached its cost ceiling."""

from chalicelib.fleet.bill import Metered, total
from chalicelib.fleet.limits import SLOW_FLUSH, SLOW_INTERVAL
from chalicelib.fleet.wall_clock import minute_text


def notice(metered: Metered, stage: str) -> tuple[str, str]:
    """Its subject, in ASCII and at most 100 characters long, as SNS requires, and its text."""
    spent, ceiling, end = total(metered).so_far, metered.ceiling, minute_text(metered.slow_until, "UTC")
    subject = f"Nezha {stage}: this month has reached its cost ceiling of ${ceiling:,.2f}"
    text = f"""The stage {stage} has cost ${spent:,.2f} this month, and its ceiling is ${ceiling:,.2f}.

Until {end} UTC, agents report every {SLOW_INTERVAL} seconds and send history every {SLOW_FLUSH // 60} minutes.
No data is lost, no server looks offline, and no alert fires because of it.

To see what the stage costs:  .venv/bin/python -m ops --stage {stage} cost
To raise the ceiling:         make deploy STAGE={stage} ARGS="--ceiling DOLLARS"

The costs are calculated at AWS's list prices, after always-free amounts. See "A ceiling on the costs" in
docs/operations.md for the costs that a ceiling cannot limit.
"""
    return subject, text
