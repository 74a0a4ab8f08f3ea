"""The pages in docs/formats say what the readers do."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from stillwatch.schema import EXCHANGES
from stillwatch.sources import FORMATS, Source

PAGES = Path(__file__).parents[2] / "docs" / "formats"


@pytest.mark.parametrize("source", FORMATS, ids=lambda source: source.name)
def test_a_page_lists_exactly_the_columns_that_its_reader_fills(source: Source) -> None:
    page = (PAGES / f"{source.name}.md").read_text(encoding="utf-8")
    assert f"`--format {source.name}`" in page
    headings = re.findall(r"^## (.+)$", page, re.MULTILINE)
    assert headings == ["How to get it", "Columns it fills", "What stays blind", "Traps"]
    section = page.split("## Columns it fills")[1].split("##")[0]
    listed = re.findall(r"`(\w+)`", section)
    assert listed == [name for name in EXCHANGES.names if name in source.fills]


def test_the_index_lists_the_formats_in_their_order_and_every_page_has_one() -> None:
    index = (PAGES / "index.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| \[`([\w-]+)`\]\(([\w-]+)\.md\) \| (.+) \|$", index, re.MULTILINE)
    assert rows == [(source.name, source.name, source.description) for source in FORMATS]
    assert {path.stem for path in PAGES.glob("*.md")} == {"index", *(source.name for source in FORMATS)}


def test_links_lead_somewhere() -> None:
    for page in PAGES.glob("*.md"):
        for target in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
            assert (PAGES / target).exists(), (page.name, target)
