"""Who declines what."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from stillwatch.provenance.fingerprint.refusals import FEWEST_REFUSALS, declined, refusal_similarity


@pytest.mark.parametrize(
    "text",
    ["I'm sorry, but I can't help.", "I cannot assist with that.", "As an AI language model, I have no feelings.",
     "Well, that is hard.\nI am unable to say.", "I apologize, but no.", "I must decline.",
     "It would not be ethical to.", "I don't feel comfortable with this.",
     "I do not have access to today's news.", "I WON'T DO THAT"],
)  # fmt: skip
def test_refusals_are_found(text: str) -> None:
    assert declined(pa.array([text])).tolist() == [True]


@pytest.mark.parametrize(
    "text", ["", "Sure, here it is.", "Cannot is one word.", "He told me a story. " * 12 + "I cannot say more.", "抱歉"]
)
def test_answers_are_not(text: str) -> None:
    assert declined(pa.array([text])).tolist() == [False]


def grid(table: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, int]:  # type: ignore[type-arg]
    models, prompts = table.shape
    model_of = np.repeat(np.arange(models, dtype=np.int32), prompts)
    return table.astype(bool).ravel(), model_of, np.tile(np.arange(prompts, dtype=np.int32), models), models


def test_similarity_is_the_correlation_against_the_usual_share() -> None:
    table = np.random.default_rng(1).random((6, 30)) < 0.4
    left = table - table.mean(axis=0)
    expected = (left @ left.T) / np.outer(np.linalg.norm(left, axis=1), np.linalg.norm(left, axis=1))
    assert refusal_similarity(*grid(table)) == pytest.approx(expected)


def test_twins_agree_and_opposites_do_not() -> None:
    table = np.zeros((4, 20))
    table[:2, :10] = table[2:, 10:] = 1
    found = refusal_similarity(*grid(table))
    assert found[0, 1] == pytest.approx(1.0)
    assert found[0, 2] == pytest.approx(-1.0)


def test_a_model_that_hardly_declines_cannot_be_judged() -> None:
    table = np.zeros((3, 20))
    table[0, : FEWEST_REFUSALS - 1] = table[1, :FEWEST_REFUSALS] = table[2, 5:15] = 1
    found = refusal_similarity(*grid(table))
    assert np.isnan(found[0]).all()
    assert np.isnan(found[:, 0]).all()
    assert np.isfinite(found[1:, 1:]).all()


def test_without_any_answer() -> None:
    none = np.zeros(0, np.int32)
    assert refusal_similarity(np.zeros(0, bool), none, none, 2).shape == (2, 2)
