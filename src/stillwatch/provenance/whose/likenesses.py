"""Students made of two controls: part sibling of the teacher, part something else. What a ranking does to them says how
far below the best the true teacher may stand, and how often a student is noticed at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stillwatch.provenance.fingerprint.contrast import scores
from stillwatch.provenance.fingerprint.signals import Signal
from stillwatch.provenance.fingerprint.similarity import Matrix
from stillwatch.provenance.whose.resemblance import Places, Resemblance, blended, highest

__all__ = ["Likenesses", "likenesses"]


@dataclass(frozen=True)
class Likenesses:
    """One row a made-up student: the score of its teacher, that of the best provider, its sibling's family."""

    truth: Matrix
    best: Matrix
    families: npt.NDArray[np.str_]
    others: npt.NDArray[np.str_]

    def shortfall(self, coverage: float) -> float | None:
        """The margin below the best that holds the true teacher in `coverage` of these; None without any.

        A unit is a sibling's family with another family, at its worst; each sibling's family weighs the same.
        """
        if not len(self.truth):
            return None
        worst: dict[tuple[str, str], float] = {}
        below = self.best - self.truth
        for one, other, value in zip(self.families, self.others, below, strict=True):
            key = (str(one), str(other))
            worst[key] = max(worst.get(key, 0.0), float(value))
        values = np.array(list(worst.values()))
        weights = self._even(np.array([one for one, _ in worst]))
        order = np.argsort(values)
        place = np.searchsorted(np.cumsum(weights[order]), coverage - 1e-9)
        return float(values[order][min(int(place), len(values) - 1)])

    def share(self, reached: npt.NDArray[np.bool_]) -> float:
        """The mean of a row's yes or no, each sibling's family weighing the same."""
        return float(reached @ self._even(self.families))

    @staticmethod
    def _even(names: npt.NDArray[np.str_]) -> Matrix:
        _, number, count = np.unique(names, return_inverse=True, return_counts=True)
        return np.asarray(1.0 / count[number] / len(count), np.float64)


def likenesses(pack: Resemblance, affinity: Mapping[Signal, Matrix], share: float) -> Likenesses:
    """`share` of each row is one control, the rest a control of another provider, which is then no candidate for it.

    A provider with one model gives no student: nothing would be left to find.
    """
    standing, candidates = pack.standing, pack.candidates()
    controls = pack.controls()
    with_sibling = [a for a in controls if (standing.providers[controls] == standing.providers[a]).sum() > 1]
    parts: Places = np.array(
        [(a, b) for a in with_sibling for b in controls if standing.providers[a] != standing.providers[b]], np.int64
    ).reshape(-1, 2)
    own = standing.providers[parts[:, 1]][:, None] == np.unique(standing.providers)[None, :]
    total, _ = scores(blended(affinity, parts, share, own), standing)
    found = highest(total, standing, candidates)
    place = {name: i for i, name in enumerate(candidates)}
    at = np.arange(len(parts))
    found[at, [place[str(standing.providers[b])] for b in parts[:, 1]]] = np.nan
    truth = found[at, [place[str(standing.providers[a])] for a in parts[:, 0]]]
    best = np.where(np.isfinite(found), found, -np.inf).max(axis=1, initial=-np.inf)
    known = np.isfinite(truth)
    families = standing.families[parts]
    return Likenesses(truth[known], best[known], families[known, 0], families[known, 1])
