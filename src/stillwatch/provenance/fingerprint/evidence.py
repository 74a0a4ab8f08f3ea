"""The likelihood ratio of a score, capped by what the case can carry, and Cllr, the cost of such ratios."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from stillwatch.provenance.fingerprint.innocents import Null
from stillwatch.provenance.fingerprint.significance import tail
from stillwatch.provenance.fingerprint.similarity import Matrix

__all__ = ["CALIBRATED_ON", "CLLR", "WEIGHT_OF_ABSENCE", "cap", "cllr", "fit", "floor", "log_likelihood_ratio"]

# Logistic fit (equal priors) of the standing of a score in the tail of its innocents: natural logarithm of the ratio
# = INTERCEPT + SLOPE x standing. Fitted by bench/provenance.py, which also leaves out one suspect family at a time.
INTERCEPT = -3.53
SLOPE = 3.27
CALIBRATED_ON = (
    "36 documented students and 508 innocent pairs on AlpacaEval (2023-24 models, 15 and 27 suspect families)"
)
# Cost of these ratios there, caps applied, the suspect's family left out of the fit (bench/provenance.py).
CLLR = 0.22
# Fifteen student families are behind the fit: absence is never called less likely than 1 in 15.
STUDENT_FAMILIES = 15
# Without a sibling of the teacher nothing shows what a student would score: absence halves the odds at most.
WEIGHT_OF_ABSENCE = math.log(2.0)


def cap(null: Null) -> float:
    """The largest log ratio that the independent innocent families allow (one more could reach it)."""
    return math.log(null.families + 1)


def floor(null: Null, students: Matrix) -> float:
    """The smallest log ratio: bounded by the share of faithful students (`students.student_scores`) that stay below the
    tail too, and by the families of the fit."""
    if not len(students):
        return -WEIGHT_OF_ABSENCE
    missed = (1.0 + float((students <= tail(null).start).sum())) / (1.0 + len(students))
    return max(math.log(missed), -math.log(STUDENT_FAMILIES))


def log_likelihood_ratio(score: float, null: Null, students: Matrix) -> float:
    """Natural logarithm: how much more probable the score is for a student of this teacher than for an innocent."""
    free = INTERCEPT + SLOPE * tail(null).standing(score)
    return float(np.clip(free, floor(null, students), cap(null)))


def fit(standings: Matrix, student: npt.NDArray[np.bool_]) -> tuple[float, float]:
    """(intercept, slope) of the logistic regression with both classes given the same weight."""
    from scipy.optimize import minimize

    weight = np.where(student, 0.5 / student.sum(), 0.5 / (~student).sum())
    sign = np.where(student, -1.0, 1.0)

    def cost(at: Matrix) -> float:
        return float((weight * np.logaddexp(0.0, sign * (at[0] + at[1] * standings))).sum() + 1e-3 * at[1] ** 2)

    intercept, slope = minimize(cost, np.array([0.0, 1.0])).x
    return float(intercept), float(slope)


def cllr(log_ratios: Matrix, student: npt.NDArray[np.bool_]) -> float:
    """Cost of log likelihood ratios in bits (Brümmer and du Preez 2006): 0 is perfect, 1 says nothing."""
    missed = np.logaddexp(0.0, -log_ratios[student]).mean()
    accused = np.logaddexp(0.0, log_ratios[~student]).mean()
    return float((missed + accused) / (2.0 * math.log(2.0)))
