"""What a student would score: blends of the teacher's own siblings with controls, for power and for the other side of
the likelihood ratio.

A sibling is the nearest thing to a perfect student that a case holds. A blend that is three quarters sibling and one
quarter control stands for a student that took three quarters of its behaviour from the teacher.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from stillwatch.inquiry import Power
from stillwatch.provenance.fingerprint.contrast import Rows, scores
from stillwatch.provenance.fingerprint.innocents import Null
from stillwatch.provenance.fingerprint.lineage import Standing
from stillwatch.provenance.fingerprint.signals import Signal
from stillwatch.provenance.fingerprint.significance import conformal
from stillwatch.provenance.fingerprint.similarity import Matrix

__all__ = ["FAITHFUL", "SHARES", "power", "student_scores"]

SHARES = (0.25, 0.5, 0.75, 1.0)
# The share at which a student is called a faithful one: what it would show is what its absence can say.
FAITHFUL = 0.75
LEVELS = (0.05, 0.01)


def student_scores(
    affinity: Mapping[Signal, Matrix], standing: Standing, suspect: int, teacher: int, share: float
) -> Matrix:
    """Scores against the teacher of every blend of one of its siblings (`share`) with a control; empty without one.

    The suspect's family has no part in it.
    """
    strange = standing.families != standing.families[suspect]
    same = standing.providers == standing.providers[teacher]
    siblings = np.flatnonzero(standing.control & strange & same & (np.arange(len(same)) != teacher))
    others = np.flatnonzero(standing.control & strange & ~same)
    if not len(siblings) or not len(others):
        return np.zeros(0)
    parts = np.array([(s, o) for s in siblings for o in others], np.int64)
    providers = np.unique(standing.providers)
    own = standing.providers[parts[:, 1]][:, None] == providers[None, :]
    rows = {}
    for signal, matrix in affinity.items():
        blend = share * matrix[parts[:, 0]] + (1.0 - share) * matrix[parts[:, 1]]
        blend[np.arange(len(parts)), parts[:, 1]] = np.nan
        rows[signal] = blend
    total, _ = scores(Rows(rows, own), standing, teacher=teacher)
    found = total[:, teacher]
    return found[np.isfinite(found)]


def power(
    affinity: Mapping[Signal, Matrix], standing: Standing, suspect: int, teacher: int, null: Null,
    shares: Sequence[float] = SHARES,
) -> tuple[Power, ...]:  # fmt: skip
    """How often such students reach p <= 0.05 and 0.01; nothing where the teacher has no sibling among the controls."""
    found = []
    for share in shares:
        reached = student_scores(affinity, standing, suspect, teacher, share)
        if not len(reached):
            return ()
        p_values = np.array([conformal(score, null) for score in reached])
        found += [Power(share=share, level=level, power=float((p_values <= level).mean())) for level in LEVELS]
    return tuple(found)
