"""Figures over worlds: medians, ranges, and what was promised beside what was found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta, kstest

__all__ = ["AT", "summary"]

AT = 50_000
"""Tokens read at which students are compared with each other; some write more."""

QUANTILES = 60

Figures = dict[str, Any]


def summary(worlds: Sequence[Figures]) -> Figures:
    """`students`: by name the median log10 p, lowest and highest over worlds, and the published test's on the same
    text, of all of the text and (`at`) of about `AT` tokens of it; tracing; open access; the p-values of all unmarked
    students together; quality."""
    names = list(worlds[0]["students"]) if worlds else []
    return {
        "seeds": [one["seed"] for one in worlds],
        "students": {name: _student([one["students"][name] for one in worlds]) for name in names},
        "open": _open([one["open"] for one in worlds]),
        "zeros": _zeros([zero for one in worlds for zero in one["zeros"]]),
        "quality": _quality([one["quality"] for one in worlds]),
    }


def _spread(values: Sequence[float]) -> Figures:
    """Five worlds give no finer interval of the median than from the lowest to the highest: it holds it with 94 %."""
    return {"median": float(np.median(values)), "lowest": min(values), "highest": max(values), "worlds": len(values)}


def _student(cases: Sequence[Figures]) -> Figures:
    traces = [one["trace"] for one in cases]
    points = sorted({row[0] for one in cases for row in one["growth"]}, reverse=True)
    found = {
        "log10_p": _spread([float(np.mean(one["log10_p"])) for one in cases]),
        "published_log10_p": _spread([float(np.mean(one["published"][-1][1:])) for one in cases]),
        "tokens": points[0],
        "at": _at(cases),
        "most_lost_decades": _most_lost([one["growth"] for one in cases]),
        "single_most_lost": _most_lost([one["single"] for one in cases]),
        "published_most_lost": _most_lost([one["published"] for one in cases]),
        "keys": len(traces[0]["ranks"]),
        "accused_right": [one["right"] for one in traces],
        "accused_wrong": [one["wrong"] for one in traces],
        "wrong_keys_lowest": min(one["wrong_keys"]["lowest_log10_p"] for one in cases),
        "wrong_keys_looks_lowest": min(one["wrong_keys_looks"]["lowest_log10_p"] for one in cases),
        "growth": _curves([one["growth"] for one in cases]),
        "published_growth": _curves([one["published"] for one in cases]),
    }
    if "cohort_log10_p" in cases[0]:
        found["cohort_log10_p"] = _spread([one["cohort_log10_p"] for one in cases])
    return found


def _most_lost(curves: Sequence[Sequence[Sequence[float]]]) -> float:
    """Most decades, in any world, by which more text made p worse than it had been."""
    means = (np.array([float(np.mean(row[1:])) for row in curve]) for curve in curves)
    return max(float(np.max(values - np.minimum.accumulate(values))) for values in means)


def _at(cases: Sequence[Figures]) -> Figures:
    near = [min(range(len(one["growth"])), key=lambda at: abs(one["growth"][at][0] - AT)) for one in cases]
    ours, published = (
        [one[of][at] for one, at in zip(cases, near, strict=True)] for of in ("growth", "published")
    )  # fmt: skip
    return {
        "tokens": round(float(np.median([row[0] for row in ours]))),
        "log10_p": _spread([float(np.mean(row[1:])) for row in ours]),
        "published_log10_p": _spread([float(np.mean(row[1:])) for row in published]),
    }


def _curves(rows: Sequence[Sequence[Sequence[float]]]) -> list[list[float]]:
    """[tokens, median log10 p, lowest, highest] along the text; tokens differ by some dozens between worlds."""
    made = []
    for at in range(min(len(one) for one in rows)):
        values = [float(np.mean(one[at][1:])) for one in rows]
        made.append(
            [float(np.median([one[at][0] for one in rows])), float(np.median(values)), min(values), max(values)]
        )
    return made


def _open(cases: Sequence[Figures]) -> Figures:
    return {
        student: {
            kind: {of: _spread([one[student][kind][of] for one in cases]) for of in ("log10_p", "published")}
            for kind in cases[0][student]
        }
        for student in (cases[0] if cases else {})
    }


def _zeros(cases: Sequence[Figures]) -> Figures:
    """Keys of one student are independent given its text, so all together are draws from the uniform law."""
    p = 10.0 ** np.concatenate([one["log10_p"] for one in cases]) if cases else np.zeros(0)
    if not len(p):
        return {}
    hits = int(np.sum(p <= 0.05))
    return {
        "students": len(cases),
        "keys": len(p),
        "below_5_percent": hits / len(p),
        "below_5_percent_interval": [
            float(beta.ppf(0.025, hits, len(p) - hits + 1)), float(beta.ppf(0.975, hits + 1, len(p) - hits)),
        ],
        "below_1_permille": float(np.mean(p <= 1e-3)),
        "below_1e-6": int(np.sum(p < 1e-6)),
        "lowest_log10_p": float(np.log10(p.min())),
        "kolmogorov_smirnov_p": float(kstest(p, "uniform").pvalue),
        "looks_below_5_percent": float(np.mean([one["looks"]["below_5_percent"] for one in cases])),
        "looks_lowest_log10_p": min(one["looks"]["lowest_log10_p"] for one in cases),
        "students_below_1_percent": int(sum(one["log10_p_uniform"] < -2 for one in cases)),
        "naive_below_1e-6": float(np.mean([one["naive_below_1e-6"] for one in cases])),
        "quantiles": _quantiles(np.log10(p)),
    }  # fmt: skip


def _quantiles(log10_p: NDArray[np.float64]) -> list[list[float]]:
    """[log10 p that chance would put at this rank, log10 p found there], from the lowest up, evenly spread."""
    ordered = np.sort(log10_p)
    ranks = np.unique(np.geomspace(1, len(ordered), QUANTILES).astype(np.int64))
    chance = np.log10(ranks / (len(ordered) + 1))
    return [[round(float(a), 4), round(float(b), 4)] for a, b in zip(chance, ordered[ranks - 1], strict=True)]


def _quality(cases: Sequence[Figures]) -> Figures:
    return {
        data: {of: float(np.mean([one[data][of] for one in cases])) for of in cases[0][data]}
        for data in (cases[0] if cases else {})
    }
