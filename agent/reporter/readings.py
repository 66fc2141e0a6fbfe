"""Reading what a system may not have, not permit, or report strangely."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import psutil

T = TypeVar("T")
Otherwise = TypeVar("Otherwise")


def reading(read: Callable[[], T], otherwise: Otherwise) -> T | Otherwise:
    """What `read` returns, or `otherwise` where this system does not tell.

    A host that cannot read one figure still reports the others.
    """
    try:
        return read()
    except (OSError, psutil.Error, RuntimeError, ValueError, AttributeError):
        return otherwise
