"""The pages of docs/signals say what the classes say."""

from __future__ import annotations

import inspect
import json
import math
import re
import statistics
from pathlib import Path
from typing import Any

import pytest

from stillwatch.signals import SIGNALS, Signal, figures
from stillwatch.signals.figures import CUT
from stillwatch.testing import SECTIONS

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs" / "signals"
RESULTS = ROOT / "bench" / "results" / "signals.json"
NO_FIGURES = "experimental: no committed figures yet"

each = pytest.mark.parametrize("signal", SIGNALS, ids=lambda signal: signal.code)


def page(signal: Signal) -> str:
    return (DOCS / f"{signal.name}.md").read_text(encoding="utf-8")


def words(text: str) -> str:
    return " ".join(text.split())


@each
def test_a_page_states_the_facts_of_its_class(signal: Signal) -> None:
    text = page(signal)
    assert text.startswith(f"# {signal.code} {signal.name}\n")
    facts = dict(re.findall(r"^\| ([a-zA-Z ]+) \| (.+) \|$", text.partition("## What it")[0], flags=re.MULTILINE))
    assert facts["code"] == signal.code
    assert facts["family"] == signal.family
    assert facts["needs"] == ", ".join(f"`{name}`" for name in sorted(signal.needs))
    assert facts["MITRE ATLAS"] == signal.atlas
    assert facts["proves"] == (signal.kind or "no kind of harvest by itself")
    assert facts["compared with"] == ", ".join(signal.reference)
    trials = signal.minimum_trials // signal.trials_each
    assert facts["judges from"].startswith(f"{trials:,} {signal.unit}")
    assert re.search(rf", {signal.minimum_accounts} accounts?$", facts["judges from"])


@each
def test_a_page_has_the_sections_of_the_docstring(signal: Signal) -> None:
    docstring = inspect.getdoc(type(signal)) or ""
    for section, following in zip(SECTIONS, (*SECTIONS[1:], None), strict=True):
        body = docstring.partition(f"{section}:")[2]
        body = body.partition(f"{following}:")[0] if following else body
        assert words(f"## {section} {body}") in words(page(signal)), f"{signal.name}: {section}"
    calibrated = page(signal).partition("## How it is calibrated\n")[2].partition("\n## ")[0]
    assert "the weight is ln e, e = (1 - p + p ln p) / (p ln² p), from ln 0.5 upwards" in words(calibrated)


def groups(label: str) -> dict[str, list[dict[str, Any]]]:
    """The committed rows of each campaign, or of each look-alike, over all worlds."""
    found: dict[str, list[dict[str, Any]]] = {}
    for row in json.loads(RESULTS.read_text(encoding="utf-8"))["rows"]:
        if row["label"] == label:
            found.setdefault(row["group"], []).append(row)
    return found


def table(text: str) -> dict[str, list[str]]:
    """The cells of a table's rows by their first cell."""
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line[:1] == "|"]
    return {row[0]: row[1:] for row in rows[2:]}


def share(hits: int, of: int) -> str:
    """Hits, trials and the exact 95 % interval, found by bisection of the binomial tails."""
    if not of:
        return "none"

    def tail(p: float, least: int, most: int) -> float:
        return sum(math.comb(of, k) * p**k * (1 - p) ** (of - k) for k in range(least, most + 1))

    def bound(least: int, most: int, *, rising: bool) -> float:
        low, high = 0.0, 1.0
        for _ in range(60):
            middle = (low + high) / 2
            low, high = (middle, high) if (tail(middle, least, most) < 0.025) == rising else (low, middle)
        return low

    low = bound(hits, of, rising=True) if hits else 0.0
    high = bound(0, hits, rising=False) if hits < of else 1.0
    return f"{hits} of {of} ({low:.0%}–{high:.0%})"


@each
def test_measured_quality_is_what_was_measured(signal: Signal) -> None:
    shown = page(signal).partition("## Measured quality\n")[2]
    campaigns, alike = groups("campaign"), groups("look-alike")
    measured = figures().signals.get(signal.code)
    if measured is None:
        assert NO_FIGURES in shown
        return
    assert NO_FIGURES not in shown
    by_kind, _, summary = shown.partition("At p ≤ 0.01")
    told = table(by_kind)
    assert campaigns.keys() == told.keys()
    fired = judged_campaigns = 0
    for group, worlds in campaigns.items():
        p_values = [row["p_values"][signal.code] for row in worlds]
        judged = [p_value for p_value in p_values if p_value is not None]
        beyond = sum(p_value <= CUT for p_value in judged)
        fired, judged_campaigns = fired + beyond, judged_campaigns + len(judged)
        assert told[group][1:3] == [f"{len(judged)} of {len(p_values)}", str(beyond)]
        shares = [f"{statistics.fmean(judged):.4f}", f"{max(judged):.4f}"] if judged else ["–", "–"]
        assert told[group][3:] == shares, group
    judged = [p for worlds in alike.values() for row in worlds if (p := row["p_values"][signal.code]) is not None]
    alarmed = sum(p_value <= CUT for p_value in judged)
    assert f"{sum(p_value <= 0.05 for p_value in judged)} of {len(judged)} judged" in shown
    rows = table(summary)
    assert rows["recall"] == [share(fired, judged_campaigns)]
    assert rows["precision"] == [share(fired, fired + alarmed)]
    assert rows["look-alikes that fired"] == [share(alarmed, len(judged))]
    counts = (measured.campaigns, measured.campaigns_fired, measured.lookalikes, measured.lookalikes_fired)
    assert counts == (judged_campaigns, fired, len(judged), alarmed)


def test_the_committed_figures_are_of_the_committed_rows() -> None:
    results = json.loads(RESULTS.read_text(encoding="utf-8"))
    assert list(figures().seeds) == results["seeds"]
    assert figures().signals.keys() == results["rows"][0]["p_values"].keys()
    for code, found in figures().signals.items():
        bases = [row["bases"][code] for row in results["rows"] if row.get("bases", {}).get(code) is not None]
        assert found.base == (pytest.approx(statistics.fmean(bases), abs=1e-5) if bases else None)


def test_the_index_tells_what_the_signals_come_to() -> None:
    told = table((DOCS / "index.md").read_text(encoding="utf-8").partition("## Measured quality\n")[2])
    expected = {}
    for label in ("campaign", "look-alike"):
        for group, worlds in groups(label).items():
            sums = [row["harvest_log_lr"] for row in worlds if row["harvest_log_lr"] is not None]
            figures = [min(sums), statistics.fmean(sums), max(sums)]
            expected[group] = [label, str(len(sums)), *(f"{figure:.1f}" for figure in figures)]
    assert told == expected


def test_the_index_lists_every_signal_and_no_other() -> None:
    listed = re.findall(
        r"^\| \[(SW\d+)\]\((.+)\.md\) \| ([a-z-]+) \| (\w+) \| (\S+) \| (.+) \| (\S+) \|$",
        (DOCS / "index.md").read_text(encoding="utf-8"),
        flags=re.MULTILINE,
    )
    assert listed == [
        (one.code, one.name, one.name, one.family, one.kind or "–", ", ".join(sorted(one.needs)), one.atlas)
        for one in SIGNALS
    ]
    assert {path.stem for path in DOCS.glob("*.md")} == {"index", *(signal.name for signal in SIGNALS)}
