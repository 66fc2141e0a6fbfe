"""The relay under load, with agents that speak real gRPC and say what real ones were captured saying.

`python -m benchmarks relay` prints its budgets. `python -m benchmarks.relay.storm` is the long proof that nothing is
lost; it is no part of the table.
"""

from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
