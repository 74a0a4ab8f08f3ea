"""Habits of style, counted: layout, punctuation, person, hedging, how code, errors and edge cases are spoken of."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from stillwatch.provenance.fingerprint.similarity import Matrix, Profiles, unit

__all__ = ["CODE", "ERRORS", "STYLE", "habit_profiles", "habit_question_similarity", "habits"]

# Patterns are RE2, counted for every hundred words.
STYLE = {
    "line": r"\n", "paragraph": r"\n\s*\n", "bullet": r"(?m)^\s*[-*•]\s", "numbered": r"(?m)^\s*\d+[.)]\s",
    "bold": r"\*\*", "heading": r"(?m)^#{1,6}\s", "fence": r"```", "backtick": r"`", "comma": ",", "stop": r"\.",
    "exclamation": "!", "question": r"\?", "colon": ":", "semicolon": ";", "bracket": r"\(", "quote": '"',
    "dash": " - ",
    "I": r"\bI\b", "you": r"(?i)\byou\b", "we": r"(?i)\b(we|our|us)\b",
    "hedge": r"(?i)\b(may|might|could|can|perhaps|possibly|likely)\b",
    "duty": r"(?i)\b(should|must|need to|important)\b",
    "connective": r"(?i)\b(however|additionally|furthermore|moreover|overall|therefore|in conclusion|in summary)\b",
    "contraction": r"\b\w+'(s|re|t|ve|ll|d|m)\b", "digit": r"\d", "capital": r"\b[A-Z][a-z]+",
    "self": r"(?i)as an ai|language model", "decline": r"(?i)\b(sorry|apologi|cannot|can't|unable)\b",
    "closing": r"(?i)\b(hope|feel free|let me know)\b", "instance": r"(?i)\b(for example|such as|e\.g|including)\b",
}  # fmt: skip
CODE = {
    "fence": r"```", "language": r"```[a-z]+", "comment": r"(?m)^\s*(#|//)\s", "trailing comment": r"\S\s+(#|//)\s\w",
    "docstring": '"""', "block comment": r"/\*", "type": r"->\s*\w|:\s*(int|str|float|list|dict|bool)\b",
    "guard": r"(?m)^\s*if (not |\w+ (is None|== null|<= 0|== 0))", "raise": r"\b(raise|throw)\b",
    "catch": r"\b(except|catch)\b", "main": r"__main__|int main",
    "usage": r"(?i)example usage|# example|# usage|// usage",
    "print": r"\b(print|console\.log|printf|System\.out)\b", "complexity": r"O\(\w", "snake": r"\b[a-z]+_[a-z_]+\b",
    "camel": r"\b[a-z]+[A-Z][a-zA-Z]*\b", "bullet": r"(?m)^\s*[-*•]\s", "bold": r"\*\*", "heading": r"(?m)^#{1,6}\s",
    "numbered": r"(?m)^\s*\d+[.)]\s",
    "bold label": r"\*\*[^*\n]{2,40}:\*\*|\*\*[^*\n]{2,40}\*\*:", "rule": r"(?m)^---+$",
    "table": r"(?m)^\|.*\|$",
}  # fmt: skip
ERRORS = {
    "error": r"(?i)\berrors?\b", "issue": r"(?i)\b(issue|problem)s?\b", "bug": r"(?i)\bbugs?\b",
    "mistake": r"(?i)\b(mistake|incorrect|wrong)\b", "fix": r"(?i)\b(fix|correct)(ed|s)?\b", "edge": r"(?i)edge cases?",
    "empty": r"(?i)\b(empty|null|none|zero|negative)\b", "valid": r"(?i)\b(in)?valid(ate|ation)?\b",
    "handle": r"(?i)\bhandl(e|es|ed|ing)\b", "ensure": r"(?i)\b(make sure|ensure)\b",
    "note": r"(?i)\b(note|keep in mind)\b",
    "careful": r"(?i)\b(be careful|caution|warning|aware)\b", "assume": r"(?i)\bassum(e|es|ing|ption)\b",
    "depends": r"(?i)\bdepend(s|ing)?\b", "however": r"(?i)\bhowever\b", "step": r"(?i)\bstep\b",
    "here": r"(?i)\bhere('s| is| are)\b",
    "because": r"(?i)\b(because|since|due to)\b", "instead": r"(?i)\binstead\b", "recommend": r"(?i)\brecommend\b",
}  # fmt: skip


def habits(texts: pa.Array, patterns: dict[str, str]) -> Matrix:
    """(answers, 2 + patterns): length, length of words, and the logarithm of each habit's rate."""
    length = pc.utf8_length(texts).to_numpy(zero_copy_only=False)
    words = pc.count_substring(texts, " ").to_numpy(zero_copy_only=False) + 1.0
    columns = [np.log1p(length), length / words]
    for pattern in patterns.values():
        found = pc.count_substring_regex(texts, pattern).to_numpy(zero_copy_only=False)
        columns.append(np.log1p(100.0 * found / words))
    return np.column_stack(columns).astype(np.float64)


def habit_profiles(
    found: Matrix, model_of: npt.NDArray[np.int32], prompt_of: npt.NDArray[np.int32], weights: Matrix,
    basis: Matrix | None = None,
) -> Profiles:  # fmt: skip
    """The models' mean habits, each measured against the usual answer to the same question; `basis` is the spread of
    each habit among models, where it is not to be taken from these answers."""
    mean = _mean(_against_usual(found, model_of, prompt_of, weights), model_of, len(weights))
    if basis is None:
        basis = np.sqrt(np.average((mean - np.average(mean, axis=0, weights=weights)) ** 2, axis=0, weights=weights))
    scaled = mean[:, basis > 1e-9] / basis[basis > 1e-9]
    scaled = scaled - np.average(scaled, axis=0, weights=weights)
    return Profiles(unit(scaled), np.bincount(model_of, minlength=len(weights)) > 0, basis)


def habit_question_similarity(
    found: Matrix, model_of: npt.NDArray[np.int32], prompt_of: npt.NDArray[np.int32], weights: Matrix
) -> Matrix:
    """(models, models): do two models leave the usual, and their own mean, in the same way at the same questions?"""
    left = _against_usual(found, model_of, prompt_of, weights)
    left = left - _mean(left, model_of, len(weights))[model_of]
    spread = left.std(axis=0)
    left = left[:, spread > 1e-9] / spread[spread > 1e-9]
    prompts = int(prompt_of.max(initial=-1)) + 1
    rows = np.zeros((len(weights), prompts, left.shape[1]), np.float32)
    rows[model_of, prompt_of] = left
    flat = rows.reshape(len(weights), -1)
    flat /= np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-12)
    return np.asarray(flat @ flat.T, np.float64)


def unusual(
    found: Matrix, model_of: npt.NDArray[np.int32], prompt_of: npt.NDArray[np.int32], weights: Matrix
) -> Matrix:
    """(answers, habits): how far each answer leaves the usual answer to its question, in standard deviations."""
    left = _against_usual(found, model_of, prompt_of, weights)
    spread = left.std(axis=0)
    return np.asarray(left[:, spread > 1e-9] / spread[spread > 1e-9], np.float64)


def _against_usual(
    found: Matrix, model_of: npt.NDArray[np.int32], prompt_of: npt.NDArray[np.int32], weights: Matrix
) -> Matrix:
    prompts = int(prompt_of.max(initial=-1)) + 1
    weight = weights[model_of]
    whole = np.maximum(np.bincount(prompt_of, weights=weight, minlength=prompts), 1e-12)
    usual = np.column_stack(
        [np.bincount(prompt_of, weights=weight * column, minlength=prompts) / whole for column in found.T]
    )
    return found - usual[prompt_of]


def _mean(values: Matrix, model_of: npt.NDArray[np.int32], models: int) -> Matrix:
    count = np.maximum(np.bincount(model_of, minlength=models), 1)
    return np.column_stack([np.bincount(model_of, weights=column, minlength=models) / count for column in values.T])
