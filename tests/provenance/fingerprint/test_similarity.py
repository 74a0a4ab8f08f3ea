"""Similarities against dense, naive ones."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.provenance.fingerprint.similarity import (
    MOST_HEARD,
    RAREST,
    likeness,
    profiles,
    question_rows,
    question_similarity,
)

MODELS, PROMPTS, FEATURES = 5, 4, 12


def answers(seed: int, share: float = 0.8) -> tuple[sp.csr_array, np.ndarray, np.ndarray]:  # type: ignore[type-arg]
    """Random counts of some models' answers to some questions, in no order."""
    rng = np.random.default_rng(seed)
    places = [pair for pair in product(range(MODELS), range(PROMPTS)) if rng.random() < share] or [(0, 0)]
    order = rng.permutation(len(places))
    model_of, prompt_of = np.array(places, np.int32)[order].T
    counts = rng.poisson(0.7, (len(places), FEATURES)).astype(np.float32)
    return sp.csr_array(counts), model_of, prompt_of


def cosine(a: np.ndarray, b: np.ndarray) -> float:  # type: ignore[type-arg]
    length = math.sqrt(float(a @ a)) * math.sqrt(float(b @ b))
    return float(a @ b) / length if length else 0.0


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 10_000), rarest=st.sampled_from([1.0, 0.5, 0.1]))
def test_question_similarity_is_the_mean_weighted_cosine(seed: int, rarest: float) -> None:
    counts, model_of, prompt_of = answers(seed)
    dense, total = counts.toarray(), counts.shape[0]
    having = (dense > 0).sum(axis=0)
    weighted: dict[tuple[int, int], np.ndarray] = {}  # type: ignore[type-arg]
    for row, (model, prompt) in enumerate(zip(model_of, prompt_of, strict=True)):
        same = dense[prompt_of == prompt]
        vector = np.zeros(FEATURES)
        for feature in range(FEATURES):
            inside = int((same[:, feature] > 0).sum())
            if dense[row, feature] and (rarest == 1.0 or inside <= max(2, rarest * len(same))):
                vector[feature] = (
                    (1 + math.log(dense[row, feature]))
                    * math.log(1 + total / having[feature])
                    * math.log((len(same) + 1) / inside)
                )
        weighted[model, prompt] = vector
    rows, question = question_rows(counts, model_of, prompt_of, MODELS, rarest_share=rarest)
    assert len(question) == rows.shape[1]
    answered = np.zeros((MODELS, PROMPTS), bool)
    answered[model_of, prompt_of] = True
    found = question_similarity(rows, answered)
    for i, j in product(range(MODELS), repeat=2):
        common = [p for p in range(PROMPTS) if (i, p) in weighted and (j, p) in weighted]
        if common:
            expected = np.mean([cosine(weighted[i, p], weighted[j, p]) for p in common])
            assert found[i, j] == pytest.approx(expected, abs=1e-5)
        else:
            assert math.isnan(found[i, j])


def test_models_without_a_common_question_cannot_be_compared() -> None:
    counts = sp.csr_array(np.ones((2, 3), np.float32))
    places = np.array([0, 1], np.int32)
    rows, _ = question_rows(counts, places, places, 2)
    found = question_similarity(rows, np.eye(2, dtype=bool))
    assert np.isnan(found[0, 1])
    assert found[0, 0] == pytest.approx(1.0)


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 10_000))
def test_likeness_of_profiles_is_the_cosine_of_centred_roots(seed: int) -> None:
    counts, model_of, _ = answers(seed, 1.0)
    weights = np.random.default_rng(seed).random(MODELS) + 0.01
    heard = np.minimum(counts.toarray(), MOST_HEARD)
    totals = np.stack([heard[model_of == model].sum(axis=0) for model in range(MODELS)])
    totals = totals[:, totals.sum(axis=0) >= RAREST * len(heard)]
    roots = np.sqrt(totals / np.maximum(totals.sum(axis=1, keepdims=True), 1))
    left = roots - (weights[:, None] * roots).sum(axis=0) / weights.sum()
    found = likeness(profiles(counts, model_of, weights))
    for i, j in product(range(MODELS), repeat=2):
        assert found[i, j] == pytest.approx(cosine(left[i], left[j]), abs=1e-5)


@settings(deadline=None, max_examples=30)
@given(seed=st.integers(0, 10_000))
def test_the_order_of_rows_does_not_matter(seed: int) -> None:
    counts, model_of, prompt_of = answers(seed)
    order = np.random.default_rng(seed + 1).permutation(len(model_of))
    weights = np.ones(MODELS)
    turned = sp.csr_array(counts.toarray()[order])
    assert likeness(profiles(turned, model_of[order], weights)) == pytest.approx(
        likeness(profiles(counts, model_of, weights)), abs=1e-5
    )
    answered = np.zeros((MODELS, PROMPTS), bool)
    answered[model_of, prompt_of] = True
    one, _ = question_rows(counts, model_of, prompt_of, MODELS)
    two, _ = question_rows(turned, model_of[order], prompt_of[order], MODELS)
    assert question_similarity(two, answered) == pytest.approx(question_similarity(one, answered), nan_ok=True)


def test_a_word_repeated_without_end_is_heard_three_times() -> None:
    counts = np.ones((3, FEATURES), np.float32)
    once, often = counts.copy(), counts.copy()
    once[0, 0], often[0, 0] = MOST_HEARD, 1e6
    model_of, weights = np.arange(3, dtype=np.int32), np.ones(3)
    assert likeness(profiles(sp.csr_array(once), model_of, weights)) == pytest.approx(
        likeness(profiles(sp.csr_array(often), model_of, weights))
    )


def test_nothing_in_common_with_anybody_is_no_error() -> None:
    counts, model_of = sp.csr_array((2, FEATURES), dtype=np.float32), np.arange(2, dtype=np.int32)
    assert likeness(profiles(counts, model_of, np.ones(2))).tolist() == [[0.0, 0.0], [0.0, 0.0]]
    rows, question = question_rows(counts, model_of, np.zeros(2, np.int32), 2)
    assert question_similarity(rows, np.ones((2, 1), bool)).tolist() == [[0.0, 0.0], [0.0, 0.0]]
    assert len(question) == 0


@settings(deadline=None, max_examples=30)
@given(seed=st.integers(0, 10_000))
def test_references_lend_their_features_and_their_profiles(seed: int) -> None:
    """Rows from some answers, columns from all: the cosine of both; who is silent there is known by its row."""
    counts, model_of, prompt_of = answers(seed, 1.0)
    weights, few = np.random.default_rng(seed).random(MODELS) + 0.01, prompt_of < 2
    there = model_of != 3
    columns = profiles(sp.csr_array(counts.toarray()[there]), model_of[there], weights)
    assert columns.spoke.tolist() == [True, True, True, False, True]
    rows = profiles(sp.csr_array(counts.toarray()[few]), model_of[few], weights, columns.basis)
    assert rows.units.shape == columns.units.shape == (MODELS, len(columns.basis))
    found = likeness(rows, columns)
    for i, j in product(range(MODELS), repeat=2):
        other = rows if j == 3 else columns
        assert found[i, j] == pytest.approx(cosine(rows.units[i], other.units[j]), abs=1e-6)
    same = profiles(counts, model_of, weights)
    assert likeness(profiles(counts, model_of, weights, same.basis), same) == pytest.approx(likeness(same), abs=1e-9)
