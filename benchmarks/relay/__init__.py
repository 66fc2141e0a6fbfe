"""The relay under load, from agents that use real gRPC and send messages captured from real agents.

`python -m benchmarks relay` measures its budgets. `python -m benchmarks.relay.storm` is a long test that nothing is
lost, and not part of that table.
"""

from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
