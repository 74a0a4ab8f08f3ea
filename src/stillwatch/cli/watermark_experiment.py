"""`watermark experiment`: a teacher and students made here, to see marks survive distillation with one's own eyes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from stillwatch.cli.app import AsJson, watermark
from stillwatch.cli.showing import print_json, say

if TYPE_CHECKING:
    from rich.console import RenderableType

__all__ = ["experiment"]

Figures = dict[str, Any]


@watermark.command()
def experiment(
    out: Annotated[Path, typer.Option("--out", help="Folder for worlds and results; what is in it is not made again.")],
    seeds: Annotated[int, typer.Option(min=1, help="Worlds, each of its own seed: eight minutes on two cores.")] = 1,
    first_seed: Annotated[int, typer.Option("--first-seed", min=0, help="Seed of the first world.")] = 1,
    zeros: Annotated[int, typer.Option(min=1, help="Students of each world that never see a mark.")] = 1,
    scale: Annotated[
        float, typer.Option(min=0.01, max=1.0, help="Part of all amounts, for a quick look; too small shows nothing.")
    ] = 1.0,
    as_json: AsJson = False,
) -> None:
    """Train small models on marked answers, here and now, and test which of them carry the mark and from whom."""
    from stillwatch.bench import marks
    from stillwatch.console import terminal
    from stillwatch.console.progress import steps

    with steps(quiet=as_json) as progress:
        worlds = marks.run_experiment(
            out, range(first_seed, first_seed + seeds), zeros=zeros, scale=scale, progress=progress
        )
    made = marks.summary(worlds)
    drawn = marks.write_summary(made, out)
    if as_json:
        print_json({"kind": "experiment", "scale": scale, **made})
        return
    terminal.console().print(_students(made), "", _open(made), "", _quality(made), "", sep="\n")
    for sentence in _sentences(made, scale):
        say(sentence)
    say(f"Results: {out / 'summary.json'}, {drawn}")


def _students(made: Figures) -> RenderableType:
    from stillwatch.console.terminal import listing

    rows = [
        (name, f"{one['tokens']:,.0f}", _median(one["log10_p"]), _median(one["published_log10_p"]),
         f"{sum(one['accused_right'])} of {len(made['seeds']) * one['keys']}", sum(one["accused_wrong"]))
        for name, one in made["students"].items()
    ]  # fmt: skip
    headings = ("student", "tokens>", "ours>", "published>", "named>", "wrong>")
    return listing(headings, rows, _title("Answers alone: log10 p of the buyer's key, and accounts named", made))


def _open(made: Figures) -> RenderableType:
    from stillwatch.console.terminal import listing

    rows = [
        (name, contexts, _median(one["log10_p"]), _median(one["published"]))
        for name, kinds in made["open"].items()
        for contexts, one in kinds.items()
    ]
    headings = ("student", "read over", "ours>", "published>")
    return listing(headings, rows, _title("The model itself (open access): log10 p", made))


def _quality(made: Figures) -> RenderableType:
    from stillwatch.console.terminal import listing

    rows = [
        (name, f"{one['nll']:.3f}", f"{one['distinct_3']:.3f}", f"{one['task']:.3f}")
        for name, one in made["quality"].items()
    ]
    headings = ("data set", "loss>", "distinct trigrams>", "as the book>")
    return listing(headings, rows, "What marks cost (loss in nats)")


def _sentences(made: Figures, scale: float) -> list[str]:
    zeros = made["zeros"]
    cohorts = [(name, one["cohort_log10_p"]) for name, one in made["students"].items() if "cohort_log10_p" in one]
    told = [f"{name}: its buyers' keys as one cohort, log10 p {_median(spread)}." for name, spread in cohorts]
    share = f"{zeros['below_5_percent']:.1%}"
    told += [
        f"Students that saw no mark: {zeros['students']}, {zeros['keys']:,} keys in all; {share} of p-values at or "
        f"below .05, {zeros['below_1e-6']} below 1e-6, lowest log10 p {zeros['lowest_log10_p']:.1f}; test of "
        f"uniformity (Kolmogorov, Smirnov): p = {zeros['kolmogorov_smirnov_p']:.2g}. Counted without deduplication, "
        f"{zeros['naive_below_1e-6']:.0%} of these innocent keys would be below 1e-6."
    ]
    if scale < 1:
        told.append(f"At {scale:g} of the amounts students learn too little for these figures to say anything.")
    return told


def _median(spread: Figures) -> str:
    if spread["worlds"] == 1:
        return f"{spread['median']:.1f}"
    return f"{spread['median']:.1f} ({spread['lowest']:.0f}, {spread['highest']:.0f})"


def _title(text: str, made: Figures) -> str:
    seeds = made["seeds"]
    return f"{text}; seed {seeds[0]}" if len(seeds) == 1 else f"{text}; seeds {seeds[0]} to {seeds[-1]}"
