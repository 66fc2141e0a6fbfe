"""The processes that share the tests of a run."""

import os


def number() -> int:
    """Which of them this is, from 0."""
    return int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
