"""The results for people: one self-contained page, the same tables as Markdown, and the summary as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import jinja2
import msgspec

from stillwatch.bench.figures import draw, finding, timing
from stillwatch.bench.intervals import Estimate
from stillwatch.bench.run import command
from stillwatch.bench.summary import summarise

__all__ = ["Table", "tables", "write_results"]

Rows = Sequence[Mapping[str, Any]]
Table = tuple[str, str, list[str], list[list[str]]]  # title, remark, head, cells


def write_results(worlds: Sequence[Mapping[str, Any]], out: Path) -> dict[str, Any]:
    """`summary.json` and `benchmark.html` into `out`; returns the summary as plain values."""
    summary = summarise(worlds)
    plain: dict[str, Any] = msgspec.to_builtins(summary)
    (out / "summary.json").write_bytes(msgspec.json.format(msgspec.json.encode(plain), indent=1) + b"\n")
    drawn = []
    for figure in ("found", "precision", "recall"):
        if summary["find"]:
            drawn.append((f"By attacker: {figure}", draw(finding(summary["find"], figure), figure)))
    if summary["time"]:
        drawn.append(("Time to detection", draw(timing(summary["time"]), "time")))
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("stillwatch.bench"), autoescape=True, undefined=jinja2.StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    page = environment.get_template("page.html.j2").render(
        tables=tables(summary), figures=drawn, worlds=[_row(world) for world in worlds]
    )
    (out / "benchmark.html").write_text(page, encoding="utf-8")
    return plain


def tables(summary: Mapping[str, Any]) -> list[Table]:
    """Every table of the results: (title, remark, head, rows of cells)."""
    made = [
        _find(summary["find"]),
        _kinds(summary["kinds"]),
        _time(summary["time"]),
        _false(summary["false"]),
        _alike(summary["alike"]),
        _groupings(summary["baselines"]),
        _rules(summary["baselines"]),
        _kernels(summary["baselines"]),
    ]
    return [table for table in made if table[3]]


def _find(rows: Rows) -> Table:
    head = ["attacker", "difficulty", "found", "precision", "recall", "linked", "most pieces", "review only", "worlds"]
    cells = [
        [row["scenario"], row["difficulty"], _percent(row["found"]), _percent(row["precision"]),
         _percent(row["recall"]), _percent(row["linked"]), str(row["pieces"]), str(row["reviewed"]), str(row["worlds"])]
        for row in rows
    ]  # fmt: skip
    remark = (
        "Found: alerts that are mostly the campaign's name more than half of its accounts. Linked: how much of it the "
        "group holds that links most of it, whatever was decided of that group. Precision and recall are of all "
        "those alerts together. Brackets: 95 % intervals, Clopper-Pearson for shares, bootstrap over worlds for means."
    )
    return "Campaigns by attacker and difficulty", remark, head, cells


def _kinds(rows: Rows) -> Table:
    head = ["kind", "difficulty", "found", "precision", "recall", "worlds"]
    cells = [
        [row["kind"], row["difficulty"], _percent(row["found"]), _percent(row["precision"]), _percent(row["recall"]),
         str(row["worlds"])]
        for row in rows
    ]  # fmt: skip
    return (
        "Campaigns by what they harvest",
        "Over all attackers that harvest it, adaptive ones among them.",
        head,
        cells,
    )


def _time(rows: Rows) -> Table:
    head = [
        "case",
        "hours to a review or alert",
        "to the first alert",
        "to half of its accounts",
        "taken by then",
        "never",
        "worlds",
    ]
    cells = [
        [row["case"], *(_number(row[name]) for name in ("hours_to_listed", "hours", "hours_to_half")),
         _percent(row["taken"]), str(row["never"]), str(row["worlds"])]
        for row in rows
    ]  # fmt: skip
    remark = (
        "Medians over worlds. The log is cut at growing times after the campaign's first request; a cut knows nothing "
        "of what came later, neither exchanges nor accounts nor bans. Taken: share of all exchanges its accounts make."
    )
    return "Time to detection", remark, head, cells


def _false(rows: Rows) -> Table:
    head = ["worlds", "number", "months", "false alerts", "worlds with one", "a month", "mostly"]
    cells = [
        [row["worlds"], str(row["number"]), f"{row['months']:.1f}", str(row["alerts"]), _percent(row["share"]),
         _number(row["a_month"]), ", ".join(row["mostly"]) or "–"]
        for row in rows
    ]  # fmt: skip
    return "False alerts", "Alerts of which no campaign has the majority. A month: exact Poisson interval.", head, cells


def _alike(rows: Rows) -> Table:
    head = ["look-alike", "worlds", "alert", "review", "declared", "accounts named by any alert"]
    cells = [
        [row["role"], *(str(row[name]) for name in ("worlds", "alert", "review", "declared", "named"))] for row in rows
    ]
    return "Look-alikes", "Groups listed whose commonest role it is. Every world holds every look-alike.", head, cells


def _groupings(rows: Rows) -> Table:
    head = ["baseline", "difficulty", "precision", "recall", "groups of innocents a world"]
    cells = [
        [row["method"], row["difficulty"], _percent(row["precision"]), _percent(row["recall"]), _number(row["false"])]
        for row in rows
        if "false" in row
    ]
    remark = "Of the component that holds most of the campaign. They do not ask whether a group harvests."
    return "Baseline: accounts that share values", remark, head, cells


def _rules(rows: Rows) -> Table:
    head = ["baseline", "difficulty", "recall at the budget", "recall at 1 % of honest accounts"]
    cells = [
        [row["method"], row["difficulty"], _percent(row["recall"]), _percent(row["recall_at_1_percent"])]
        for row in rows
        if "cut" in row
    ]
    remark = "The threshold is fitted on the worlds without a campaign: as many false accounts a month as the budget."
    return "Baseline: one rule an account", remark, head, cells


def _kernels(rows: Rows) -> Table:
    head = [
        "difficulty",
        "campaign accounts",
        "honest accounts",
        "windows of all traffic",
        "the same without a campaign",
    ]
    cells = [
        [row["difficulty"], *(_percent(row[name]) for name in
         ("recall", "honest_accounts", "pooled", "pooled_without_campaign"))]
        for row in rows
        if row["method"] == "kernel test"
    ]  # fmt: skip
    remark = (
        "Alarms at the test's own level of 5 %. Its reference here is honest traffic alone, which flatters it; the "
        "embedding is of word ids, since the paper's cannot be shipped."
    )
    return "Baseline: the published kernel test", remark, head, cells


def _percent(estimate: Estimate) -> str:
    return _shown(estimate, lambda value: f"{100 * value:.0f}" if value in (0.0, 1.0) else f"{100 * value:.1f}", " %")


def _number(estimate: Estimate) -> str:
    return _shown(estimate, lambda value: f"{value:.3g}", "")


def _shown(estimate: Estimate, text: Any, unit: str) -> str:
    if estimate.value is None:
        return "–" if not estimate.n else "not within the log"
    if estimate.low is None and estimate.high is None:
        return f"{text(estimate.value)}{unit}"
    low, high = (text(edge) if edge is not None else "?" for edge in (estimate.low, estimate.high))
    return f"{text(estimate.value)}{unit} ({low}–{high})"


def _row(world: Mapping[str, Any]) -> dict[str, str]:
    if world["question"] == "time":
        result = "; ".join(f"{look['hours']} h: recall {look['recall']:.2f}" for look in world["looks"])
    else:
        planted = [
            f"{c['campaign']}: precision {_plain(c['precision'])}, recall {_plain(c['recall'])}"
            for c in world["campaigns"]
        ]
        false = [f"false alert on {alert['members']} ({alert['mostly']})" for alert in world["false_alerts"]]
        result = "; ".join([*planted, *false]) or "quiet"
    return {"case": world["case"], "command": command(world), "result": result}


def _plain(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
