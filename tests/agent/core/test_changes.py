"""Which changes of probes are told at once."""

from __future__ import annotations

from typing import Any

import pytest

from agent.core.changes import Changes


class Probes:
    def __init__(self) -> None:
        self.now = 0.0
        self.changes = Changes(lambda: self.now)

    def __call__(self, *works: bool, source: int = 1, monitor: int = 1) -> Any:
        for one in works:
            self.changes.saw(source, monitor, works=one)
        return self.changes.due()


@pytest.fixture
def probes() -> Probes:
    return Probes()


def test_a_change_is_told_once_and_the_first_result_is_none(probes: Probes) -> None:
    assert probes(True) == []
    assert probes(True, False) == [1]
    assert probes(False) == []


def test_each_source_is_told_of_once_a_minute_at_most(probes: Probes) -> None:
    assert probes(True, False) == [1]
    assert probes(True, False, True) == []
    assert probes(True, False, source=2) == [2]
    probes.now = 59.0
    assert probes() == []
    probes.now = 60.0
    assert probes() == [1]


def test_monitors_are_told_apart(probes: Probes) -> None:
    assert probes(True) == probes(False, monitor=2) == []
    assert probes(True) == probes(False, monitor=2) == []


def test_a_monitor_that_is_probed_anew_has_no_history(probes: Probes) -> None:
    probes(True)
    probes.changes.forget(1, [1])
    assert probes(False) == []
