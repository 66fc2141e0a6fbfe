"""Sparklines: CPU and traffic of every server in the last hour, in steps of five minutes. fleet/spark_samples.py
computes them.
"""

from collections.abc import Mapping
from typing import NamedTuple

STEP = 300
"""Seconds."""

STEPS = 12

SETTLE_SECONDS = 90
"""How long after its end a step is shown: the watch runs once a minute, and has stored it by then."""


class Spark(NamedTuple):
    """One step of one server. cpu: percent. net_in, net_out: bytes received and sent in the step."""

    cpu: float
    net_in: int
    net_out: int


Sparks = Mapping[int, Spark]
"""One step of all servers that reported in it, by ID."""


SparkTexts = Mapping[int, tuple[str, str, str]]
"""The same as it is read: the fields of Spark as JSON numbers."""


def shown_steps(now: float) -> range:
    """The starts of the steps of the last hour, Unix seconds."""
    end = (int(now) - SETTLE_SECONDS) // STEP * STEP
    return range(end - STEPS * STEP, end, STEP)
