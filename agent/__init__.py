"""What runs on hosts. `reporter` sends a host's own figures; `relay` passes on what v0 agents send."""

VERSION = "0.1.0"
"""The host's `Version` in reports."""
