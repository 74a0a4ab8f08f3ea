"""The noise floor: how much a model agrees with itself, asked the same again."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from stillwatch.provenance.fingerprint.features import FEATURES, counted
from stillwatch.provenance.fingerprint.outputs import Corpus
from stillwatch.provenance.fingerprint.similarity import question_rows, question_similarity
from stillwatch.provenance.fingerprint.words import words_of

__all__ = ["FEWEST_REPEATS", "NoiseFloor", "noise_floor"]

# With fewer prompts asked twice the mean says little.
FEWEST_REPEATS = 5


@dataclass(frozen=True)
class NoiseFloor:
    """Mean likeness (cosine of word pairs to the same prompt) over the prompts that the suspect was asked twice: of its
    two answers, of its first and the teacher's, and of its first and everybody else's."""

    prompts: int
    itself: float
    teacher: float
    others: float


def noise_floor(corpus: Corpus, suspect: int, teacher: int) -> NoiseFloor | None:
    """None where the suspect was not asked `FEWEST_REPEATS` prompts twice."""
    again = corpus.again
    if again is None:
        return None
    own = np.flatnonzero(again.model_of == suspect)
    if len(own) < FEWEST_REPEATS:
        return None
    repeated = np.zeros(len(corpus.prompts), bool)
    repeated[again.prompt_of[own]] = True
    rows = np.flatnonzero(repeated[corpus.prompt_of])
    models = len(corpus.models)
    model_of = np.concatenate([corpus.model_of[rows], np.full(len(own), models, np.int32)])
    prompt_of = np.concatenate([corpus.prompt_of[rows], again.prompt_of[own]])
    texts = pa.concat_arrays([
        corpus.beginnings().take(pa.array(rows)).cast(pa.large_string()),
        again.beginnings().take(pa.array(own)).cast(pa.large_string()),
    ])  # fmt: skip
    found, _ = question_rows(
        counted(FEATURES["word pairs"](words_of(texts)), len(texts)), model_of, prompt_of, models + 1
    )
    answered = np.zeros((models + 1, len(corpus.prompts)), bool)
    answered[model_of, prompt_of] = True
    likeness = question_similarity(found, answered)[suspect]
    others = np.delete(likeness, [suspect, teacher, models])
    return NoiseFloor(int(repeated.sum()), float(likeness[models]), float(likeness[teacher]), float(np.nanmean(others)))
