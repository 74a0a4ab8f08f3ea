"""The answer to "whose is this model?" as a page and in a terminal. Takes it as plain values (as in whose.json)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from stillwatch.console import figures
from stillwatch.console.page import environment, write_page
from stillwatch.console.terminal import listing
from stillwatch.console.text import clean_all

__all__ = ["whose_summary", "write_whose"]

Plain = Mapping[str, Any]
_LONGEST = 700
_BINS = 60
_VERSIONS = 4


def write_whose(path: Path, finding: Plain) -> None:
    """Write the page to `path`, whole or not at all. Raises StillwatchError where it cannot be written."""
    found: Any = clean_all(dict(finding), _LONGEST)
    low, high = _span(found)
    page = environment().get_template("whose.html.j2").render(
        found=found, nobody=found["none"], status=_status(found), facts=_facts(found),
        bins=_bins(found["none"]["strangers"], low, high), low=figures.number(low), high=figures.number(high),
        teachers=[_row(one, low, high) for one in found["teachers"]], odds=figures.odds, ratio=figures.bits,
        number=figures.number,
    )  # fmt: skip
    write_page(path, page)


def whose_summary(finding: Plain) -> RenderableType:
    """The same in some thirty lines."""
    found: Any = clean_all(dict(finding), _LONGEST)
    none = found["none"]
    verdict = f"student of {found['answer']}" if found["answer"] else "none of these"
    rows = [
        (one["provider"] + (" *" if one["in_set"] else ""), figures.number(one["score"]),
         figures.odds(one["p_adjusted"]), figures.odds(one["p_absent"]), figures.odds(one["p"]),
         figures.number(one["log_lr"], 1))
        for one in found["teachers"]
    ]  # fmt: skip
    rows.append(("none of these", "", "", "", figures.odds(none["p_value"]), ""))
    head = ("teacher", "score>", "p Holm>", "p strangers>", "p>", "ln LR>")
    first = found["teachers"][0] if found["teachers"] else {"versions": ()}
    versions = ", ".join(f"{one['model']} {figures.number(one['score'])}" for one in first["versions"][:_VERSIONS])
    parts: list[RenderableType] = [
        Text.assemble((verdict, "bold red" if found["answer"] else "bold yellow"), "  ", (found["suspect"], "bold")),
        Text(found["sentence"]), Text(), listing(head, rows),
        Text(f"* cannot be told apart from the best, if one of them it is. None of these: {none['standing']}.", "dim"),
        Text(),
    ]  # fmt: skip
    if versions:
        parts.append(Text(f"Versions of the closest, not told apart: {versions}", "dim"))
    parts.append(Text(none["text"]))
    if none["noticed"]:
        seen = "; ".join(f"{figures.percent(n['named'])} at {figures.percent(n['share'])}" for n in none["noticed"])
        parts.append(Text(f"Of made-up students would be named, by how much of them is the teacher's: {seen}.", "dim"))
    parts += [Text(f"missing: {one['missing']}", "yellow") for one in found["teachers"] if one["missing"]]
    parts += [Text(f"note: {text}", "yellow") for text in found["notes"]]
    return Group(*parts, Text(), *(Text(f"- {text}", "dim") for text in found["limits"]))


def _facts(found: Plain) -> tuple[tuple[str, str, str], ...]:
    none = found["none"]
    return (
        ("p-value", figures.odds(none["p_value"]), f"the larger of Holm's and strangers'; {found['level']} names"),
        ("Smallest possible", figures.odds(none["floor"]), "with these families"),
        ("Innocents named", figures.percent(none["rate"]),
         f"families weighing alike; {figures.percent(none['rate_by_holm_alone'])} without strangers"),
        ("Stays first", found["first_without"], "when one control family at a time is left out"),
        ("Questions", figures.count(found["prompts"]), f"of {figures.count(found['pack_prompts'])} in the pack"),
        ("Controls", figures.count(found["models"]), f"in {figures.count(found['families'])} families: the unit"),
    )  # fmt: skip


def _status(found: Plain) -> str:
    return "alert" if found["answer"] else "declared" if found["none"]["standing"] == "supported" else "review"


def _span(found: Plain) -> tuple[float, float]:
    """From the lowest to the highest score that is drawn, strangers and teachers alike, cut where one runs away."""
    strangers: Sequence[float] = found["none"]["strangers"]
    scores = [one["score"] for one in found["teachers"] if one["score"] is not None]
    reach = max((abs(value) for value in strangers), default=1.0) * 3 + 1
    drawn = [min(reach, max(-reach, value)) for value in [*strangers, *scores]] or [0.0]
    low, high = min(drawn), max(drawn)
    return (low, high) if high - low > 1e-9 else (low - 1.0, high + 1.0)


def _at(value: float, low: float, high: float) -> float:
    return round(min(100.0, max(0.0, (value - low) / (high - low) * 100)), 2)


def _bins(values: Sequence[float], low: float, high: float) -> list[tuple[float, float]]:
    """(left, height) in percent, of the bins that are not empty."""
    counts = [0] * _BINS
    for value in values:
        counts[min(_BINS - 1, int(_at(value, low, high) / 100 * _BINS))] += 1
    most = max(1, *counts)
    return [(place * 100 / _BINS, count * 100 / most) for place, count in enumerate(counts) if count]


def _row(one: Plain, low: float, high: float) -> dict[str, Any]:
    score = one["score"]
    ends = [_at(edge, low, high) for edge in (one["low"], one["high"]) if edge is not None]
    return {
        **one, "at": None if score is None else _at(score, low, high), "range": _range(one),
        "ends": (ends[0], round(ends[1] - ends[0], 2)) if len(ends) == 2 else None,
    }  # fmt: skip


def _range(one: Plain) -> str:
    return figures.UNKNOWN if one["low"] is None else f"{figures.number(one['low'])} to {figures.number(one['high'])}"
