"""The pages of docs/signals say what the classes say."""

from __future__ import annotations

import inspect
import json
import re
from pathlib import Path

import pytest

from stillwatch.signals import SIGNALS, Signal
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
    assert "## How it is calibrated" in page(signal)


@each
def test_measured_quality_is_what_was_measured(signal: Signal) -> None:
    shown = page(signal).partition("## Measured quality\n")[2]
    if not RESULTS.exists():
        assert NO_FIGURES in shown
        return
    rows = json.loads(RESULTS.read_text(encoding="utf-8"))["rows"]
    campaigns = [row for row in rows if row["label"] == "campaign"]
    assert campaigns
    for row in campaigns:
        p_value = row["p_values"][signal.code]
        figure = "cannot judge" if p_value is None else f"{p_value:.4f}"
        assert f"| {row['group']} | {row['accounts']} | {figure} |" in shown
    alike = [row["p_values"][signal.code] for row in rows if row["label"] == "look-alike"]
    judged = [p_value for p_value in alike if p_value is not None]
    assert f"{sum(p_value <= 0.05 for p_value in judged)} of {len(judged)} judged" in shown


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
