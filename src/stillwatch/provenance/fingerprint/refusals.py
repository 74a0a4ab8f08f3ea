"""Refusals: which questions a model declines, and in which words."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from stillwatch.provenance.fingerprint.similarity import Matrix

__all__ = ["DECLINES", "FEWEST_REFUSALS", "declined", "refusal_similarity"]

DECLINES = (
    r"(?i)^.{0,160}\b(I('m| am) (sorry|unable|not able)|I (cannot|can't|can not|won't|will not|must decline)|"
    r"I do(n't| not) (have access|feel comfortable)|as an ai\b|as a language model|"
    r"it (is|would) not (be )?(appropriate|ethical)|"
    r"not (able|appropriate|comfortable) to|I apologi[sz]e)"
)
# With fewer refusals on either side, agreement says nothing.
FEWEST_REFUSALS = 5


def declined(texts: pa.Array) -> npt.NDArray[np.bool_]:
    """Whether each answer begins as a refusal, by its words. English only: other languages count as answers."""
    found = pc.match_substring_regex(pc.replace_substring(texts, "\n", " "), DECLINES)
    return np.asarray(found.to_numpy(zero_copy_only=False), bool)


def refusal_similarity(
    refused: npt.NDArray[np.bool_], model_of: npt.NDArray[np.int32], prompt_of: npt.NDArray[np.int32], models: int
) -> Matrix:
    """(models, models): correlation over questions of being declined, each question against its usual share.

    NaN for a model that declined fewer than `FEWEST_REFUSALS` questions: it cannot be judged by its refusals.
    """
    prompts = int(prompt_of.max(initial=-1)) + 1
    table = np.zeros((models, prompts))
    asked = np.maximum(np.bincount(prompt_of, minlength=prompts), 1)
    usual = np.bincount(prompt_of, weights=refused, minlength=prompts) / asked
    table[model_of, prompt_of] = refused - usual[prompt_of]
    refusals = np.bincount(model_of, weights=refused, minlength=models)
    length = np.linalg.norm(table, axis=1, keepdims=True)
    similarity = (table / np.maximum(length, 1e-12)) @ (table / np.maximum(length, 1e-12)).T
    few = refusals < FEWEST_REFUSALS
    similarity[few] = np.nan
    similarity[:, few] = np.nan
    return np.asarray(similarity, np.float64)
