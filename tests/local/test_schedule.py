"""Timers of scheduled jobs on one machine."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

import pytest

from local.schedule import JobTimers

SECONDS = 30


@contextmanager
def running(schedule: JobTimers) -> Iterator[None]:
    schedule.start()
    try:
        yield
    finally:
        schedule.stop(SECONDS)


def test_a_job_runs_at_once_and_then_again_and_again() -> None:
    ran = threading.Semaphore(0)
    with running(JobTimers({"one": (0.01, ran.release)})):
        assert all(ran.acquire(timeout=SECONDS) for _ in range(3))


def test_a_job_that_fails_is_logged_in_a_line_and_runs_again(caplog: pytest.LogCaptureFixture) -> None:
    failed, other = threading.Semaphore(0), threading.Semaphore(0)

    def fail() -> None:
        failed.release()
        raise ValueError("no good")

    with running(JobTimers({"bad": (0.01, fail), "good": (0.01, other.release)})):
        assert all(failed.acquire(timeout=SECONDS) and other.acquire(timeout=SECONDS) for _ in range(3))
    assert "the job bad failed: ValueError: no good" in caplog.messages


def test_a_job_that_hangs_holds_nothing_up() -> None:
    goes_on, other = threading.Event(), threading.Semaphore(0)

    def hang() -> None:
        goes_on.wait(SECONDS)

    schedule = JobTimers({"slow": (0.01, hang), "good": (0.01, other.release)})
    schedule.start()
    assert all(other.acquire(timeout=SECONDS) for _ in range(3))
    began = time.monotonic()
    schedule.stop(0.1)
    assert time.monotonic() - began < SECONDS
    goes_on.set()


def test_a_pause_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    ran = threading.Semaphore(0)
    times = count(0, 100)
    with running(JobTimers({"one": (10, ran.release)}, lambda: float(next(times)))):
        assert all(ran.acquire(timeout=SECONDS) for _ in range(2))
    assert any("the job one did not run for" in message for message in caplog.messages)


def test_nothing_is_logged_of_a_job_that_fails_because_all_ends(caplog: pytest.LogCaptureFixture) -> None:
    began, ends = threading.Event(), threading.Event()

    def fail_at_the_end() -> None:
        began.set()
        ends.wait(SECONDS)
        raise ConnectionError("the database is gone")

    schedule = JobTimers({"one": (0.01, fail_at_the_end)})
    schedule.start()
    assert began.wait(SECONDS)
    threading.Timer(0.1, ends.set).start()
    schedule.stop(SECONDS)
    assert caplog.messages == []
