"""Harvesting judged from windows of prompts of sources that were not seen: SW131 harvest-text.

    python bench/unseen.py [--prompts ../shared/data/prompts] [--judge FOLDER] [--size 200] [--most 10] [--seeds 1 2 3]

Whole families of sources are held out in turn: centre, scale, weights and threshold come from the others. --judge
takes another folder of the same layout, and judges it by what --prompts fitted: nothing there is fitted, and nothing is
written. Without --judge, writes src/stillwatch/signals/harvest_text.json (fitted figures only, no text),
bench/results/unseen.json and unseen.svg, and the tables of docs/signals/harvest-text.md. One process, some minutes.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import altair as alt
import numpy as np

import stillwatch
from marked_tables import fill
from stillwatch.signals.harvest_text import FEATURES
from unseen_figures import (
    BLOCKS,
    TYPING_BLOCK,
    Bools,
    Floats,
    Model,
    by_source,
    chosen_again,
    fit,
    fitted_blocks,
    held_out,
    judged,
    summary,
    threshold,
)
from unseen_windows import KIN, Windows, measure, read_prompts, single_templates, with_cover

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "bench" / "results" / "unseen.json"
WEIGHTS = ROOT / "src" / "stillwatch" / "signals" / "harvest_text.json"
PAGE = ROOT / "docs" / "signals" / "harvest-text.md"
SIZES = (50, 100, 500)
LEAST = 60  # prompts of a template that is judged alone
COVER = (0.1, 0.25, 0.5)

Figures = dict[str, Any]


def sources(windows: Windows, scores: Floats, over: Bools) -> list[Figures]:
    """One row a source, the highest first."""
    names, means = by_source(np.stack([scores, over], axis=1), windows.source)
    label = dict(zip(windows.source, windows.label, strict=True))
    count = {name: int((windows.source == name).sum()) for name in names}
    rows = [
        {
            "source": name,
            "label": label[name],
            "windows": count[name],
            "score": round(score, 2),
            "above": round(share, 3),
        }
        for name, (score, share) in zip(names, means.tolist(), strict=True)
    ]
    return sorted(rows, key=lambda row: (-row["score"], row["source"]))


def fitted(windows: Windows, budget: float) -> tuple[Model, float]:
    """The model and threshold of all sources."""
    honest = windows.label != "distillation"
    model = fit(windows, np.ones(len(honest), np.bool_))
    return model, threshold(model.score(windows, honest), windows.source[honest], budget)


def ablations(windows: Windows, budget: float) -> dict[str, Figures]:
    found = {}
    for name in BLOCKS:
        rest = {other: block for other, block in BLOCKS.items() if other != name}
        found[f"without {name}"] = summary(windows, *held_out(windows, rest, budget))
        found[f"{name} alone"] = summary(windows, *held_out(windows, {name: BLOCKS[name]}, budget))
    found["with typing habits added"] = summary(windows, *held_out(windows, BLOCKS | TYPING_BLOCK, budget))
    found["typing habits alone"] = summary(windows, *held_out(windows, TYPING_BLOCK, budget))
    for name, scores in (
        ("blocks weighed by a fit instead", fitted_blocks(windows)),
        ("features and directions chosen anew in each fold", chosen_again(windows)),
    ):
        # These have no threshold: their TPR and FPR are left out.
        figures = summary(windows, scores, scores > np.inf)
        found[name] = {key: figures[key] for key in ("all", "benign", "hard_negative")}
    return found


def row(name: str, figures: Figures) -> str:
    def area(key: str) -> str:
        low, high = figures[key]["interval_90"]
        return f"{figures[key]['auc']:.3f} ({low:.2f}–{high:.2f})"

    def rate(key: str) -> str:
        return f"{figures[key]['mean']:.0%} ({'–'.join(f'{edge:.0%}' for edge in figures[key]['interval_95'])})"

    rates = [rate(key) if key in figures else "" for key in ("tpr", "fpr")]
    return f"| {name} | {' | '.join(map(area, ('all', 'benign', 'hard_negative')))} | {' | '.join(rates)} |"


def tables(results: Figures) -> str:
    alone = results["templates_alone"]
    lines = [
        "| held out by families of sources | AUC | against benign | against hard negatives | caught | false alarms |",
        "|---|---|---|---|---|---|",
        row(f"**windows of {results['size']}**", results["held_out"]),
        *(row(name, figures) for name, figures in results["ablations"].items()),
        *(row(f"windows of {size}", figures) for size, figures in results["sizes"].items()),
        "",
        "| source | | windows | score | above its threshold |",
        "|---|---|---|---|---|",
        *(
            f"| {one['source']} | {one['label'].replace('_', ' ')} | {one['windows']} | {one['score']:+.2f} | "
            f"{one['above']:.0%} |"
            for one in results["sources"]
        ),
        "",
        f"Honest templates alone ({alone['least']} prompts or more, each judged as one customer): {alone['above']:.0f} "
        f"of {alone['templates']} lie above the threshold of all sources ({alone['threshold']:+.2f}).",
        "",
        "Campaigns that hide among prompts of benign sources, at the same threshold: caught "
        + ", ".join(f"{share:.0%} at {float(cover):.0%} cover" for cover, share in results["cover"].items())
        + ".",
    ]
    return "\n".join(lines)


def draw(results: Figures) -> alt.Chart:
    bars = alt.Chart(alt.Data(values=results["sources"]), title="Score of whole sources, each judged unseen")
    return bars.mark_circle(size=70).encode(
        x=alt.X("score:Q", title="score (0: the mean of all sources)"),
        y=alt.Y("source:N", sort=[one["source"] for one in results["sources"]], title=None),
        color=alt.Color("label:N", title=None, scale=alt.Scale(range=["#1b7837", "#b2182b", "#e08214"])),
    ).properties(width=480)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--prompts", type=Path, default=ROOT.parent / "shared" / "data" / "prompts")
    parser.add_argument("--judge", type=Path)
    parser.add_argument("--size", type=int, default=200)
    parser.add_argument("--most", type=int, default=10, help="windows a source and seed")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--budget", type=float, default=0.05)
    options = parser.parse_args()
    prompts = read_prompts(options.prompts)
    windows = measure(prompts, options.size, options.most, options.seeds)
    model, limit = fitted(windows, options.budget)
    if options.judge:
        other = measure(read_prompts(options.judge), options.size, options.most, options.seeds)
        scores, over = judged(other, model, limit)
        print(json.dumps({"judged": summary(other, scores, over), "sources": sources(other, scores, over)}, indent=1))
        return
    scores, over = held_out(windows, budget=options.budget)
    alone = measure(single_templates(prompts, LEAST), options.size, 3, options.seeds[:1])
    _, shares = by_source((model.score(alone) > limit).astype(np.float64), alone.source)
    results = {
        "version": stillwatch.__version__,
        "size": options.size,
        "seeds": options.seeds,
        "windows": len(scores),
        "budget": options.budget,
        "families": KIN,
        "held_out": summary(windows, scores, over),
        "ablations": ablations(windows, options.budget),
        "sizes": {},
        "cover": {},
        "sources": sources(windows, scores, over),
        "templates_alone": {
            "least": LEAST, "templates": len(shares), "above": float(shares.sum()), "threshold": round(limit, 3)
        },
    }  # fmt: skip
    for size in SIZES:
        sized = measure(prompts, size, options.most, options.seeds[:1])
        results["sizes"][size] = summary(sized, *held_out(sized, budget=options.budget))
    for share in (0.0, *COVER):
        covered = measure(with_cover(prompts, share, options.seeds[0]), options.size, 3, options.seeds[:1])
        results["cover"][share] = summary(covered, *judged(covered, model, limit))["tpr"]["mean"]
    features = {
        name: {key: round(float(value), 4) for key, value in zip(("mean", "deviation", "weight"), three, strict=True)}
        for name, *three in zip(model.names, model.mean, model.deviation, model.weight, strict=True)
    }
    made = (
        f"bench/unseen.py: mean, deviation and block weight over {len(set(windows.source))} public prompt sources, "
        f"windows of {options.size}, seeds {options.seeds}; labels were not used; directions are set by hand"
    )
    shipped = {"made": made, "features": {name: features[name] for name in FEATURES}}
    WEIGHTS.write_text(json.dumps(shipped, indent=1) + "\n", encoding="utf-8")
    RESULTS.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    draw(results).save(RESULTS.with_suffix(".svg"))
    if PAGE.exists():
        fill(PAGE, {"bench/unseen.py": tables(results)})
    print(tables(results))


if __name__ == "__main__":
    main()
