"""`python bench/whose.py [--data ../shared/data/provenance] [--prompts 200] [--out FILE]`: how `provenance whose`
does on models whose teachers are documented (not in this repository). Writes results/whose.json.

Three kinds of suspects, each with its family left out of the pack: documented students; controls with their whole
provider left out; students with their teacher's whole provider left out. Of the last two "none of these" is true.
Texts are read once for all; for a few suspects everything is read anew, to see how much that changes.
"""

from __future__ import annotations

import argparse
import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from stillwatch.provenance.fingerprint.lineage import Standing, read_lineage
from stillwatch.provenance.fingerprint.outputs import read_outputs
from stillwatch.provenance.fingerprint.panel import SPEAKS_AGAINST_AT
from stillwatch.provenance.whose.question import judge
from stillwatch.provenance.whose.resemblance import Resemblance, resemblance
from stillwatch.provenance.whose.strangers import Strangers

HERE = Path(__file__).parent
# Preference data of several sources, and a model documented as nobody's: no student of one teacher.
LEFT_OUT = ("pref",)
CHECKED = 8


@dataclass(frozen=True)
class Suspect:
    kind: str
    model: str
    family: str
    teachers: tuple[str, ...]
    providers_out: tuple[str, ...] = ()


def suspects(rows: list[dict[str, str]]) -> Iterator[Suspect]:
    for row in rows:
        providers = tuple(row["teacher_providers"].split("|"))
        if row["kind"] == "student" and row["relation"] not in LEFT_OUT:
            yield Suspect("student", row["model"], row["family"], providers)
            yield Suspect("student of an absent teacher", row["model"], row["family"], (), providers)
        elif row["kind"] in ("native", "human"):
            yield Suspect("innocent, provider absent", row["model"], row["family"], (), (row["provider"],))


def places_of(whole: Resemblance, one: Suspect) -> np.ndarray:  # type: ignore[type-arg]
    standing = whole.standing
    kept = standing.control & (standing.families != one.family) & ~np.isin(standing.providers, one.providers_out)
    at = whole.models.index(one.model)
    kept[at] = False
    return np.append(np.flatnonzero(kept), at)


def alone(whole: Resemblance, places: np.ndarray) -> Resemblance:  # type: ignore[type-arg]
    """The pack and, last, the suspect, of whom nothing is declared."""
    sight = whole.only(places)
    standing = sight.standing
    names = [np.append(column[:-1], "(suspect)") for column in (standing.families, standing.providers)]
    flags = [np.append(column[:-1], False) for column in (standing.control, standing.rival)]
    return replace(sight, standing=Standing(names[0], names[1], flags[0], flags[1]))


def row_of(one: Suspect, sight: Resemblance, strangers: Strangers) -> dict[str, object]:
    judged = judge(sight, len(sight.models) - 1, strangers=strangers)
    ranking = judged.ranking
    best = ranking.best
    assert best is not None
    group = [teacher.provider for teacher in ranking.teachers if teacher.in_set]
    ratios = [teacher.log_lr for teacher in ranking.teachers if teacher.log_lr is not None]
    return {
        "kind": one.kind, "model": one.model, "family": one.family, "teachers": one.teachers, "first": best.provider,
        "score": best.score, "p_adjusted": best.p_adjusted, "p_absent": best.p_absent, "log_lr": best.log_lr,
        "set": group, "named": ranking.named, "by_holm_alone": (best.p_adjusted or 1.0) <= 0.05,
        "none_supported": bool(not ranking.named and max(ratios) <= SPEAKS_AGAINST_AT),
        "strangers": len(judged.measure), "margin": ranking.margin,
    }  # fmt: skip


def share(rows: list[dict[str, object]], hit: list[bool], draws: int = 4000) -> dict[str, object]:
    """Mean over families of the share of their models, with a bootstrap interval over families."""
    by_family: dict[str, list[bool]] = {}
    for row, yes in zip(rows, hit, strict=True):
        by_family.setdefault(str(row["family"]), []).append(yes)
    means = np.array([np.mean(values) for values in by_family.values()])
    drawn = np.random.default_rng(0).choice(means, (draws, len(means))).mean(axis=1)
    return {
        "models": len(rows), "hits": int(sum(hit)), "families": len(means), "by_family": float(means.mean()),
        "families_with_any": int((means > 0).sum()), "low": float(np.quantile(drawn, 0.025)),
        "high": float(np.quantile(drawn, 0.975)),
    }  # fmt: skip


def summary(rows: list[dict[str, object]]) -> dict[str, object]:
    found: dict[str, object] = {}
    for kind in dict.fromkeys(str(row["kind"]) for row in rows):
        own = [row for row in rows if row["kind"] == kind]
        found[kind] = {
            "named": share(own, [bool(row["named"]) for row in own]),
            "named by Holm alone": share(own, [bool(row["by_holm_alone"]) for row in own]),
            "none supported": share(own, [bool(row["none_supported"]) for row in own]),
        }
        if kind == "student":
            right = [row["first"] in row["teachers"] for row in own]  # type: ignore[operator]
            found[kind] |= {  # type: ignore[operator]
                "first is right": share(own, right),
                "named and right": share(own, [bool(r["named"]) and yes for r, yes in zip(own, right, strict=True)]),
                "set covers": share(own, [bool(set(row["set"]) & set(row["teachers"])) for row in own]),  # type: ignore[call-overload]
                "set of one": share(own, [len(row["set"]) == 1 for row in own]),  # type: ignore[arg-type]
            }
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=HERE.parent.parent / "shared" / "data" / "provenance")
    parser.add_argument("--benchmark", default="alpaca_eval")
    parser.add_argument("--prompts", type=int, default=200)
    parser.add_argument("--out", type=Path, default=HERE / "results" / "whose.json")
    asked = parser.parse_args()
    corpus = read_outputs(asked.data / "outputs.parquet").only(asked.benchmark)
    chosen = np.zeros(len(corpus.prompts), bool)
    count = min(asked.prompts, len(corpus.prompts))
    chosen[np.random.default_rng(0).choice(len(corpus.prompts), count, replace=False)] = True
    corpus = corpus.restricted(chosen)
    standing = read_lineage(asked.data / "models.csv").standing(asked.benchmark, corpus.models)
    whole = resemblance(corpus, standing)
    with (asked.data / "models.csv").open(encoding="utf-8") as file:
        own = [row for row in csv.DictReader(file) if row["benchmark"] == asked.benchmark]
    known: dict[tuple[int, ...], Strangers] = {}
    rows, checked = [], []
    for one in suspects(own):
        places = places_of(whole, one)
        pack = tuple(int(place) for place in places[:-1])
        strangers = known.setdefault(pack, Strangers(whole.only(places[:-1])))
        rows.append(row_of(one, alone(whole, places), strangers))
        if one.kind == "student" and len(checked) < CHECKED and one.family not in {c["family"] for c in checked}:
            names = [corpus.models[place] for place in places]
            keep = np.isin(corpus.model_of, places)
            number = {int(place): at for at, place in enumerate(places)}
            part = replace(
                corpus, models=tuple(names),
                model_of=np.array([number[int(m)] for m in corpus.model_of[keep]], np.int32),
                prompt_of=corpus.prompt_of[keep], texts=corpus.texts.filter(keep),
            )  # fmt: skip
            again = resemblance(part, alone(whole, places).standing)
            anew = row_of(one, again, Strangers(again.only(np.arange(len(places) - 1))))
            moved = [name for name in ("first", "set", "named") if anew[name] != rows[-1][name]]
            checked.append(
                {"model": one.model, "family": one.family, "score": rows[-1]["score"], "anew": anew["score"],
                 "other": moved}
            )  # fmt: skip
    made = {
        "data": asked.benchmark, "prompts": count, "models": len(corpus.models), "summary": summary(rows),
        "read_anew": checked, "rows": rows,
    }  # fmt: skip
    asked.out.write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")
    print(json.dumps({"summary": made["summary"], "read_anew": checked}, indent=1))


if __name__ == "__main__":
    main()
