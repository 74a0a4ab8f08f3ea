"""The tables of docs/provenance-benchmark.md, from results."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from marked_tables import fill, table
from provenance_figures import LEVELS, Figures

PAGE = Path(__file__).parent.parent / "docs" / "provenance-benchmark.md"
ASKED = {"alpaca_eval": 0.985, "wildbench": 0.95, "oasst250": 0.88, "speechmap": 0.92, "qlora_vicuna80": None}
SETTINGS = {
    "everything declared": (),
    "kind of the suspect withheld": ("kind_of_suspect_withheld",),
    "kind of its family withheld": ("kind_of_family_withheld",),
}


def write_page(results: Figures) -> None:
    """Each table between its marks; a section that was not measured keeps what stands there."""
    fill(
        PAGE,
        {
            f"bench/provenance.py: {name}": told(results[section])
            for name, told in TABLES.items()
            if (section := name.partition(" ")[0]) in results
        },
    )


def _auc(found: Figures) -> str:
    low, high = found["interval"]
    return f"{found['value']:.3f} ({low:.2f}–{high:.2f})"


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)


def _share(found: Figures) -> str:
    low, high = found["interval"]
    return f"{found['value']:.0%} ({low:.0%}–{high:.0%})"


def _level(found: Figures) -> str:
    low, high = found["interval"]
    return f"{found['rows']:.1%}; {found['by_family']:.1%} ({low:.0%}–{high:.0%}); {found['families_with_any']}"


def _quality(made: Figures) -> str:
    rows = []
    for name, one in made["benchmarks"].items():
        figures = one["ranking"]["score"]
        pairs, families = figures["pairs"], figures["families"]
        asked = ASKED[name]
        rows.append(
            [name, f"{pairs[0]} in {families[0]}", f"{pairs[1]} in {families[1]}", _auc(figures["auc"]),
             f"{asked:.3f}" if asked else "–", _share(figures["tpr_at_1_percent"]), str(one["cannot_judge"])]
        )  # fmt: skip
    main = made["benchmarks"]["alpaca_eval"]
    for name, at in (("well documented students only", "high_confidence"),
                     ("against models without a teacher only", "against_models_without_teacher")):  # fmt: skip
        figures = main[at]
        pairs, families = figures["pairs"], figures["families"]
        rows.append([f"alpaca_eval, {name}", f"{pairs[0]} in {families[0]}", f"{pairs[1]} in {families[1]}",
                     _auc(figures["auc"]), "–", _share(figures["tpr_at_1_percent"]), "0"])  # fmt: skip
    head = ["benchmark", "students", "innocent pairs", "AUC", "asked", "found at 1 % false", "pairs without p"]
    return table(head, rows)


def _settings(made: Figures) -> Iterable[tuple[str, Figures]]:
    main = made["benchmarks"]["alpaca_eval"]
    for name, path in SETTINGS.items():
        one = main
        for step in path:
            one = one[step]
        yield name, one


def _calibration(made: Figures) -> str:
    rows = []
    for name, one in _settings(made):
        for of, told in (("p_value", "conformal"), ("p_parametric", "parametric")):
            for side, who in (("false", "innocents"), ("found", "students")):
                cells = [_level(one[side][of][str(level)]) for level in LEVELS]
                rows.append([name, told, who, *cells, _level(one["supported"][who]) if of == "p_value" else ""])
    for of, told in (("p_value", "conformal"), ("p_parametric", "parametric")):
        found = made["all_innocent"][of]
        cells = [_level(found[str(level)]) for level in LEVELS]
        said = _level(made["all_innocent"]["supported"]) if of == "p_value" else ""
        rows.append(["all benchmarks, everything declared", told, "innocents", *cells, said])
    return table(["AlpacaEval", "p", "", *(f"p ≤ {level}" for level in LEVELS), "verdict *supports*"], rows)


def _ratio(made: Figures) -> str:
    main = made["benchmarks"]["alpaca_eval"]
    found = main["cllr"]
    fit = found["fit_of_all"]
    low, high = found["families_left_out_interval"]
    rows = [
        ["AlpacaEval, suspect's family left out of the fit, floor and cap applied",
         f"{found['families_left_out']:.3f} ({low:.2f}–{high:.2f})"],
        ["AlpacaEval, as shipped", f"{found['as_shipped']:.3f}"],
        ["AlpacaEval, without floor and cap", f"{found['without_floor_and_cap']:.3f}"],
    ]  # fmt: skip
    rows += [
        [f"AlpacaEval, {name}, as shipped", f"{one['shipped_cllr']['cllr']:.3f}"] for name, one in _settings(made)
    ][1:]  # fmt: skip
    rows += [
        [f"{name}, as shipped ({one['shipped_cllr']['judged']} pairs with a p)", f"{one['shipped_cllr']['cllr']:.3f}"]
        for name, one in made["benchmarks"].items()
        if name != "alpaca_eval" and one["shipped_cllr"]["cllr"] is not None
    ]
    verdicts = [
        [name, who, *(str(count) for count in one["verdicts"][who].values())]
        for name, one in _settings(made)
        for who in ("students", "innocents")
    ]
    return "\n\n".join(
        [
            table(["ratios", "Cllr, bits"], rows),
            f"Fit of all rows: log ratio = {fit['intercept']:+.2f} {fit['slope']:+.2f} × standing in the tail. The "
            f"largest log ratio of an innocent pair is {found['largest_log_lr_of_an_innocent']:.2f}.",
            table(["AlpacaEval", "", "supports", "inconclusive", "speaks against"], verdicts),
        ]
    )


def _prompts(made: Figures) -> str:
    whole = made["all_prompts"]

    def row(who: str, name: str, one: Figures) -> list[str]:
        less = f"{one['mean'] - whole['mean']:+.4f} ± {one['standard_error']:.4f}" if one is not whole else "–"
        return [
            who, name, str(len(one["auc"])), f"{one['mean']:.3f}", f"{min(one['auc']):.3f}–{max(one['auc']):.3f}",
            less, f"{_mean(one['within_teachers']):.3f}", f"{_mean(one['found_at_0.01']):.0%}",
            f"{_mean(one['false_at_0.01']):.1%}",
        ]  # fmt: skip

    rows = [row(who, name, one) for who, sizes in made["answered_by"].items() for name, one in sizes.items()]
    return table(
        ["answered by", "prompts", "draws", "mean AUC", "lowest–highest", "less than all, ± standard error",
         "AUC within teachers", "found, p ≤ 0.01", "false, p ≤ 0.01"],
        [*rows, row("everybody", "all", whole)],
    )  # fmt: skip


def _attacks(made: Figures) -> str:
    rows = [
        [name, _auc(one["students_only"]["auc"]), _auc(one["alike"]["auc"]), f"{one['found_at_0.01']:.0%}",
         f"{one['found_at_0.05']:.0%}", f"{one['false_at_0.01']:.1%}",
         *(f"{one['supported'][who]['rows']:.1%}" for who in ("students", "innocents"))]
        for name, one in made["attacks"].items()
    ]  # fmt: skip
    head = ["attack", "AUC, students attacked", "AUC, innocents alike", "found, p ≤ 0.01", "found, p ≤ 0.05",
            "false, p ≤ 0.01", "*supports* a student", "*supports* an innocent pair"]  # fmt: skip
    return table(head, rows)


def _peer(made: Figures) -> str:
    rows = [
        [name, _auc(one["auc"]), str(one.get("threshold", "none")), f"{one['tpr']:.0%}" if "tpr" in one else "–",
         f"{one['fpr']:.1%}" if "fpr" in one else "–"]
        for name, one in made["methods"].items()
    ]  # fmt: skip
    counts = ", ".join(f"{name}: {count}" for name, count in made["probes"].items())
    methods = table(["method", "AUC", "own threshold", "found", "false"], rows)
    return f"{methods}\n\nknowlyr-modelaudit {made['version']}; prompts: {counts}."


def _speed(made: Figures) -> str:
    return table(
        ["models", "prompts", "teachers", "pairs", "answers", "wall", "peak memory", "cores", "load before"],
        [[*(f"{made[name]:,}" for name in ("models", "prompts", "teachers", "pairs", "answers")),
          f"{made['screen_seconds']:.0f} s", f"{made['peak_gib']:.1f} GiB", str(made["cores"]),
          str(made["load_before"])]],
    )  # fmt: skip


def _controls(made: Figures) -> str:
    tripled, dealt = made["every_prompt_three_times"], made["answers_dealt_out_among"]

    def row(name: str, *runs: Figures) -> list[str]:
        ranked = [", ".join(f"{one[of]:.2f}" for one in runs) for of in ("auc", "within_teachers")]
        return [name, *ranked, ", ".join(f"{one['false_at_0.01']:.1%}" for one in runs)]

    rows = [
        row(f"as it is ({made['prompts']} prompts)", made["plain"]),
        row("to each question, answers dealt out among all controls and teachers (three deals)", *dealt["controls"]),
        row("dealt out among the named teachers only", *dealt["teachers"]),
        row("every prompt three times", tripled),
    ]
    changed = ", ".join(f"{count} at {level}" for level, count in tripled["decisions_changed"].items())
    return (
        table(["control", "AUC", "AUC within teachers", "false, p ≤ 0.01"], rows)
        + f"\n\nWith every prompt three times p moves by {tripled['median_change_of_p']:.4f} in the median, "
        f"{tripled['largest_change_of_p']:.3f} at most; decisions changed: {changed}."
    )


def _shuffled(made: Figures) -> str:
    one = made["benchmarks"]["alpaca_eval"]["shuffled_teachers"]
    low, high = one["interval"]
    return (
        f"Names of teachers on answers of teachers of another provider ({one['shuffles']} shuffles, all prompts): mean "
        f"AUC {one['auc']:.3f}, 95 % of shuffles in {low:.2f}–{high:.2f}."
    )


TABLES = {
    "quality": _quality,
    "quality rates": _calibration,
    "quality ratios": _ratio,
    "quality shuffled": _shuffled,
    "prompts": _prompts,
    "attacks": _attacks,
    "controls": _controls,
    "peer": _peer,
    "speed": _speed,
}
