"""Lets unmodified v0 agents report to a dashboard: their gRPC on one side, batched reports over HTTPS on the other.

Runs as `python -m agent.relay`; docs/relay.md tells how.
"""
