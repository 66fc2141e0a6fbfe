"""What runs on hosts: `reporter` sends this host's figures to a dashboard."""

VERSION = "0.1.0"
"""Sent as the host's `Version`."""
