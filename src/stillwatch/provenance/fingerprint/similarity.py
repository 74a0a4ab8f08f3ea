"""Counted features → similarity of every two models: over all their answers, or question by question.

A similarity is read by rows: [i, j] is how much suspect i is like reference j. Both ways are one where all models are
known by the same questions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

__all__ = ["Matrix", "Profiles", "likeness", "profiles", "question_rows", "question_similarity", "unit"]

Matrix = npt.NDArray[np.float64]
# A feature heard less often for each answer says nothing of a model's habits (once in some 7,500 answers); one that an
# answer repeats is heard three times. Shares, not counts: asking the same again must change nothing.
RAREST = 1.3e-4
MOST_HEARD = 3.0


@dataclass(frozen=True)
class Profiles:
    """Models' habits: (models, features) of unit length, the average taken away. `basis` says of what features; `spoke`
    which models have any answer behind it."""

    units: Matrix
    spoke: npt.NDArray[np.bool_]
    basis: npt.NDArray[Any]


def profiles(
    counts: sp.csr_array, model_of: npt.NDArray[np.int32], weights: Matrix, basis: npt.NDArray[np.int64] | None = None
) -> Profiles:
    """The models' profiles over all answers, less the average one.

    Profiles are square roots of shares (Hellinger), so that no common word drowns the rest. `weights` says how much
    each model counts in the average. `basis` are the features to look at; without it, those heard often enough.
    """
    models, answers = len(weights), len(model_of)
    heard = counts.copy()
    heard.data = np.minimum(heard.data, MOST_HEARD)
    whose = (model_of, np.arange(answers))
    member = sp.csr_array((np.ones(answers, np.float32), whose), shape=(models, answers))
    totals = (member @ heard).tocsc()
    if basis is None:
        basis = np.flatnonzero(np.asarray(totals.sum(axis=0)).ravel() >= RAREST * answers)
    shares = totals[:, basis].toarray().astype(np.float64)
    roots = np.sqrt(shares / np.maximum(shares.sum(axis=1, keepdims=True), 1.0))
    spoke = np.bincount(model_of, minlength=models) > 0
    return Profiles(unit(roots - np.average(roots, axis=0, weights=weights)), spoke, basis)


def likeness(rows: Profiles, columns: Profiles | None = None) -> Matrix:
    """(models, models): cosine of every model's profile in `rows` with every other's in `columns`, or in `rows` too.

    With `columns`, from more questions on the same basis, what chance did to the questions of `rows` stands on one side
    only. A model that did not speak there is known by its row.
    """
    if columns is None:
        return np.asarray(rows.units @ rows.units.T, np.float64)
    known = np.where(columns.spoke[:, None], columns.units, rows.units)
    return np.asarray(rows.units @ known.T, np.float64)


def question_rows(
    counts: sp.csr_array, model_of: npt.NDArray[np.int32], prompt_of: npt.NDArray[np.int32], models: int,
    *, rarest_share: float = 1.0,
) -> tuple[sp.csr_array, npt.NDArray[np.int64]]:  # fmt: skip
    """(models, features of a question) with unit length for each answer, and the question each column belongs to.

    A feature weighs more the fewer answers have it, in all and to this question: what everybody says to a question is
    no evidence. With `rarest_share`, only what at most that share of the answers to a question has is kept.
    """
    entries = counts.tocoo()
    answers = counts.shape[0]
    having = np.bincount(entries.col, minlength=counts.shape[1])
    key = prompt_of[entries.row].astype(np.int64) * counts.shape[1] + entries.col
    keys, column, inside = np.unique(key, return_inverse=True, return_counts=True)
    asked = np.bincount(prompt_of, minlength=int(prompt_of.max(initial=-1)) + 1)
    question = keys // counts.shape[1]
    rare = np.log((asked[question] + 1.0) / inside)
    weight = (1.0 + np.log(entries.data)) * np.log1p(answers / having[entries.col]) * rare[column]
    if rarest_share < 1.0:
        weight = np.where(inside[column] <= np.maximum(2, rarest_share * asked[question[column]]), weight, 0.0)
    length = np.sqrt(np.bincount(entries.row, weights=weight * weight, minlength=answers))
    weight = weight / np.maximum(length[entries.row], 1e-12)
    rows = sp.csr_array((weight, (model_of[entries.row], column)), shape=(models, len(keys)))
    return rows, question


def question_similarity(rows: sp.csr_array, answered: npt.NDArray[np.bool_]) -> Matrix:
    """(models, models): mean cosine between two models' answers to the same question; NaN without a common one."""
    common = answered.astype(np.float64) @ answered.T.astype(np.float64)
    total = np.asarray((rows @ rows.T).todense(), np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(common > 0, total / common, np.nan)


def unit(values: Matrix) -> Matrix:
    """Rows of unit length; nothing stays nothing."""
    return np.asarray(values / np.maximum(np.linalg.norm(values, axis=1, keepdims=True), 1e-12), np.float64)
