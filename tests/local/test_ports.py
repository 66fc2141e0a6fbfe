"""Which ports the local system takes, and what it prints: exactly one line for scripts with --json."""

import json
import os
import random
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import suppress

import pytest

from tests.local.running import PROJECT, clean_environment, is_free, launched, port_of

DYNAMODB_PORT, RELAY_PORT = 8009, 5555
SMALL = ("--data", "memory", "--no-report")


@pytest.fixture
def default_ports_taken() -> Iterator[None]:
    """By this test, or already by another program."""
    taken = []
    for port in (DYNAMODB_PORT, RELAY_PORT):
        with suppress(OSError):
            taken.append(socket.create_server(("127.0.0.1", port)))
    try:
        yield
    finally:
        for listener in taken:
            listener.close()


def test_taken_default_ports_fall_back_to_free_ones_with_a_line_each(default_ports_taken: None) -> None:
    said, err = _run("--port", str(_free_port()), "--json")
    assert err == [
        f"local: port {DYNAMODB_PORT} is in use, so DynamoDB uses {said['dynamodb']} instead",
        f"local: port {RELAY_PORT} is in use, so the relay uses {said['relay']} instead",
    ]


def test_free_default_ports_are_used() -> None:
    if not (is_free(DYNAMODB_PORT) and is_free(RELAY_PORT)):
        pytest.skip("another program uses a default port")
    said, err = _run("--port", str(_free_port()), "--json")
    assert (port_of(said["dynamodb"]), port_of(said["relay"])) == (DYNAMODB_PORT, RELAY_PORT)
    assert err == []


def test_make_run_prints_one_line_of_json_and_nothing_else_and_port_0_picks_free_ports_for_all_that_are_not_asked_for(
    default_ports_taken: None,
) -> None:
    make = shutil.which("make")
    if make is None:
        pytest.skip("make is not installed")
    asked_for = _free_port()
    process = subprocess.Popen(
        [make, "run", f"ARGS=--json --port 0 --relay-port {asked_for} {' '.join(SMALL)}"],
        cwd=PROJECT,
        env=clean_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    with process:
        assert process.stdout
        assert process.stderr
        line = process.stdout.readline()
        assert line, process.stderr.read()
        said = json.loads(line)
        os.killpg(process.pid, signal.SIGINT)  # like Ctrl-C in a terminal
        out, err = process.communicate(timeout=60)
    assert said.keys() == {"url", "token", "password", "dynamodb", "dynamodb_key", "relay"}
    ports = {port_of(said[name]) for name in ("url", "dynamodb", "relay")}
    assert len(ports) == 3
    assert asked_for == port_of(said["relay"])
    assert not ports & {8008, DYNAMODB_PORT}
    assert out == ""
    assert [line for line in err.splitlines() if not line.startswith("make: ")] == []


def _run(*arguments: str) -> tuple[dict[str, str], list[str]]:
    """Starts and stops a small system; what it said, and its lines on stderr."""
    with launched(*SMALL, *arguments) as process:
        assert process.stdout
        assert process.stderr
        line = process.stdout.readline()
        assert line, process.stderr.read()
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (0, "")
    return json.loads(line), err.splitlines()


def _free_port() -> int:
    """Below those that systems give to connections: another process would get it meanwhile."""
    return next(port for port in random.sample(range(10_000, 30_000), 1000) if is_free(port))
