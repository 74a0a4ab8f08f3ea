"""The figures of docs/window-test.md, from bench/results/window.json."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

PAGE = Path(__file__).parent.parent / "docs" / "window-test.md"
HEADING = "## Measured\n"
Rates = Callable[[list[dict[str, Any]]], dict[float, tuple[float | None, float | None]]]


def percent(rate: float | None) -> str:
    return "–" if rate is None else f"{100 * rate:.0f}"


def write_page(known: dict[str, Any], rates: Rates) -> None:
    """Replace what stands under the heading, to the end of the page."""
    head, _, _ = PAGE.read_text(encoding="utf-8").partition(HEADING)
    lines: list[str] = []
    for part, title in (("pairs", "Attacker-normal pairs"), ("sources", "Distillation sources against the benign mix")):
        if part in known:
            lines += ["", f"### {title}", "", *detection(known[part], rates)]
    for part, write in (("alarms", false_alarms), ("tenants", lone), ("year", looks), ("drift", drifting)):
        if part in known:
            lines += ["", *write(known[part])]
    if "accounts" in known:
        lines += ["", *localised(known["accounts"])]
    if "speed" in known:
        lines += ["", *timing(known["speed"])]
    PAGE.write_text(head + HEADING + "\n".join(lines) + "\n", encoding="utf-8")


def detection(rows: list[dict[str, Any]], rates: Rates) -> list[str]:
    """Alarms in per cent: window test / kernel test, by size and attackers' share; a mean over names below."""
    axes = sorted({row["axes"] for row in rows if row["windows"]})
    lines = [
        f"Windows that alarm, in per cent: window test / kernel test (embedding of {', '.join(map(str, axes))} axes).",
        "",
        "| | 1,500: 5 % | 10 % | 25 % | 500: 5 % | 10 % | 25 % |",
        "|---|---|---|---|---|---|---|",
    ]
    columns = [(size, share) for size in (1500, 500) for share in (0.05, 0.1, 0.25)]
    sums: dict[tuple[int, float], list[tuple[float, float]]] = {column: [] for column in columns}
    for name in sorted({row["name"] for row in rows} - {""}):
        cells = []
        for size, share in columns:
            ours, theirs = rates([row for row in rows if row["name"] == name and row["size"] == size])[share]
            if ours is not None and theirs is not None:
                sums[size, share].append((ours, theirs))
            cells.append(f"{percent(ours)} / {percent(theirs)}")
        lines.append(f"| {name} | {' | '.join(cells)} |")
    means = [
        " / ".join(percent(sum(pair[side] for pair in found) / len(found)) for side in (0, 1)) if found else "–"
        for found in sums.values()
    ]
    return [*lines, f"| **mean** | {' | '.join(f'**{mean}**' for mean in means)} |"]


def false_alarms(rows: list[dict[str, Any]]) -> list[str]:
    trials = sum(row["splits"] for row in rows)
    lines = ["### False alarms of the window test on pooled honest traffic", ""]
    lines += ["One window a split, so that no two windows of a set share a reference; shared null.", ""]
    lines += ["| set | prompts | splits | p ≤ 0.005 | p ≤ 0.05 | p ≤ 0.5 |", "|---|---|---|---|---|---|"]
    for row in rows:
        counts = " | ".join(str(row[f"at_{level}"]) for level in (0.005, 0.05, 0.5))
        lines.append(f"| {row['name']} | {row['size']:,} | {row['splits']} | {counts} |")
    totals = " | ".join(str(sum(row[f"at_{level}"] for row in rows)) for level in (0.005, 0.05, 0.5))
    return [*lines, f"| **all** | | {trials} | {totals} |"]


def lone(found: dict[str, Any]) -> list[str]:
    rows = found["rows"]
    honest = [row for row in rows.values() if row["honest"]]
    hostile = [row for row in rows.values() if not row["honest"]]
    lines = [
        "### Lone tenants",
        "",
        f"Windows of {found['size']} prompts of one source alone; {len(honest)} honest sources and {len(hostile)} "
        "distillation sources. Pooled tests: share of windows that alarm. Tenants' null: sources at or below a "
        "p-value, each ranked among the other honest sources.",
        "",
        "| | kernel test | window test, pooled null | p ≤ 0.05 | p ≤ 0.1 | p ≤ 0.2 |",
        "|---|---|---|---|---|---|",
    ]
    for name, some in (("honest", honest), ("distillation", hostile)):
        pooled = [percent(sum(row[test] for row in some) / len(some)) for test in ("kernel_test", "window_test")]
        ranked = [row["tenant_p_value"] for row in some if row["tenant_p_value"] is not None]
        below = [f"{sum(p <= level for p in ranked)} of {len(ranked)}" for level in (0.05, 0.1, 0.2)]
        lines.append(f"| {name} | {pooled[0]} % | {pooled[1]} % | {' | '.join(below)} |")
    return lines


def looks(found: dict[str, Any]) -> list[str]:
    lines = [
        "### A year of daily looks",
        "",
        f"Honest tenants that ever alarm within {found['days']} days, promised: {found['alpha']:.0%} at most.",
        "",
        "| looks | rule | tenants | alarmed | 95 % interval |",
        "|---|---|---|---|---|",
    ]
    names = {"ranks": "ranks among 1,000 tenants, lasting quirks", "fresh_windows": "fresh windows of real prompts"}
    rules = {
        "alarms_spending": "`Spending`", "alarms_capital": "`Capital`", "alarms_daily_test": "p ≤ alpha on any day",
        "alarms_multiplied": "`Capital`, where it does not belong",
    }  # fmt: skip
    for part, what in names.items():
        for key, rule in rules.items():
            if key in found[part]:
                low, high = found[part][f"{key}_interval"]
                lines.append(
                    f"| {what} | {rule} | {found[part]['tenants']:,} | {found[part][key]:,} | {low:.1%}–{high:.1%} |"
                )
    return lines


def drifting(found: dict[str, Any]) -> list[str]:
    lines = [
        "### Drift and a slow campaign",
        "",
        f"Looks that alarm, of {found['looks']} from day {found['first_campaign_day']} to {found['days']}.",
        "",
        "| reference | no campaign | slow campaign | first alarm |",
        "|---|---|---|---|",
    ]
    names = {"drifting": "`DriftingReference`", "yesterdays": "the last 7 days, whole", "fixed": "the first 14 days"}
    for key, name in names.items():
        quiet, loud = found["quiet"][key], found["campaign"][key]
        lines.append(f"| {name} | {len(quiet)} | {len(loud)} | {f'day {loud[0]}' if loud else 'never'} |")
    return lines


def localised(found: dict[str, Any]) -> list[str]:
    rows = found["rows"]
    shares = [row["attackers_among_first_three"] for row in rows]
    weakest = min(rows, key=lambda row: row["attackers_among_first_three"])
    mean = 100 * sum(shares) / len(shares)
    what = f"{found['accounts']} accounts, {found['attacking']} of them with {found['share']:.0%} of the prompts"
    least = f"{weakest['name']}, {100 * weakest['attackers_among_first_three']:.0f} %"
    return [
        "### Who drives it",
        "",
        f"Windows of 1,500 prompts, {what}, {found['trials']} trials on each of {len(rows)} sources. Of the first "
        f"three accounts by what their prompts add, {mean:.0f} % were attackers (chance: 10 %); least on {least}.",
    ]


def timing(found: dict[str, Any]) -> list[str]:
    told = "; ".join(
        f"{int(size):,} prompts: {one['null_seconds']} s for the null, once, "
        f"then {1000 * one['window_seconds']:.0f} ms a window"
        for size, one in found.items()
    )
    return ["### Speed", "", f"One thread of a machine that other work shared, reference of 6,000 prompts. {told}."]
