"""Sends a host's own figures to a dashboard: `python -m agent.reporter --url URL`. See docs/reporter.md.

Runs on Python 3.9 and newer.
"""
