"""Fitting, thresholds and figures over whole sources of prompts: the statistics of unseen.py.

A source counts once, however many windows it has: AUC, TPR and FPR are means over sources, and the bootstrap draws
sources.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.stats import beta

from stillwatch.signals.harvest_text import FEATURES, LIMIT
from unseen_windows import OTHERS, Floats, Names, Windows

BLOCKS: dict[str, dict[str, int]] = {  # which way each feature speaks: set by hand, never fitted
    "evenness": {"size_spread": -1, "form_spread": -1, "skills": -1, "templates": -1},
    "wholeness": {"brief": -1},
    "openness": {"closed": -1},
    "elicitation": {"elicits": 1},
}
TYPING_BLOCK = {"typing": {"lower_start": -1, "non_ascii": -1}}
DRAWS = 2000
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Model:
    """Mean, deviation and weight of each feature."""

    names: tuple[str, ...]
    mean: Floats
    deviation: Floats
    weight: Floats

    def score(self, windows: Windows, rows: Bools | slice = slice(None)) -> Floats:
        z = (windows.matrix(self.names)[rows] - self.mean) / self.deviation
        total: Floats = np.clip(z, -LIMIT, LIMIT) @ self.weight
        return total


def by_source(values: Floats, source: Names) -> tuple[Names, Floats]:
    """(sources in their order, mean of each)."""
    names = np.array(list(dict.fromkeys(source)), object)
    return names, np.array([values[source == name].mean(axis=0) for name in names])


def fit(windows: Windows, rows: Bools, blocks: dict[str, dict[str, int]] = BLOCKS) -> Model:
    """Means and deviations over sources; labels are not looked at. Each block has one vote, each feature one in it."""
    names = tuple(name for block in blocks.values() for name in block)
    _, means = by_source(windows.matrix(names)[rows], windows.source[rows])
    mean, deviation = means.mean(axis=0), np.maximum(means.std(axis=0), 1e-9)
    z = np.clip((means - mean) / deviation, -LIMIT, LIMIT)
    weight = np.zeros(len(names))
    for block in blocks.values():
        places = [names.index(name) for name in block]
        signs = np.array(list(block.values()), np.float64)
        weight[places] = signs / np.maximum((z[:, places] @ signs).std(), 1e-9)
    return Model(names, mean, deviation, weight)


def held_out(
    windows: Windows, blocks: dict[str, dict[str, int]] = BLOCKS, budget: float = 0.05
) -> tuple[Floats, Bools]:
    """(score, whether it lies above the threshold) of each window, both made from other families of sources."""
    scores = np.zeros(len(windows.source))
    over = np.zeros(len(scores), np.bool_)
    for family in dict.fromkeys(windows.family):
        out = windows.family == family
        model = fit(windows, ~out, blocks)
        honest = ~out & (windows.label != "distillation")
        limit = threshold(model.score(windows, honest), windows.source[honest], budget)
        scores[out] = model.score(windows, out)
        over[out] = scores[out] > limit
    return scores, over


def threshold(scores: Floats, source: Names, budget: float) -> float:
    """The least score above which a new honest source lies with probability `budget` at most (conformal over sources).

    (1 + sum over the honest sources of the share of their windows above it) / (1 + sources) <= budget. With too few
    sources for that, above all of their windows.
    """
    names = list(dict.fromkeys(source))
    for limit in np.unique(scores):
        above = sum(float((scores[source == name] > limit).mean()) for name in names)
        if (1 + above) / (1 + len(names)) <= budget:
            return float(limit)
    return float(scores.max())


def judged(windows: Windows, model: Model, limit: float) -> tuple[Floats, Bools]:
    """As `held_out`, by a model and a threshold that were made before."""
    scores = model.score(windows)
    return scores, scores > limit


def auc(scores: Floats, source: Names, positive: Bools, negative: Bools) -> Floats:
    """AUC of every pair of a positive and a negative source, over their windows: (positives, negatives)."""
    return np.array(
        [
            [_pair(scores[source == one], scores[source == other]) for other in dict.fromkeys(source[negative])]
            for one in dict.fromkeys(source[positive])
        ]
    )


def _pair(high: Floats, low: Floats) -> float:
    ordered = np.sort(low)
    below = np.searchsorted(ordered, high, "left") + np.searchsorted(ordered, high, "right")
    return float(below.mean() / 2 / len(low))


def interval(pairs: Floats, seed: int = 0) -> list[float]:
    """90 % bootstrap interval of the mean of `pairs`, rows and columns (sources) drawn with replacement."""
    random = np.random.default_rng(seed)
    up, down = pairs.shape
    drawn = [pairs[random.integers(0, up, up)][:, random.integers(0, down, down)].mean() for _ in range(DRAWS)]
    return [round(float(edge), 3) for edge in np.quantile(drawn, (0.05, 0.95))]


def clopper_pearson(hits: float, trials: int) -> list[float]:
    """95 % interval of a share; `hits` is rounded up: the sum over sources of the share of their windows."""
    k = int(np.ceil(hits - 1e-9))
    low = 0.0 if k == 0 else float(beta.ppf(0.025, k, trials - k + 1))
    high = 1.0 if k == trials else float(beta.ppf(0.975, k + 1, trials - k))
    return [round(low, 3), round(high, 3)]


def summary(windows: Windows, scores: Floats, over: Bools) -> dict[str, Any]:
    """AUC in all and by kind of honest source, TPR and FPR by source, each with its interval."""
    positive = windows.label == "distillation"
    found: dict[str, Any] = {}
    for name, negative in (
        ("all", ~positive), ("benign", windows.label == "benign"), ("hard_negative", windows.label == "hard_negative"),
    ):  # fmt: skip
        if positive.any() and negative.any():
            pairs = auc(scores, windows.source, positive, negative)
            found[name] = {"auc": round(float(pairs.mean()), 3), "interval_90": interval(pairs)}
    for name, rows in (("tpr", positive), ("fpr", ~positive)):
        if rows.any():
            _, shares = by_source(over[rows].astype(np.float64), windows.source[rows])
            found[name] = {
                "mean": round(float(shares.mean()), 3),
                "sources": len(shares),
                "interval_95": clopper_pearson(float(shares.sum()), len(shares)),
            }
    return found


def fitted_blocks(windows: Windows) -> Floats:
    """Held-out scores where a logistic regression weighs the blocks (not negative) instead of one vote each."""
    scores = np.zeros(len(windows.source))
    for family in dict.fromkeys(windows.family):
        out = windows.family == family
        parts = np.stack([fit(windows, ~out, {name: block}).score(windows) for name, block in BLOCKS.items()], 1)
        _, train = by_source(parts[~out], windows.source[~out])
        _, label = by_source((windows.label[~out] == "distillation").astype(np.float64), windows.source[~out])

        def loss(b: Floats, train: Floats = train, label: Floats = label) -> float:
            z = train @ b[1:] + b[0]
            balance = label / label.mean() + (1 - label) / (1 - label).mean()
            return float((balance * np.logaddexp(0, np.where(label > 0, -z, z))).mean() + 0.05 * (b[1:] ** 2).sum())

        b = minimize(loss, np.zeros(1 + len(BLOCKS)), bounds=[(None, None)] + [(0, None)] * len(BLOCKS)).x
        scores[out] = parts[out] @ b[1:] + b[0]
    return scores


def chosen_again(windows: Windows, features: int = 7) -> Floats:
    """Held-out scores where features and their directions are chosen anew from all that the lake holds, in every fold.

    Greedy, by AUC on the fold's own sources, one vote each: what a tuner without a theory would have got.
    """
    names = (*FEATURES, *OTHERS)
    scores = np.zeros(len(windows.source))
    for family in dict.fromkeys(windows.family):
        out = windows.family == family
        model = fit(windows, ~out, {name: {name: 1} for name in names})
        z = np.clip((windows.matrix(names) - model.mean) / model.deviation, -LIMIT, LIMIT)
        _, train = by_source(z[~out], windows.source[~out])
        _, label = by_source((windows.label[~out] == "distillation").astype(np.float64), windows.source[~out])
        high, low = train[label > 0], train[label == 0]
        weight, best = np.zeros(len(names)), 0.0
        for _ in range(features):
            trials = []
            for place in np.flatnonzero(weight == 0):
                for sign in (-1.0, 1.0):
                    changed = weight.copy()
                    changed[place] = sign
                    trials.append((_pair(high @ changed, low @ changed), place, sign))
            top, place, sign = max(trials)
            if top <= best:
                break
            best, weight[place] = top, sign
        scores[out] = z[out] @ weight / max(np.abs(weight).sum(), 1)
    return scores
