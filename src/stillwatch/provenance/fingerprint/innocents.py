"""What innocent models score: every control as if it were the suspect, and every blend of two controls.

A control has its own lineage as the best rival, which a student of somebody else's has only in part; a blend of two
families stands for such a student, half one and half the other, of the teacher not at all.

Both have their source among the rivals. An original model whose maker has no other model here has not: a *newcomer*.
What newcomers reach is found by taking away from each control whatever its own provider made.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

from stillwatch.provenance.fingerprint.contrast import Rows, scores
from stillwatch.provenance.fingerprint.lineage import Standing
from stillwatch.provenance.fingerprint.signals import Signal
from stillwatch.provenance.fingerprint.similarity import Matrix

__all__ = ["FEWEST_FAMILIES", "FEWEST_MODELS", "Innocents", "Null", "innocents"]

FEWEST_MODELS = 8
FEWEST_FAMILIES = 5
# Blends that are scored; with more controls than give so many, a sample of them.
MOST_BLENDS = 3000


@dataclass(frozen=True)
class Null:
    """Innocent scores by unit, sorted: the highest that any model of one family (or blend of two) reaches against any
    model of one provider. `models` and `families` count the controls that could be innocent of this teacher and have a
    score."""

    values: Matrix
    models: int
    families: int

    @property
    def enough(self) -> bool:
        return self.models >= FEWEST_MODELS and self.families >= FEWEST_FAMILIES and self.units > 0

    @property
    def units(self) -> int:
        return len(self.values)

    def reached(self, score: float) -> int:
        """How many units reach a score."""
        return int(len(self.values) - np.searchsorted(self.values, score, side="left"))


@dataclass(frozen=True)
class Innocents:
    """Scores of pseudo-suspects against every control as the teacher: (rows, models), all signals and one by one.

    `parts[row]` are the controls a row is made of (the same twice: one alone). `newcomers` is (controls, models): the
    score of each control as if its provider had made nothing else.
    """

    parts: npt.NDArray[np.int64]
    total: Matrix
    alone: Mapping[Signal, Matrix]
    newcomers: Matrix
    standing: Standing

    def orphan(self, suspect: int) -> bool:
        """Whether no other control is of the suspect's family or provider, so that its own lineage explains nothing."""
        standing = self.standing
        kin = (standing.families == standing.families[suspect]) | (standing.providers == standing.providers[suspect])
        kin[suspect] = False
        return not bool((kin & standing.control).any())

    def newcomer_null(self, suspect: int, teacher: int) -> Null:
        """What innocent newcomers reach, as `null`, controls one by one."""
        standing = self.standing
        control = np.flatnonzero(standing.control)
        rows = np.flatnonzero(standing.families[control] != standing.families[suspect])
        values = self.newcomers[rows]
        return self._null(control[rows][:, None].repeat(2, axis=1), values, suspect, teacher)

    def null(self, suspect: int, teacher: int, signal: Signal | None = None) -> Null:
        """Innocents to compare a suspect with: neither its family nor the teacher's provider is among them.

        Pooled over the teachers that are not of the suspect's family: what an innocent reaches against one provider is
        taken as what it reaches against another.
        """
        standing, values = self.standing, self.total if signal is None else self.alone[signal]
        outside = standing.control & (standing.families != standing.families[suspect])
        rows = np.flatnonzero(outside[self.parts].all(axis=1))
        return self._null(self.parts[rows], values[rows], suspect, teacher)

    def _null(self, parts: npt.NDArray[np.int64], values: Matrix, suspect: int, teacher: int) -> Null:
        standing = self.standing
        outside = standing.control & (standing.families != standing.families[suspect])
        scored = np.zeros(len(outside), bool)
        scored[parts[np.isfinite(values).any(axis=1)]] = True
        own = scored & standing.innocent(suspect, teacher)
        targets = np.flatnonzero(outside | (np.arange(len(outside)) == teacher))
        strange = (standing.providers[parts][:, :, None] != standing.providers[targets][None, None, :]).all(axis=1)
        found = values[:, targets]
        row, column = np.nonzero(strange & np.isfinite(found))
        _, family = np.unique(standing.families, return_inverse=True)
        _, provider = np.unique(standing.providers, return_inverse=True)
        pair = np.sort(family[parts], axis=1)
        unit = (pair[row, 0] * len(family) + pair[row, 1]) * len(family) + provider[targets[column]]
        order = np.lexsort((found[row, column], unit))
        last = np.append(unit[order][1:] != unit[order][:-1], True) if len(order) else np.zeros(0, bool)
        highest = np.sort(found[row, column][order][last])
        return Null(highest, int(own.sum()), len(np.unique(standing.families[own])))

    def controls(self, suspect: int, teacher: int, signal: Signal | None = None) -> list[tuple[int, float]]:
        """(control, score) of every control alone against the teacher, for showing."""
        values = self.total if signal is None else self.alone[signal]
        innocent = self.standing.innocent(suspect, teacher)
        return [
            (int(a), float(values[row, teacher]))
            for row, (a, b) in enumerate(self.parts)
            if a == b and innocent[a] and np.isfinite(values[row, teacher])
        ]


def innocents(affinity: Mapping[Signal, Matrix], standing: Standing, *, seed: int = 0) -> Innocents:
    """Score every control and the blends of two controls of different families."""
    control = np.flatnonzero(standing.control)
    pairs = [(a, b) for a, b in combinations(control, 2) if standing.families[a] != standing.families[b]]
    if len(pairs) > MOST_BLENDS:
        chosen = np.random.default_rng(seed).choice(len(pairs), MOST_BLENDS, replace=False)
        pairs = [pairs[i] for i in np.sort(chosen)]
    parts = np.array([*((a, a) for a in control), *pairs], np.int64).reshape(-1, 2)
    providers = np.unique(standing.providers)
    own = (standing.providers[parts][:, :, None] == providers[None, None, :]).any(axis=1)
    rows = Rows({signal: _blended(matrix, parts) for signal, matrix in affinity.items()}, own)
    total, alone = scores(rows, standing)
    return Innocents(parts, total, alone, _newcomers(affinity, standing), standing)


def _newcomers(affinity: Mapping[Signal, Matrix], standing: Standing) -> Matrix:
    control = np.flatnonzero(standing.control)
    kin = standing.providers[control][:, None] == standing.providers[None, :]
    rows = {signal: np.where(kin, np.nan, matrix[control]) for signal, matrix in affinity.items()}
    none = np.zeros((len(control), len(np.unique(standing.providers))), bool)
    return scores(Rows(rows, none), standing)[0]


def _blended(affinity: Matrix, parts: npt.NDArray[np.int64]) -> Matrix:
    """A blend's similarity is the mean of its parts'; what it is made of cannot be its rival."""
    mean = (affinity[parts[:, 0]] + affinity[parts[:, 1]]) / 2
    for side in (0, 1):
        mean[np.arange(len(parts)), parts[:, side]] = np.nan
    return mean
