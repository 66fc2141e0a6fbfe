"""What is logged, and how often."""

from __future__ import annotations

from agent.core.notices import Rarely


def test_each_kind_of_trouble_is_said_once_an_hour() -> None:
    seconds = iter([0, 1, 2, 3599, 3600])
    rarely = Rarely(lambda: next(seconds))
    assert [rarely.is_due(kind) for kind in ("a", "a", "b", "a", "a")] == [True, False, True, False, True]
