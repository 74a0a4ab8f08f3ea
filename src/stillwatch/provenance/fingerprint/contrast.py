"""The score: the teacher's provider against the best rival provider, signal by signal, then averaged over groups.

A suspect that is close to every polished model is close to the teacher too; only what is left after the best rival is
subtracted points to one provider. Rivals are providers' own models, the suspect's own lineage among them: what its
elder siblings explain, the teacher need not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stillwatch.provenance.fingerprint.lineage import Standing
from stillwatch.provenance.fingerprint.signals import GROUPS, Signal
from stillwatch.provenance.fingerprint.similarity import Matrix

__all__ = ["Rows", "contrast", "over_groups", "rows_of_models", "scores"]

# Weight of the second rival provider beside the best: it steadies a maximum of few.
SECOND = 0.4


@dataclass(frozen=True)
class Rows:
    """Suspects to be scored: for each, by signal, its affinity to every model (NaN: left out), and whose it is.

    `affinity[signal]` is (rows, models); `own` is (rows, providers): whether a provider is the suspect's own.
    """

    affinity: Mapping[Signal, Matrix]
    own: npt.NDArray[np.bool_]


def rows_of_models(affinity: Mapping[Signal, Matrix], standing: Standing, models: Sequence[int]) -> Rows:
    """Models of the benchmark as suspects."""
    chosen = np.asarray(models, np.int64)
    providers = np.unique(standing.providers)
    return Rows(
        {signal: matrix[chosen] for signal, matrix in affinity.items()},
        standing.providers[chosen][:, None] == providers[None, :],
    )


def contrast(affinity: Matrix, own: npt.NDArray[np.bool_], standing: Standing, *, teacher: int | None = None) -> Matrix:
    """(rows, models): how far each model, as the teacher, stands above the rivals, for one signal.

    With `teacher`, only the models of its provider are looked at; the others are NaN.

    Above the line: the mean of the teacher itself and its provider's closest control, since a student of one version
    resembles the others too. Below: the best rival provider, drawn towards the second, which steadies a maximum of
    few. A provider that only has models tuned on people's texts is a rival where there is no other, or it is the
    suspect's own.
    """
    providers = np.unique(standing.providers)
    rows, count = affinity.shape
    best = np.full((rows, len(providers)), -np.inf)
    fallback = best.copy()
    for place, provider in enumerate(providers):
        of = standing.providers == provider
        if (of & standing.control).any():
            fallback[:, place] = _most(affinity[:, of & standing.control])
        if (of & standing.rival).any():
            best[:, place] = fallback[:, place]
    best = np.where(own, fallback, best)
    found = np.full((rows, count), np.nan)
    for place, provider in enumerate(providers):
        if teacher is not None and standing.providers[teacher] != provider:
            continue
        targets = np.flatnonzero(standing.providers == provider)
        rivals = best.copy()
        rivals[:, place] = -np.inf
        others = fallback.copy()
        others[:, place] = -np.inf
        rivals = np.where(np.isfinite(rivals).any(axis=1, keepdims=True), rivals, others)
        ranked = np.sort(rivals, axis=1)[:, ::-1]
        first = ranked[:, 0]
        second = np.where(np.isfinite(ranked[:, 1]), ranked[:, 1], first) if len(providers) > 1 else first
        against = np.where(np.isfinite(first), (1.0 - SECOND) * first + SECOND * second, 0.0)
        sibling = np.where(np.isfinite(fallback[:, place]), fallback[:, place], -np.inf)[:, None]
        above = (affinity[:, targets] + np.maximum(sibling, affinity[:, targets])) / 2
        found[:, targets] = above - against[:, None]
    return found


def scores(rows: Rows, standing: Standing, *, teacher: int | None = None) -> tuple[Matrix, dict[Signal, Matrix]]:
    """(rows, models) of the score, and of each signal alone. A group that cannot judge leaves the mean to the rest.

    With `teacher`, only its provider's columns are filled: the same numbers, sooner.
    """
    alone = {signal: contrast(matrix, rows.own, standing, teacher=teacher) for signal, matrix in rows.affinity.items()}
    return over_groups(alone), alone


def over_groups(alone: Mapping[Signal, Matrix]) -> Matrix:
    """Mean over the groups of counted signals, each the mean of its own; NaN where none of them can judge."""
    members = [[matrix for signal, matrix in alone.items() if signal.group == group] for group in GROUPS]
    return _mean([_mean(group) for group in members if group])


def _most(values: Matrix) -> Matrix:
    return np.asarray(np.where(np.isfinite(values), values, -np.inf).max(axis=1), np.float64)


def _mean(matrices: Sequence[Matrix]) -> Matrix:
    stack = np.stack(matrices)
    known = np.isfinite(stack)
    count = known.sum(axis=0)
    return np.where(count > 0, np.where(known, stack, 0.0).sum(axis=0) / np.maximum(count, 1), np.nan)
