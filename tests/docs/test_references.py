"""What the documents point to exists: files, headings, commands of make."""

import re
from functools import cache
from pathlib import Path

import pytest

from tests.support.documented import PROJECT

DOCUMENTS = sorted(path.relative_to(PROJECT) for path in [*PROJECT.glob("*.md"), *PROJECT.glob("docs/**/*.md")])
FOLDERS = ("agent", "benchmarks", "chalicelib", "docs", "infra", "local", "ops", "tests")

every_document = pytest.mark.parametrize("document", DOCUMENTS, ids=str)


@every_document
def test_links_lead_to_files_and_headings(document: Path) -> None:
    missing = []
    for link in re.findall(r"\]\(([^)\s]+)\)", text_of(document)):
        path, _, heading = link.partition("#")
        if link.startswith(("https://", "http://")):
            continue
        target = (document.parent / path) if path else document
        there = (PROJECT / target).exists()
        if not there or (heading and heading not in headings(Path(*target.parts))):
            missing.append(link)
    assert missing == []


@every_document
def test_files_that_are_named_exist(document: Path) -> None:
    named = re.findall(rf"`((?:{'|'.join(FOLDERS)})/[\w./-]*)`", text_of(document))
    assert [name for name in named if not (PROJECT / name).exists()] == []


@every_document
def test_modules_that_are_run_exist(document: Path) -> None:
    modules = re.findall(rf"python3? -m ((?:{'|'.join(FOLDERS)})[\w.]*)", text_of(document))
    paths = [PROJECT / module.rstrip(".").replace(".", "/") for module in modules]
    assert [path for path in paths if not path.with_suffix(".py").exists() and not path.is_dir()] == []


@every_document
def test_make_knows_the_targets(document: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (PROJECT / "Makefile").read_text(), re.M))
    used = re.findall(r"(?:^    |`)make ([a-z]+)", text_of(document), re.M)
    assert {*used} <= targets


def text_of(document: Path) -> str:
    return (PROJECT / document).read_text()


@cache
def headings(document: Path) -> frozenset[str]:
    """The anchors of a document's headings, as GitHub makes them."""
    found = re.findall(r"^#+ (.+)$", text_of(document), re.M)
    return frozenset(re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in found)
