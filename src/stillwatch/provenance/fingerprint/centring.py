"""Two-way centring: how much closer are two models than the controls make each of them anyway?

A verbose model is similar to everybody, and so is a bland one. From the similarity of i and j the usual similarity of
i, and that of j, to the controls are taken away. A control never speaks for its own family, nor for a model of its
own provider; each family has one voice, however many models it sent.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from stillwatch.provenance.fingerprint.lineage import Standing
from stillwatch.provenance.fingerprint.similarity import Matrix

__all__ = ["AVERAGE_UNDECLARED", "affinities", "voices"]

# What an undeclared model says counts this much beside a control: it may be a student itself, so where there are
# controls it is hardly heard, and where there is none it is better than nothing.
UNDECLARED = 0.05
# In the average profile that is taken away from all it counts this much.
AVERAGE_UNDECLARED = 0.3


def voices(standing: Standing, *, undeclared: float = UNDECLARED) -> Matrix:
    """(models): the weight of each, so that a family has the weight of its most trusted member, in all."""
    trust = np.where(standing.control, 1.0, undeclared)
    weight = np.zeros(len(trust))
    for family in np.unique(standing.families):
        own = standing.families == family
        weight[own] = trust[own] / trust[own].sum() * trust[own].max()
    return weight


def affinities(similarity: Matrix, standing: Standing) -> Matrix:
    """(models, models): [i, j] is how much closer i is to j than the controls of j make both, in standard deviations of
    that quantity among controls. NaN on the diagonal and where it cannot be told.

    Rows are suspects and columns references: what j usually draws is measured by the controls' rows, which are made as
    that of i is, so that the similarity need not be the same both ways."""
    weight = voices(standing)
    count = len(weight)
    similar = similarity.copy()
    np.fill_diagonal(similar, np.nan)
    known = np.isfinite(similar)
    filled = np.where(known, similar, 0.0)
    found = np.full((count, count), np.nan)
    families = {family: standing.families == family for family in np.unique(standing.families)}
    for provider in np.unique(standing.providers):
        targets = np.flatnonzero(standing.providers == provider)
        outside = weight * (standing.providers != provider)
        # own[i]: mean similarity of i to the controls of this provider's models, those of i's family left out.
        own = np.full(count, np.nan)
        for member in families.values():
            heard = outside * ~member
            whole = known[member] @ heard
            own[member] = np.where(whole > 0, filled[member] @ heard / np.maximum(whole, 1e-12), np.nan)
        left = similar[:, targets] - own[:, None]
        present = np.isfinite(left)
        for member in families.values():
            heard = outside * ~member
            whole = heard @ present
            usual = np.where(whole > 0, heard @ np.where(present, left, 0.0) / np.maximum(whole, 1e-12), 0.0)
            found[np.ix_(member, targets)] = left[member] - usual
    spread = _spread(found, standing.control)
    return found / spread


def _spread(found: Matrix, control: npt.NDArray[np.bool_]) -> float:
    among = found[np.ix_(control, control)]
    among = among[np.isfinite(among)]
    if len(among) < 2 or among.std() <= 1e-12:
        among = found[np.isfinite(found)]
    return float(among.std()) if len(among) > 1 and among.std() > 1e-12 else 1.0
