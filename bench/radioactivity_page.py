"""The tables of docs/watermark-experiment.md, from results."""

from __future__ import annotations

from pathlib import Path
from statistics import median
from typing import Any

from marked_tables import fill, table

PAGE = Path(__file__).parent.parent / "docs" / "watermark-experiment.md"
TITLES = {
    "kgw-1 at 50 %": "KGW, 1 token of context, 50 %",
    "kgw-1 at 10 %": "KGW, 1 token, 10 %",
    "kgw-1 at 100 %": "KGW, 1 token, 100 %",
    "kgw-2 at 100 %": "KGW, 2 tokens, 100 %",
    "gumbel-1 at 50 %": "Gumbel, 1 token, 50 %",
    "eight at 12.5 %": "KGW, 1 token, eight accounts, 12.5 % each",
}
Figures = dict[str, Any]


def write_page(results: Figures) -> None:
    """Each table between its marks."""
    fill(PAGE, {f"bench/radioactivity.py: {name}": told(results) for name, told in TABLES.items()})


def _spread(found: Figures) -> str:
    if found["worlds"] == 1:
        return f"{found['median']:.1f}"
    return f"{found['median']:.1f} ({found['lowest']:.1f} to {found['highest']:.1f})"


def _asked(made: Figures) -> str:
    """What issue 5 asked before the test was built, and what came out."""
    students, zeros = made["students"], made["zeros"]
    rows: list[tuple[str, str, str, str, bool]] = []

    def at_most(what: str, bound: float, found: Figures, published: Figures) -> None:
        rows.append((what, f"median ≤ {bound:g}", _spread(found), _spread(published), found["median"] <= bound))

    for name, bound in (("kgw-1 at 50 %", -25), ("kgw-1 at 10 %", -3), ("kgw-2 at 100 %", -15)):
        at = students[name]["at"]
        at_most(f"log10 p, answers alone, {TITLES[name]}", bound, at["log10_p"], at["published_log10_p"])
    known = made["open"]["kgw-1 at 50 %"]["known outputs"]
    at_most("log10 p, open model over known outputs, KGW, 1 token, 50 %", -40, known["log10_p"], known["published"])
    low, high = zeros["below_5_percent_interval"]
    rows.append(
        (f"unmarked students: {zeros['students']} with {zeros['keys'] // max(zeros['students'], 1):,} keys each",
         "p-values uniform (Kolmogorov-Smirnov p > .01), none below 1e-6",
         f"p = {zeros['kolmogorov_smirnov_p']:.2f}; {zeros['below_5_percent']:.1%} ({low:.1%} to {high:.1%}) at .05; "
         f"{zeros['below_1e-6']} below 1e-6, lowest log10 p {zeros['lowest_log10_p']:.1f} (over looks "
         f"{zeros['looks_below_5_percent']:.1%} at .05, lowest {zeros['looks_lowest_log10_p']:.1f})",
         f"counted without dedup: {zeros['naive_below_1e-6']:.0%} below 1e-6",
         zeros["kolmogorov_smirnov_p"] > 0.01 and zeros["below_1e-6"] == 0)
    )  # fmt: skip
    grown = students["kgw-1 at 50 %"]
    rows.append(
        ("more text never hurts, to 300,000 tokens", "monotone in every seed",
         f"{grown['most_lost_decades']:.1f} decades lost (by single looks {grown['single_most_lost']:.1f})",
         f"{grown['published_most_lost']:.1f} decades lost", grown["most_lost_decades"] == 0)
    )  # fmt: skip
    seeds = len(made["seeds"])
    right, wrong = sum(grown["accused_right"]), sum(grown["accused_wrong"])
    rows.append(
        ("1,000 accounts, one at 50 %", "the right one, nobody else", f"{right} of {seeds} seeds, {wrong} others", "–",
         right == seeds and wrong == 0)
    )  # fmt: skip
    eight = students["eight at 12.5 %"]
    wrong = sum(eight["accused_wrong"])
    rows.append(
        ("1,000 accounts, eight at 12.5 %, 150,000 tokens", "3 of them or more in every seed, nobody else",
         f"{', '.join(map(str, eight['accused_right']))} of 8; {wrong} others", "–",
         min(eight["accused_right"]) >= 3 and wrong == 0)
    )  # fmt: skip
    cohort = eight["cohort_log10_p"]
    rows.append(
        ("the eight as one cohort", "median p < 1e-15", f"log10 p {_spread(cohort)}", "–", cohort["median"] < -15)
    )
    cells = ((*row[:4], "yes" if row[4] else "**no**") for row in rows)
    return table(
        ["what", "asked", f"found, {seeds} fresh seed{'s' * (seeds > 1)}", "published test, same text", "held"], cells
    )


def _students(made: Figures) -> str:
    rows = []
    for name, one in made["students"].items():
        keys = len(made["seeds"]) * one["keys"]
        tokens = f"{round(one['tokens'], -2):,.0f}"
        rows.append(
            [TITLES[name], tokens, _spread(one["log10_p"]), _spread(one["published_log10_p"]),
             f"{one['most_lost_decades']:.1f} / {one['single_most_lost']:.1f} / {one['published_most_lost']:.1f}",
             f"{sum(one['accused_right'])} of {keys}", str(sum(one["accused_wrong"]))]
        )  # fmt: skip
    head = ["student", "tokens", "log10 p", "published test",
            "decades lost on the way:<br>over looks / single looks / published",
            "buyers named", "others named"]  # fmt: skip
    return table(head, rows)


def _open(made: Figures) -> str:
    rows = [
        [TITLES[name], kind, _spread(one["log10_p"]), _spread(one["published"])]
        for name, kinds in made["open"].items()
        for kind, one in kinds.items()
    ]
    return table(["student", "read over", "log10 p", "published test"], rows)


def _forecast(made: Figures) -> str:
    rows = []
    seeds = len(made["seeds"])
    for name, one in made["forecast"].items():
        told = sorted(one["forecast_log10_p"])
        least = ["–" if share is None else f"{share:.0%}" for share in sorted(one["least_share"], key=str)]
        rows.append(
            [TITLES[name], _spread({"median": median(told), "lowest": told[0], "highest": told[-1], "worlds": seeds}),
             _spread(one["found"]["log10_p"]), f"{least[0]} to {least[-1]}" if least[0] != least[-1] else least[0],
             f"{sum(one['forecast_chance']) / len(told):.0%}", f"{one['found_below_level']} of {seeds}"]
        )  # fmt: skip
    head = ["student", "log10 p forecast", "log10 p found", "least share for p < 1e-6, 9 times in 10",
            "chance forecast", "seeds with p < 1e-6"]  # fmt: skip
    return table(head, rows)


def _quality(made: Figures) -> str:
    names = {"plain": "no mark", "eight": "KGW, 1 token, eight keys", "kgw-1": "KGW, 1 token", "kgw-2": "KGW, 2 tokens",
             "gumbel-1": "Gumbel, 1 token"}  # fmt: skip
    rows = [
        [names[name], f"{one['nll']:.3f}", f"{one['distinct_3']:.3f}", f"{one['task']:.3f}"]
        for name, one in made["quality"].items()
    ]
    return table(["answers with", "loss, nats a token", "distinct trigrams", "task"], rows)


def _made_with(made: Figures) -> str:
    versions = ", ".join(f"{name} {number}" for name, number in made["versions"].items())
    machine = made["machine"]
    return (
        f"Seeds {', '.join(map(str, made['seeds']))}; Stillwatch {', '.join(made['worlds_made_by'])}; weight "
        f"“{made['weight']}”; {versions}; {machine['cores']} cores, {machine['processor']}."
    )


TABLES = {
    "asked": _asked,
    "students": _students,
    "open": _open,
    "forecast": _forecast,
    "quality": _quality,
    "made with": _made_with,
}
