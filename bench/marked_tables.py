"""Tables of the pages in docs: written in Markdown, and put between the marks that a page keeps for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

__all__ = ["fill", "table"]

END = "<!-- end -->"


def fill(page: Path, made: Mapping[str, str]) -> None:
    """Write each text of `made` between `<!-- NAME -->`, NAME being its key, and the next `<!-- end -->`. The rest of
    the page stays byte for byte. SystemExit, and nothing written, where the page lacks a place."""
    text = page.read_text(encoding="utf-8")
    for name, told in made.items():
        begin = f"<!-- {name} -->"
        before, found, rest = text.partition(begin)
        if not found:
            raise SystemExit(f"{page}: has no place for {name}. Write {begin} where it belongs, and {END} below it.")
        inside, found, after = rest.partition(END)
        if not found or "<!--" in inside:
            raise SystemExit(f"{page}: the place of {name} does not end. Write {END} below {begin}.")
        text = f"{before}{begin}\n{told}\n{END}{after}"
    page.write_text(text, encoding="utf-8")


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    head = list(head)
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, ["---"] * len(head), *rows))
