"""`ops doctor` on a stage in the emulated AWS, which has no network, no caches and no countries of its own."""

import json
import re
import subprocess

import pytest

from tests.stack.stack_deployment import Stack
from tests.support.documented import PROJECT

BOTH_WAYS = {"through the edge", "past the edge"}
NOT_EMULATED = {
    "the edge's cache": "the emulated CloudFront keeps nothing",
    "country": "the emulated CloudFront knows no countries",
    "compressed answers, through the edge": "the emulated AWS compresses nothing that Lambda can return as it is",
    "compressed answers, past the edge": "the emulated AWS compresses nothing that Lambda can return as it is",
    "429 for a flood": "the emulated AWS is too slow to be flooded",
}


def run(stack: Stack, *arguments: str) -> subprocess.CompletedProcess[str]:
    return stack.attempt("-m", "ops", "--stage", stack.stage, "doctor", *arguments)


@pytest.fixture(scope="module")
def lines(stack: Stack) -> dict[str, tuple[str, str]]:
    """(verdict, what was seen) by the name of the check."""
    finished = run(stack, f"https://{stack.outputs['EdgeDomain']}", "--json")
    assert finished.stdout, finished.stderr
    found = map(json.loads, finished.stdout.splitlines())
    return {line["check"]: (line["verdict"], line["seen"]) for line in found}


def test_everything_that_can_be_emulated_is_well(lines: dict[str, tuple[str, str]]) -> None:
    assert {name: seen for name, (verdict, seen) in lines.items() if verdict == "FAIL"} == {}


def test_what_the_emulator_cannot_do_says_so(lines: dict[str, tuple[str, str]]) -> None:
    assert {name: seen for name, (verdict, seen) in lines.items() if verdict == "skip"} == NOT_EMULATED


def test_refusals_are_checked_through_the_edge_and_past_it(lines: dict[str, tuple[str, str]]) -> None:
    for status in ("401", "403", "404", "413"):
        assert {name.partition(", ")[2] for name in lines if name.startswith(status)} == BOTH_WAYS


def test_nothing_of_it_is_left(stack: Stack, lines: dict[str, tuple[str, str]]) -> None:
    assert "doctor-" not in stack.ops("token", "list")
    assert "doctor" not in stack.ops("server", "list")


def test_what_is_wrong_fails_and_is_named_on_a_line_for_people(stack: Stack) -> None:
    """An API that is not there: the emulator answers for it in its own words."""
    finished = run(stack, "https://nothing.execute-api.us-east-1.amazonaws.com/api")
    assert finished.returncode == 1
    assert re.search(r"^FAIL  version: \d+ ", finished.stdout, re.M)
    assert re.search(r"^ok    403 for a wrong credential, past the edge: 403$", finished.stdout, re.M)
    assert finished.stderr.endswith("checks failed; docs/first-deploy.md explains each of them\n")


def test_what_is_no_url_is_refused(stack: Stack) -> None:
    finished = run(stack, "nezha.example.com")
    assert (finished.returncode, finished.stdout) == (1, "")
    assert finished.stderr == "ops: 'nezha.example.com' is not a URL; use the one that make deploy printed\n"


def test_the_page_explains_every_line(lines: dict[str, tuple[str, str]]) -> None:
    page = (PROJECT / "docs" / "first-deploy.md").read_text()
    for name in lines:
        assert f"`{name.partition(', through')[0].partition(', past')[0]}`" in page, name
