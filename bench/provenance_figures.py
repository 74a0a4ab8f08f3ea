"""AUC, rates and Cllr of judged rows; suspect families are the unit of every interval."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import stats

from provenance_rows import Row
from stillwatch.bench.intervals import share
from stillwatch.provenance.fingerprint.evidence import cllr, fit
from stillwatch.provenance.fingerprint.panel import SUPPORTS_AT

Figures = dict[str, Any]
Floats = npt.NDArray[np.float64]
DRAWS = 2_000
LEVELS = (0.05, 0.01, 0.001)
FALSE_RATE = 0.01


class Sample:
    """Scores, labels and families of rows; a score that is not finite cannot judge and stands lowest."""

    def __init__(self, scores: Floats, positive: npt.NDArray[np.bool_], families: Sequence[str]) -> None:
        self.scores = np.where(np.isfinite(scores), scores, -np.inf)
        self.positive = positive
        self.names, self.family = np.unique(np.asarray(families), return_inverse=True)

    def auc(self) -> float:
        return float(self._auc(np.ones((1, len(self.names))))[0])

    def detection(self) -> float:
        return float(self._detection(np.ones((1, len(self.names))))[0])

    def figures(self, seed: int = 0) -> Figures:
        """AUC and TPR at 1 % FPR with percentile intervals from a bootstrap over suspect families. Draws without a
        positive or a negative pair are drawn again."""
        drawn = np.random.default_rng(seed).multinomial(
            len(self.names), np.full(len(self.names), 1 / len(self.names)), size=4 * DRAWS
        )
        both = (drawn @ self._members(self.positive) > 0) & (drawn @ self._members(~self.positive) > 0)
        weights = drawn[both][:DRAWS].astype(np.float64)
        return {
            "pairs": [int(self.positive.sum()), int((~self.positive).sum())],
            "families": [len(set(self.family[self.positive])), len(set(self.family[~self.positive]))],
            "auc": _with_interval(self.auc(), self._auc(weights)),
            "tpr_at_1_percent": _with_interval(self.detection(), self._detection(weights)),
        }

    def _members(self, rows: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
        return np.bincount(self.family[rows], minlength=len(self.names))

    def _auc(self, weights: Floats) -> Floats:
        """(draws): by way of wins[f, g], how often a positive of family f stands above a negative of family g."""
        above, below = self.scores[self.positive], self.scores[~self.positive]
        won = (above[:, None] > below[None, :]) + 0.5 * (above[:, None] == below[None, :])
        count = len(self.names)
        wins = np.zeros((count, count))
        np.add.at(wins, np.ix_(self.family[self.positive], self.family[~self.positive]), won)
        whole = (weights @ self._members(self.positive)) * (weights @ self._members(~self.positive))
        return np.einsum("df,fg,dg->d", weights, wins, weights) / whole

    def _detection(self, weights: Floats) -> Floats:
        """(draws): share of positives above the highest threshold that at most 1 % of the negatives pass."""
        order = np.argsort(-self.scores, kind="stable")
        negative = ~self.positive[order]
        by_row = weights[:, self.family[order]]
        false = np.cumsum(by_row * negative, axis=1)
        allowed = false <= FALSE_RATE * false[:, -1:] + 1e-9
        # A threshold lies between two different scores, so that ties pass together or not at all.
        edge = np.append(self.scores[order][1:] != self.scores[order][:-1], True)
        true = np.cumsum(by_row * ~negative, axis=1)
        return np.where(allowed & edge, true, 0.0).max(axis=1) / true[:, -1]


def sample(rows: Sequence[Row], of: str = "score") -> Sample:
    sign = -1.0 if of.startswith("p_") else 1.0
    return Sample(
        np.array([sign * getattr(row, of) for row in rows]),
        np.array([row.pair.positive for row in rows]),
        [row.pair.family for row in rows],
    )


def auc_within_teachers(rows: Sequence[Row]) -> float:
    """AUC of pairs that share their teacher: what is left when it does not help to know who teaches often."""
    won = whole = 0.0
    for teacher in {row.pair.teacher for row in rows}:
        own = [row for row in rows if row.pair.teacher == teacher]
        count = sum(row.pair.positive for row in own) * sum(not row.pair.positive for row in own)
        if count:
            won, whole = won + count * sample(own).auc(), whole + count
    return round(won / whole, 4)


def rates(rows: Sequence[Row], of: str) -> Figures:
    """How many rows are at or below each level. A row that cannot be judged is not accused."""
    found = {str(level): _accused(rows, [getattr(row, of) <= level for row in rows], level) for level in LEVELS}
    return {"rows": len(rows), "families": len({(row.pair.benchmark, row.pair.family) for row in rows}), **found}


def supported(rows: Sequence[Row]) -> Figures:
    """How many rows have the verdict that supports."""
    return _accused(rows, [row.verdict == "supports" for row in rows], SUPPORTS_AT)


def _accused(rows: Sequence[Row], hits: Sequence[bool], level: float) -> Figures:
    """Share over rows; by family (each one voice, Clopper-Pearson with families as n); families with any; and the 95 %
    range of the family share if the level held and families were all or nothing."""
    by_family: dict[tuple[str, str], list[bool]] = {}
    for row, hit in zip(rows, hits, strict=True):
        by_family.setdefault((row.pair.benchmark, row.pair.family), []).append(hit)
    means = [float(np.mean(own)) for own in by_family.values()]
    estimate = share(sum(means), len(means))  # type: ignore[arg-type]
    low, high = stats.binom.interval(0.95, len(means), level)
    return {
        "rows": round(float(np.mean(hits)), 4),
        "by_family": round(float(np.mean(means)), 4),
        "interval": [round(estimate.low or 0.0, 4), round(1.0 if estimate.high is None else estimate.high, 4)],
        "binomial_of_level": [round(float(low) / len(means), 4), round(float(high) / len(means), 4)],
        "families_with_any": sum(mean > 0 for mean in means),
    }


def left_out_cllr(rows: Sequence[Row]) -> Figures:
    """Cllr with the fit of the likelihood ratio made without the suspect's family; and the fit of all, for checking."""
    student = np.array([row.pair.positive for row in rows])
    standing = np.array([row.standing for row in rows])
    floor, cap = np.array([row.floor for row in rows]), np.array([row.cap for row in rows])
    family = np.array([row.pair.family for row in rows])
    ratios = np.full(len(rows), np.nan)
    for name in np.unique(family):
        own = family == name
        intercept, slope = fit(standing[~own], student[~own])
        ratios[own] = np.clip(intercept + slope * standing[own], floor[own], cap[own])
    intercept, slope = fit(standing, student)
    shipped = np.array([row.log_lr for row in rows])
    return {
        "fit_of_all": {"intercept": round(intercept, 3), "slope": round(slope, 3)},
        "families_left_out": round(cllr(ratios, student), 4),
        "families_left_out_interval": _interval(_cllr_draws(ratios, student, family)),
        "as_shipped": round(cllr(shipped, student), 4),
        "without_floor_and_cap": round(cllr(intercept + slope * standing, student), 4),
        "largest_log_lr_of_an_innocent": round(float(ratios[~student].max()), 3),
        "innocents_with_log_lr_above_1": int((ratios[~student] > 1).sum()),
    }


def shipped_cllr(rows: Sequence[Row]) -> Figures:
    """Cllr of the ratios as they are shipped: nothing is fitted."""
    student = np.array([row.pair.positive for row in rows])
    ratios = np.array([row.log_lr for row in rows])
    known = np.isfinite(ratios)
    if not known.any() or not student[known].any() or student[known].all():
        return {"judged": int(known.sum()), "cllr": None}
    family = np.array([row.pair.family for row in rows])[known]
    return {
        "judged": int(known.sum()),
        "cllr": round(cllr(ratios[known], student[known]), 4),
        "interval": _interval(_cllr_draws(ratios[known], student[known], family)),
    }


def _cllr_draws(ratios: Floats, student: npt.NDArray[np.bool_], family: npt.NDArray[np.str_]) -> Floats:
    cost = np.logaddexp(0.0, np.where(student, -ratios, ratios)) / np.log(2.0)
    _, at = np.unique(family, return_inverse=True)
    count = at.max() + 1
    drawn = np.random.default_rng(0).multinomial(count, np.full(count, 1 / count), size=DRAWS).astype(np.float64)
    halves = []
    for side in (student, ~student):
        cost_of = np.bincount(at[side], weights=cost[side], minlength=count)
        with np.errstate(invalid="ignore"):
            halves.append(drawn @ cost_of / (drawn @ np.bincount(at[side], minlength=count)))
    both = (halves[0] + halves[1]) / 2
    return both[np.isfinite(both)]


def _interval(draws: Floats) -> list[float]:
    return [round(float(edge), 4) for edge in np.quantile(draws, [0.025, 0.975])]


def _with_interval(value: float, draws: Floats) -> Figures:
    return {"value": round(value, 4), "interval": _interval(draws)}
