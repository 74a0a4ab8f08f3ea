"""The pages of dates and gains: self-contained, without script, and the same in a terminal."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from rich.console import Group, RenderableType
from rich.text import Text

from stillwatch.console.history_views import Drawing, History
from stillwatch.console.page import environment, write_page
from stillwatch.console.terminal import listing

__all__ = ["history_story", "write_history"]


def write_history(path: Path, view: History) -> None:
    """Write the page to `path`, whole or not at all. Raises StillwatchError where it cannot be written."""
    drawn = [
        {"title": drawing.title, "caption": drawing.caption, "svg": _draw(drawing, f"chart-{place}")}
        for place, drawing in enumerate(view.drawings, start=1)
    ]
    write_page(path, environment().get_template("histories.html.j2").render(view=view, drawings=drawn))


def history_story(view: History, *, rows: int = 12) -> RenderableType:
    """The verdict, its numbers, and the first rows of each table."""
    parts: list[RenderableType] = [Text.assemble((view.verdict, "bold"), "  ", view.question), Text(view.sentence)]
    if view.facts:
        parts += [Text(), listing(("", "", ""), view.facts)]
    parts += [Text(f"missing: {text}", "yellow") for text in view.missing]
    parts += [Text(f"note: {text}", "yellow") for text in view.warnings]
    for sheet in view.sheets:
        # A column of remarks would squeeze the figures of eighty columns: they stand under the table instead.
        wide = len(sheet.head) - (sheet.head[-1] == "note")
        shown = [row[:wide] for row in sheet.rows[:rows]]
        parts += [Text(), Text(sheet.title, "bold"), listing(sheet.head[:wide], shown)]
        parts += [Text(f"{row[0]}: {row[-1]}", "dim") for row in sheet.rows[:rows] if wide < len(row) and row[-1]]
        if len(sheet.rows) > rows:
            parts.append(Text(f"and {len(sheet.rows) - rows} more", "dim"))
    return Group(*parts, Text(), *(Text(f"- {text}", "dim") for text in view.limits))


def _draw(drawing: Drawing, name: str) -> str:
    # Altair takes a third of a second to import; the terminal side must not pay for it.
    from stillwatch.console import charts, history_charts

    kinds: dict[str, Callable[..., charts.Spec]] = {
        "histories": history_charts.histories, "skills": history_charts.skills, "contrasts": history_charts.contrasts
    }  # fmt: skip
    return charts.render(kinds[drawing.kind](*drawing.data), name)
