"""The relay under load, with agents that speak real gRPC and say what real ones were captured saying.

`python -m benchmarks relay` prints its budgets. `python -m benchmarks.relay.storm` is the long proof that nothing is
lost; it is no part of the table.
"""

import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]

# Simulated agents, an API that fails and a clock that runs faster are the tests' own.
sys.path[:0] = [str(PROJECT / "tests"), str(PROJECT / "tests/agent/relay")]
