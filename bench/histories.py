"""Do the error rates of `provenance timeline` and `provenance benchmarks` hold? Innocent and guilty histories.

    python bench/histories.py [--histories 1000] [--seed 1]
    python bench/histories.py --pages

Each setting has that many innocent and as many guilty histories, each judged by the same functions as the commands
(`study`, `compare_gains`), refusals and all. An innocent world has every common cause that we could think of; what ties
the suspect to the campaigns is only in the guilty ones. Writes bench/results/histories.json and the tables of
docs/timeline.md and docs/skill-gains.md; --pages only writes the tables again. One process, some minutes.
"""

from __future__ import annotations

import argparse
import datetime
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import stillwatch
from history_worlds import BEGIN, EFFECT, PARTING, Dates, Marks, dates, marks
from marked_tables import fill, table
from stillwatch.bench.intervals import share
from stillwatch.provenance.benchmarks import compare_gains
from stillwatch.provenance.timeline import Design, study

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "bench" / "results" / "histories.json"
PAGES = {"timeline": ROOT / "docs" / "timeline.md", "benchmarks": ROOT / "docs" / "skill-gains.md"}
LEVELS = (0.05, 0.01)

TIMELINES = {
    "no common cause": Dates(),
    "120 peers": Dates(peers=120),
    "common season": Dates(season=True),
    "common season, suspect three times as fast": Dates(season=True, pace=15),
    "common season, suspect slow": Dates(season=True, pace=1.5),
    "common season, 120 peers": Dates(season=True, peers=120),
    "season of the suspect only": Dates(own_season=True),
    "season of the suspect only, three times as fast": Dates(own_season=True, pace=15),
    "growing field": Dates(growth=True),
    "growing field, common season": Dates(growth=True, season=True),
    "race after our releases": Dates(race=True),
    "race after our releases, suspect three times as fast": Dates(race=True, pace=15),
    "young providers": Dates(founding=True),
    "even rhythm": Dates(regular=True),
    "overlapping campaigns": Dates(overlapping=True),
    "monthly suspect": Dates(monthly=True),
    "8 peers": Dates(peers=8),
}
GAINS = {
    "no common cause": Marks(),
    "120 peers": Marks(peers=120),
    "correlated skills": Marks(correlated=True),
    "correlated skills, 120 peers": Marks(correlated=True, peers=120),
    "heavy-tailed gains": Marks(heavy=True),
    "heavy-tailed, uneven, correlated": Marks(heavy=True, uneven=True, correlated=True),
    "frontier jump of everyone": Marks(jump=1.5),
    "jump of the suspect only, in proportion": Marks(own_jump=1.0),
    "jump of the suspect only, correlated": Marks(own_jump=1.0, correlated=True),
    "catching up": Marks(catching_up=True),
    "suspect scatters twice as much": Marks(noise=2.0),
    "suspect scatters twice as much, correlated, 120 peers": Marks(noise=2.0, correlated=True, peers=120),
    "near the ceiling": Marks(level=2.0),
    "a quarter of scores missing": Marks(missing=0.25),
    "trend before the date": Marks(drift=0.6),
    "skills chosen after the scores": Marks(chosen_after=True),
    "skills chosen after, suspect scatters twice as much": Marks(chosen_after=True, noise=2.0),
    "peers share six base models, not told": Marks(clusters=6),
    "120 peers, three of twelve skills": Marks(peers=120, skills=12, targeted=3),
    "120 peers, three of twelve skills, correlated": Marks(peers=120, skills=12, targeted=3, correlated=True),
    "four skills": Marks(skills=4, targeted=1),
    "8 peers": Marks(peers=8),
}

Judged = tuple[float | None, bool | None, dict[str, float]]  # p-value, effect inside the interval, parts of the p-value


def timeline(rng: np.random.Generator, world: Dates, guilty: bool) -> Judged:
    windows, releases = dates(rng, world, guilty)
    design = Design(first_day=BEGIN, last_day=BEGIN + datetime.timedelta(days=1094))
    found = study("suspect", windows, releases, design=design, draws=0)
    if found.p_value is None or found.shift_hits is None or not found.shifts or found.peer_share is None:
        return None, None, {}
    raw = (1 + (found.closer_peers or 0)) / (1 + found.peers)
    return found.p_value, None, {"own shifts": found.shift_hits / found.shifts, "peers": found.peer_share, "raw": raw}


def gains(rng: np.random.Generator, world: Marks, guilty: bool) -> Judged:
    scores, targeted = marks(rng, world, guilty)
    parting = BEGIN + datetime.timedelta(days=PARTING)
    declared = None if world.chosen_after else parting
    found = compare_gains(scores, "0-2", targeted, after=parting, declared=declared, with_power=False)
    if found.p_value is None or found.p_skills is None or found.p_placebo is None:
        return None, None, {}
    effect = EFFECT if guilty else 0.0
    covered = None if found.low is None or found.high is None else found.low <= effect <= found.high
    parts = {"permuted skills": found.p_skills, "placebo models": found.p_placebo}
    if found.p_adjusted is not None:
        parts["allowing for growth"] = found.p_adjusted
    return found.p_value, covered, parts


def rates(judge: Callable[[np.random.Generator, Any, bool], Judged], world: Any, count: int, seed: int, place: int):  # type: ignore[no-untyped-def]
    """One row of the results. Those refused count as not accused; `judged` says how many were not."""
    row: dict[str, Any] = {}
    for guilty in (False, True):
        found = [judge(np.random.default_rng([seed, place, guilty, number]), world, guilty) for number in range(count)]
        p_values = [p for p, _, _ in found if p is not None]
        covered = [inside for _, inside, _ in found if inside is not None]
        name = "guilty" if guilty else "innocent"
        row[f"{name}_judged"] = _estimate(len(p_values), count)
        for level in LEVELS:
            row[f"{'power' if guilty else 'false'}_{level}"] = _estimate(sum(p <= level for p in p_values), count)
        if covered:
            row[f"{name}_coverage"] = _estimate(sum(covered), len(covered))
        if not guilty:
            parts = sorted({part for _, _, values in found for part in values})
            row["false_alone_0.05"] = {
                part: round(sum(values.get(part, 1.0) <= 0.05 for _, _, values in found) / count, 3) for part in parts
            }
    return row


def _estimate(hits: int, of: int) -> dict[str, Any]:
    found = share(hits, of)
    return {
        "share": None if found.value is None else round(found.value, 4),
        "low": None if found.low is None else round(found.low, 4),
        "high": None if found.high is None else round(found.high, 4),
    }


def write_pages(made: dict[str, Any]) -> None:
    """The tables of both pages, between their marks."""
    for name, page in PAGES.items():
        covers = name == "benchmarks"
        head = ["world", "judged", "false at 0.05", "false at 0.01", "found at 0.05", *(["interval covers"] * covers)]
        rows = []
        for setting, row in made[name].items():
            cells = [setting, _percent(row["innocent_judged"], short=True), _percent(row["false_0.05"])]
            cells += [_percent(row["false_0.01"]), _percent(row["power_0.05"], short=True)]
            if covers:
                cells.append(
                    _percent(row["innocent_coverage"], short=True) if "innocent_coverage" in row else "none given"
                )
            rows.append(cells)
        alone = max(max(row["false_alone_0.05"].values()) for row in made[name].values())
        told = table(head, rows) + (
            f"\n\n{made['histories']:,} innocent and as many guilty histories a line, seed {made['seed']}; brackets "
            "are 95 % Clopper-Pearson intervals. The worst single part alone, in the world that it fails in: "
            f"{100 * alone:.0f} % false at 0.05."
        )
        fill(page, {"bench/histories.py": told})


def _percent(found: dict[str, Any], *, short: bool = False) -> str:
    value, low, high = (100 * (found[name] or 0.0) for name in ("share", "low", "high"))
    return f"{value:.0f} %" if short else f"{value:.1f} % ({low:.1f}–{high:.1f})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--histories", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=RESULTS)
    parser.add_argument("--pages", action="store_true", help="only write the tables of the pages again")
    given = parser.parse_args()
    if given.pages:
        write_pages(json.loads(given.out.read_text(encoding="utf-8")))
        return
    began = time.monotonic()
    made: dict[str, Any] = {
        "stillwatch": stillwatch.__version__, "histories": given.histories, "seed": given.seed, "effect_logits": EFFECT
    }  # fmt: skip
    for name, judge, settings in (("timeline", timeline, TIMELINES), ("benchmarks", gains, GAINS)):
        made[name] = {}
        for place, (setting, world) in enumerate(settings.items()):
            row = rates(judge, world, given.histories, given.seed, place + 100 * (name == "benchmarks"))
            made[name][setting] = row
            shown = [f"{key} {row[key]['share']}" for key in row if key != "false_alone_0.05"]
            print(f"{name}: {setting}: {', '.join(shown)}; alone {row['false_alone_0.05']}", flush=True)
    made["seconds"] = round(time.monotonic() - began)
    given.out.write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")
    if given.out == RESULTS:
        write_pages(made)


if __name__ == "__main__":
    main()
