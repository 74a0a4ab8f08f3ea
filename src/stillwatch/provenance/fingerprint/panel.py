"""All models of a benchmark, read and compared once: what every suspect and teacher is judged on."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from stillwatch.inquiry import Verdict
from stillwatch.provenance.fingerprint import evidence, significance
from stillwatch.provenance.fingerprint.centring import AVERAGE_UNDECLARED, affinities, voices
from stillwatch.provenance.fingerprint.contrast import over_groups, rows_of_models, scores
from stillwatch.provenance.fingerprint.innocents import Innocents, innocents
from stillwatch.provenance.fingerprint.lineage import Lineage, Standing
from stillwatch.provenance.fingerprint.outputs import Corpus
from stillwatch.provenance.fingerprint.signals import Reader, Signal, similarities
from stillwatch.provenance.fingerprint.similarity import Matrix
from stillwatch.provenance.fingerprint.students import FAITHFUL, student_scores

__all__ = ["NEWCOMER_AT", "SUPPORTS_AT", "Judgement", "Panel", "panel"]

# A verdict supports at this p; it speaks against where a faithful student would have shown itself four times in five.
SUPPORTS_AT = 0.01
# A suspect without lineage here must besides stand out among innocent newcomers, of which one in ten may reach it.
NEWCOMER_AT = 0.1
SPEAKS_AGAINST_AT = -np.log(4.0)


@dataclass(frozen=True)
class Judgement:
    """What is said of one suspect and teacher. Without enough innocents there is no p and no ratio: None.

    `p_value` takes the suspect's source to be among the models at hand. `p_newcomer` is for an original model whose
    maker has no other one there; None where the suspect's lineage is at hand.
    """

    benchmark: str
    suspect: str
    teacher: str
    score: float
    p_value: float | None
    p_parametric: float | None
    log_lr: float | None
    nearest_rival: str | None
    verdict: Verdict
    p_newcomer: float | None = None


@dataclass(frozen=True)
class Panel:
    """`total` and `alone[signal]` are (suspect, teacher) scores; `affinity[signal]` what they were made of: rows are
    suspects, columns references."""

    corpus: Corpus
    standing: Standing
    reader: Reader
    similarity: Mapping[Signal, Matrix]
    affinity: Mapping[Signal, Matrix]
    total: Matrix
    alone: Mapping[Signal, Matrix]
    innocents: Innocents

    @property
    def counted(self) -> dict[Signal, Matrix]:
        return {signal: matrix for signal, matrix in self.affinity.items() if signal.group}

    def judge(self, suspect: str, teacher: str) -> Judgement:
        """Raises BadInput where one of the two has no answer here."""
        i, j = self.corpus.model(suspect), self.corpus.model(teacher)
        score = float(self.total[i, j])
        null = self.innocents.null(i, j)
        rival = self.nearest_rival(i, j)
        names = self.corpus.benchmark, suspect, teacher
        if not null.enough or not np.isfinite(score):
            return Judgement(*names, score, None, None, None, rival, "inconclusive")
        p_value = significance.conformal(score, null)
        students = student_scores(self.counted, self.standing, i, j, FAITHFUL)
        ratio = evidence.log_likelihood_ratio(score, null, students)
        newcomer = None
        if self.innocents.orphan(i):
            newcomer = significance.conformal(score, self.innocents.newcomer_null(i, j))
        verdict: Verdict = "inconclusive"
        if p_value <= SUPPORTS_AT and ratio > 0 and (newcomer is None or newcomer <= NEWCOMER_AT):
            verdict = "supports"
        elif ratio <= SPEAKS_AGAINST_AT:
            verdict = "speaks against"
        tail = significance.parametric(score, null)
        return Judgement(*names, score, p_value, tail, ratio, rival, verdict, newcomer)

    @cached_property
    def closeness(self) -> Matrix:
        """(models, models): mean affinity over the counted signals, groups weighing alike."""
        return over_groups(self.affinity)

    def nearest_rival(self, suspect: int, teacher: int) -> str | None:
        """The control of another provider that the suspect is closest to."""
        standing = self.standing
        rivals = np.flatnonzero(standing.control & (standing.providers != standing.providers[teacher]))
        rivals = rivals[rivals != suspect]
        near = self.closeness[suspect][rivals]
        return self.corpus.models[rivals[int(np.nanargmax(near))]] if np.isfinite(near).any() else None


def panel(
    corpus: Corpus, lineage: Lineage, *, suspects: Collection[str] = (), teachers: Collection[str] = (),
    counted_only: bool = True, seed: int = 0, beside: Reader | None = None,
) -> Panel:  # fmt: skip
    """Read a benchmark. `suspects` are no controls unless the lineage declares them so. `beside` is what references
    answered to more questions (`coverage.by_coverage`)."""
    standing = lineage.standing(corpus.benchmark, corpus.models, suspects=suspects, teachers=teachers)
    reader = Reader(corpus, voices(standing, undeclared=AVERAGE_UNDECLARED), beside)
    similarity, affinity = {}, {}
    for signal, matrix in similarities(reader, counted_only=counted_only):
        similarity[signal] = matrix
        affinity[signal] = affinities(matrix, standing)
    total, alone = scores(rows_of_models(affinity, standing, range(len(corpus.models))), standing)
    return Panel(corpus, standing, reader, similarity, affinity, total, alone, innocents(affinity, standing, seed=seed))
