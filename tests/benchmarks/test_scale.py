"""docs/scale.md shows what its program prints."""

from pathlib import Path

from benchmarks import scale

PAGE = Path(__file__).parents[2] / "docs" / "scale.md"


def test_the_tables_of_the_page_are_what_the_code_gives_now(dynamodb_in_process: None) -> None:
    page = PAGE.read_text()
    sections = {section.partition("\n")[0]: section for section in page.split("\n## ")}
    for title, table in scale.tables(scale.count()):
        assert table in sections[title], f"docs/scale.md, {title}: python -m benchmarks.scale prints other figures"
