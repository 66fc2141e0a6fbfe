"""Lets unmodified v0 agents report to a dashboard: accepts their gRPC, and sends batches of reports over HTTPS.

Runs as `python -m agent.relay`; docs/relay.md explains how.
"""
