"""Where two models agree: a signal's similarity taken apart by question. For showing; never for a p-value."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from stillwatch.provenance.fingerprint import style
from stillwatch.provenance.fingerprint.centring import voices
from stillwatch.provenance.fingerprint.panel import Panel
from stillwatch.provenance.fingerprint.signals import Reader, Signal
from stillwatch.provenance.fingerprint.similarity import Matrix, question_rows

__all__ = ["agreement", "beyond_controls"]


def agreement(reader: Reader, signal: Signal, suspect: int) -> Matrix:
    """(models, questions): how much each model's answer shares with the suspect's, as the signal sees it; NaN where one
    of the two has no answer."""
    corpus = reader.corpus
    rows, question = _by_question(reader, signal)
    shared = rows * rows[[suspect], :].toarray()[0][None, :]
    place = sp.csr_array(
        (np.ones(len(question)), (np.arange(len(question)), question)), shape=(len(question), len(corpus.prompts))
    )
    found = np.asarray((sp.csr_array(shared) @ place).todense(), np.float64)
    answered = corpus.answered()
    return np.where(answered & answered[suspect][None, :], found, np.nan)


def beyond_controls(panel: Panel, signal: Signal, suspect: int, teacher: int) -> Matrix:
    """(questions): agreement of suspect and teacher less the suspect's usual one with innocent controls, each family
    one voice; NaN where there is nothing to compare."""
    weight = voices(panel.standing) * panel.standing.innocent(suspect, teacher)
    shared = agreement(panel.reader, signal, suspect)
    known = np.isfinite(shared)
    whole = weight @ known
    usual = weight @ np.where(known, shared, 0.0) / np.maximum(whole, 1e-12)
    return np.where(whole > 0, shared[teacher] - usual, np.nan)


def _by_question(reader: Reader, signal: Signal) -> tuple[sp.csr_array, npt.NDArray[np.int64]]:
    corpus, models = reader.corpus, len(reader.corpus.models)
    if signal.how in ("question", "rare question"):
        return reader.question_rows(signal)
    if signal.how == "profile":
        return question_rows(reader.counts(signal.of), corpus.model_of, corpus.prompt_of, models)
    prompts = len(corpus.prompts)
    if signal.how == "refusals":
        asked = np.maximum(np.bincount(corpus.prompt_of, minlength=prompts), 1)
        usual = np.bincount(corpus.prompt_of, weights=reader.refused, minlength=prompts) / asked
        left: Matrix = (reader.refused - usual[corpus.prompt_of])[:, None]
    else:
        left = style.unusual(reader.habits(signal), corpus.model_of, corpus.prompt_of, reader.weights)
    width = left.shape[1]
    column = corpus.prompt_of[:, None].astype(np.int64) * width + np.arange(width)[None, :]
    row = np.repeat(corpus.model_of, width)
    rows = sp.csr_array((left.ravel(), (row, column.ravel())), shape=(models, prompts * width))
    return rows, np.repeat(np.arange(prompts), width)
