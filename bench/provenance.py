"""Does the text test of provenance hold? Real answers of 100 and more models with documented teachers.

    python bench/provenance.py [--data ../shared/data/provenance] [--peer-python PYTHON] [--only SECTION ...]
    python bench/provenance.py --pages

Sections: quality (AUC, error rates, Cllr), prompts (how many are enough), attacks (on the suspect's answers), controls
(negative controls), peer (knowlyr-modelaudit 0.4.1 on the same texts; --peer-python is a Python that has it), speed.
Labels are read by this script only. Writes bench/results/provenance.json after each section (figures and names of
models, no text) and the tables of docs/provenance-benchmark.md; --pages only writes the tables again. Some 25 minutes
on two cores. Ends with status 1 where the shipped fit of the likelihood ratio is not the one of the data.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

import stillwatch
from provenance_controls import negative_controls, shuffled_teachers
from provenance_figures import Figures, auc_within_teachers, left_out_cllr, rates, sample, shipped_cllr, supported
from provenance_folds import attacked_rows
from provenance_pages import write_page
from provenance_rows import Data, Pair, Row, read_data, sample_of, screened, withheld
from provenance_speed import speed
from stillwatch.provenance.fingerprint import evidence
from stillwatch.provenance.fingerprint.coverage import references
from stillwatch.provenance.fingerprint.panel import SUPPORTS_AT

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "bench" / "results" / "provenance.json"
MAIN = "alpaca_eval"
BENCHMARKS = (MAIN, "wildbench", "oasst250", "speechmap", "qlora_vicuna80")
# Prompts: random draws of them. Small draws differ most.
DRAWS = {
    "all models": {25: 20, 50: 20, 100: 20, 200: 5, 400: 5},
    "the suspect": {25: 20, 50: 20, 100: 20},
}
SUBSET = 200
FOLDS = 4
MOST_APART = 0.05


@dataclass(frozen=True)
class Bench:
    data: Data
    peer: Path


def quality(bench: Bench) -> Figures:
    """Ranking, error rates and likelihood ratios of every benchmark, everything as declared; and AlpacaEval with the
    kind of each suspect's family withheld."""
    data, found, everything = bench.data, {}, []
    for benchmark in BENCHMARKS:
        rows, panels = screened(data.outputs.only(benchmark), data.of(benchmark), data.lineage)
        everything += rows
        one = _quality(rows)
        if benchmark == MAIN:
            one["high_confidence"] = sample(
                [r for r in rows if not r.pair.positive or r.pair.confidence == "high"]
            ).figures()
            one["against_models_without_teacher"] = sample(
                [r for r in rows if r.pair.positive or _innocent(data, r.pair)]
            ).figures()
            one["cllr"] = left_out_cllr(rows)
            one["within_teachers"] = auc_within_teachers(rows)
            one["by_teacher"] = _by_teacher(rows)
            one["missed"] = [
                f"{r.pair.suspect} / {r.pair.teacher}" for r in rows if r.pair.positive and not r.p_value <= 0.01
            ]
            hidden = {
                family: withheld(panels[0], data.lineage, data.of(benchmark), whole_family=family) for family in (0, 1)
            }
            one["kind_of_suspect_withheld"], one["kind_of_family_withheld"] = map(_quality, hidden.values())
            one["kind_of_family_withheld"]["falsely_accused"] = _accused(hidden[1])
            one["shuffled_teachers"] = shuffled_teachers(rows, panels[0], data)
        one["falsely_accused"] = _accused(rows)
        found[benchmark] = one
        _say(f"{benchmark}: AUC {one['ranking']['score']['auc']}, {one['false']['p_value']}")
    innocent = [r for r in everything if not r.pair.positive]
    return {
        "benchmarks": found,
        "all_innocent": {"supported": supported(innocent), **{of: rates(innocent, of) for of in PS}},
    }


PS = ("p_value", "p_parametric")


def _accused(rows: list[Row]) -> list[str]:
    return [f"{r.pair.suspect} / {r.pair.teacher}" for r in rows if not r.pair.positive and r.verdict == "supports"]


def _quality(rows: list[Row]) -> Figures:
    negative, positive = [r for r in rows if not r.pair.positive], [r for r in rows if r.pair.positive]
    blind = sum(not np.isfinite(r.p_value) for r in rows)
    some = blind < len(rows) / 2
    return {
        "ranking": {of: sample(rows, of).figures() for of in ("score", *(("p_parametric", "log_lr") if some else ()))},
        "false": {of: rates(negative, of) for of in PS},
        "found": {of: rates(positive, of) for of in PS},
        "supported": {"innocents": supported(negative), "students": supported(positive)},
        "cannot_judge": blind,
        "shipped_cllr": shipped_cllr(rows),
        "verdicts": {
            name: {v: sum(r.verdict == v for r in side) for v in ("supports", "inconclusive", "speaks against")}
            for name, side in (("students", positive), ("innocents", negative))
        },
    }  # fmt: skip


def _innocent(data: Data, pair: Pair) -> bool:
    """Whether the suspect has no documented teacher at all (a student of another is no innocent model)."""
    return data.lineage.rows[pair.benchmark, pair.suspect][2] in ("native", "human", "derived")


def _by_teacher(rows: list[Row]) -> Figures:
    found = {}
    for teacher in sorted({r.pair.teacher for r in rows}):
        own = [r for r in rows if r.pair.teacher == teacher]
        positive = [r for r in own if r.pair.positive]
        found[teacher] = {
            "pairs": [len(positive), len(own) - len(positive)],
            "auc": round(sample(own).auc(), 4) if positive else None,
            "found_at_0.01": sum(r.p_value <= 0.01 for r in positive),
            "false_at_0.01": sum(r.p_value <= 0.01 for r in own if not r.pair.positive),
        }
    return found


def prompts(bench: Bench) -> Figures:
    """AUC on fewer prompts, answered by all models, and by the suspect alone: each model as the suspect is known by the
    draw, each as a reference by everything."""
    corpus, pairs = bench.data.outputs.only(MAIN), bench.data.of(MAIN)
    suspects = list(dict.fromkeys(pair.suspect for pair in pairs))
    known = references(corpus, bench.data.lineage.standing(MAIN, corpus.models, suspects=suspects))
    whole, _ = screened(corpus, pairs, bench.data.lineage)
    found: Figures = {"all_prompts": _drawn([whole]), "answered_by": {}}
    for who, sizes in DRAWS.items():
        few = found["answered_by"][who] = {}
        for count, draws in sizes.items():
            own = known if who == "the suspect" else None
            parts = (sample_of(corpus, count, seed) for seed in range(draws))
            few[str(count)] = _drawn([screened(part, pairs, bench.data.lineage, known=own)[0] for part in parts])
            _say(f"{count} prompts answered by {who}: {few[str(count)]}")
    return found


def _drawn(draws: list[list[Row]]) -> Figures:
    aucs = [round(sample(rows).auc(), 4) for rows in draws]
    within = [auc_within_teachers(rows) for rows in draws]
    return {
        "auc": aucs, "mean": round(float(np.mean(aucs)), 4), "standard_error": _standard_error(aucs),
        "within_teachers": within, "tpr_at_1_percent": [round(sample(rows).detection(), 4) for rows in draws],
        "found_at_0.01": [_share(rows, True) for rows in draws],
        "false_at_0.01": [_share(rows, False) for rows in draws],
    }  # fmt: skip


def _standard_error(values: list[float]) -> float | None:
    return round(float(np.std(values, ddof=1) / np.sqrt(len(values))), 4) if len(values) > 1 else None


def _share(rows: list[Row], positive: bool, level: float = 0.01) -> float:
    return round(float(np.mean([r.p_value <= level for r in rows if r.pair.positive is positive])), 4)


def attacks(bench: Bench) -> Figures:
    """AUC and detection where the answers of suspects were changed: of students only, and of innocents alike."""
    corpus = sample_of(bench.data.outputs.only(MAIN), SUBSET, 0)
    pairs = bench.data.of(MAIN)
    rows: dict[str | None, list[Row]] = {}
    for attack, some in attacked_rows(corpus, bench.data.lineage, pairs, FOLDS):
        rows.setdefault(attack, []).extend(some)
    plain = [r for r in rows[None] if not r.pair.positive]
    found: Figures = {"prompts": SUBSET, "folds": FOLDS, "rows": len(rows[None]), "attacks": {}}
    for attack, own in rows.items():
        judged = {r.pair for r in own}
        only = [r for r in own if r.pair.positive] + [r for r in plain if r.pair in judged]
        found["attacks"][attack or "none"] = {
            "students_only": sample(only).figures(),
            "alike": sample(own).figures(),
            "found_at_0.01": _share(own, True), "found_at_0.05": _share(own, True, 0.05),
            "false_at_0.01": _share(own, False), "false_at_0.05": _share(own, False, 0.05),
            "supported": {"innocents": supported([r for r in own if not r.pair.positive]),
                          "students": supported([r for r in own if r.pair.positive])},
        }  # fmt: skip
        _say(f"{attack}: {found['attacks'][attack or 'none']}")
    return found


def peer(bench: Bench) -> Figures:
    """knowlyr-modelaudit on the same texts and pairs, its own functions and thresholds."""
    if bench.peer == Path(sys.executable) and importlib.util.find_spec("modelaudit") is None:
        sys.exit("knowlyr-modelaudit is not here: name a Python that has 0.4.1 with --peer-python.")
    corpus, pairs = bench.data.outputs.only(MAIN), bench.data.of(MAIN)
    answers: dict[str, list[str]] = {model: [] for model in corpus.models}
    for at in np.lexsort((corpus.prompt_of, corpus.model_of)).tolist():
        answers[corpus.models[corpus.model_of[at]]].append(corpus.texts[at].as_py())
    with tempfile.TemporaryDirectory() as folder:
        texts, out = Path(folder) / "texts.json", Path(folder) / "similarities.json"
        texts.write_text(json.dumps({"answers": answers, "pairs": [[p.suspect, p.teacher] for p in pairs]}))
        subprocess.run([bench.peer, ROOT / "bench" / "provenance_peer.py", texts, out], check=True)
        given = json.loads(out.read_text())
    own, _ = screened(corpus, pairs, bench.data.lineage)
    student = np.array([p.positive for p in pairs])
    by_pair = {r.pair: r for r in own}
    rows = [by_pair[p] for p in pairs]
    found: Figures = {
        "version": given["version"],
        "probes": {"its count": given["probes"], "some": given["some"], "all": len(corpus.prompts)},
        "methods": {"stillwatch": {**sample(rows).figures(), "threshold": f"p <= {SUPPORTS_AT}",
                                   "tpr": _share(rows, True), "fpr": _share(rows, False)}},
    }  # fmt: skip
    for method, one in given["methods"].items():
        scored = [replace(r, score=s) for r, s in zip(rows, one["similarity"], strict=True)]
        found["methods"][method] = sample(scored).figures()
        if "accused" in one:
            accused = np.array(one["accused"])
            found["methods"][method] |= {
                "threshold": one["threshold"],
                "tpr": round(float(accused[student].mean()), 4), "fpr": round(float(accused[~student].mean()), 4),
            }  # fmt: skip
        _say(f"{method}: {found['methods'][method]}")
    return found


SECTIONS: dict[str, Callable[[Bench], Figures]] = {
    "quality": quality,
    "prompts": prompts,
    "attacks": attacks,
    "controls": lambda bench: negative_controls(bench.data, MAIN, SUBSET),
    "peer": peer,
    "speed": lambda bench: speed(bench.data),
}


def _say(text: str) -> None:
    print(text, flush=True)


def _fit_apart(results: Figures) -> str | None:
    """What is wrong where the shipped line of the likelihood ratio is not the one of the data."""
    if "quality" not in results:
        return None
    fit = results["quality"]["benchmarks"][MAIN]["cllr"]["fit_of_all"]
    shipped = {"intercept": evidence.INTERCEPT, "slope": evidence.SLOPE}
    print(f"fit of all rows: {fit}; shipped: {shipped}")
    if all(abs(fit[name] - shipped[name]) <= MOST_APART for name in fit):
        return None
    return "provenance/fingerprint/evidence.py: INTERCEPT and SLOPE are not those of the data; write the fit above."


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data" / "provenance")
    parser.add_argument("--peer-python", type=Path, default=Path(sys.executable))
    parser.add_argument("--only", nargs="+", choices=list(SECTIONS), default=list(SECTIONS))
    parser.add_argument("--out", type=Path, default=RESULTS)
    parser.add_argument("--pages", action="store_true", help="only write the tables of the page again")
    given = parser.parse_args()
    results: Figures = json.loads(given.out.read_text(encoding="utf-8")) if given.out.is_file() else {}
    if not given.pages:
        bench = Bench(read_data(given.data), given.peer_python)
        for name in given.only:
            began = time.monotonic()
            results[name] = SECTIONS[name](bench)
            results[name] |= {"stillwatch": stillwatch.__version__, "seconds": round(time.monotonic() - began)}
            given.out.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    if given.out == RESULTS:
        write_page(results)
    if wrong := _fit_apart(results):
        sys.exit(wrong)


if __name__ == "__main__":
    main()
