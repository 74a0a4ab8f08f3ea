"""How alike all models are, signal by signal, and what is left of it when some of them are taken away.

Texts are read once; every smaller pack, with a family or a provider missing, is a cut of the same matrices. The words'
weights still know the models that were cut; docs/whose.md tells how little that changes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stillwatch.provenance.fingerprint.centring import AVERAGE_UNDECLARED, affinities, voices
from stillwatch.provenance.fingerprint.contrast import Rows, rows_of_models, scores
from stillwatch.provenance.fingerprint.coverage import more_than, references
from stillwatch.provenance.fingerprint.lineage import Standing
from stillwatch.provenance.fingerprint.outputs import Corpus
from stillwatch.provenance.fingerprint.signals import Reader, Signal, similarities
from stillwatch.provenance.fingerprint.similarity import Matrix

__all__ = ["Places", "Resemblance", "blended", "highest", "resemblance"]

Places = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Resemblance:
    """`similarity[signal]` is (models, models) for the counted signals: rows as suspects, columns as references."""

    models: tuple[str, ...]
    standing: Standing
    similarity: Mapping[Signal, Matrix]

    def only(self, places: Places, *, strangers: int = 0) -> Resemblance:
        """These models, in this order; the first `strangers` of them are neither controls nor rivals."""
        standing = self.standing
        known = np.arange(len(places)) >= strangers
        cut = Standing(
            standing.families[places], standing.providers[places],
            standing.control[places] & known, standing.rival[places] & known,
        )  # fmt: skip
        both = np.ix_(places, places)
        return Resemblance(
            tuple(self.models[i] for i in places), cut, {s: matrix[both] for s, matrix in self.similarity.items()}
        )

    def affinity(self) -> dict[Signal, Matrix]:
        return {signal: affinities(matrix, self.standing) for signal, matrix in self.similarity.items()}

    def controls(self) -> Places:
        return np.flatnonzero(self.standing.control)

    def candidates(self) -> list[str]:
        """The providers that have a control, in order of name."""
        return sorted({str(name) for name in self.standing.providers[self.standing.control]})

    def scores_of(self, suspect: int, affinity: Mapping[Signal, Matrix] | None = None) -> Matrix:
        """(models): the suspect's score against each."""
        rows = rows_of_models(affinity or self.affinity(), self.standing, [suspect])
        return np.asarray(scores(rows, self.standing)[0][0], np.float64)


def resemblance(corpus: Corpus, standing: Standing, whole: Corpus | None = None) -> Resemblance:
    """Read all answers. Some 5 s for thirty models and 200 questions. `whole` is what the same models answered to more
    questions, where they did: as references they are known by all of it."""
    beside = None if whole is None else more_than(corpus, references(whole, standing))
    reader = Reader(corpus, voices(standing, undeclared=AVERAGE_UNDECLARED), beside)
    return Resemblance(corpus.models, standing, dict(similarities(reader, counted_only=True)))


def blended(affinity: Mapping[Signal, Matrix], parts: Places, share: float, own: npt.NDArray[np.bool_]) -> Rows:
    """Rows that take `share` of their affinity from parts[:, 0] and the rest from parts[:, 1]; neither can be its
    rival. `own` is (rows, providers), see `contrast.Rows`."""
    rows = {}
    at = np.arange(len(parts))
    for signal, matrix in affinity.items():
        mixed = share * matrix[parts[:, 0]] + (1.0 - share) * matrix[parts[:, 1]]
        for side in (0, 1):
            mixed[at, parts[:, side]] = np.nan
        rows[signal] = mixed
    return Rows(rows, own)


def highest(total: Matrix, standing: Standing, candidates: list[str]) -> Matrix:
    """(rows, candidates): the score of each provider's closest control; NaN where none can be judged."""
    columns = []
    for name in candidates:
        found = total[:, (standing.providers == name) & standing.control]
        columns.append(np.where(np.isfinite(found), found, -np.inf).max(axis=1, initial=-np.inf))
    made = np.stack(columns, axis=1) if columns else np.zeros((len(total), 0))
    return np.where(np.isfinite(made), made, np.nan)
