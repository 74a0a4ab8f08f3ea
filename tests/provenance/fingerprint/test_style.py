"""Habits: what is counted, and how it is compared."""

from __future__ import annotations

import re

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.provenance.fingerprint.similarity import likeness
from stillwatch.provenance.fingerprint.style import (
    CODE,
    ERRORS,
    STYLE,
    habit_profiles,
    habit_question_similarity,
    habits,
    unusual,
)

ALL = {f"{name} {key}": pattern for name, group in (("style", STYLE), ("code", CODE), ("errors", ERRORS))
       for key, pattern in group.items()}  # fmt: skip
PIECES = (
    "However, ", "I think ", "* item\n", "- item\n", "1. first\n", "**bold** ", "# Head\n", "```python\nx = 1\n```\n",
    "you ", "it's ", "edge case ", "ensure ", "O(n) ", "snake_case ", "// usage\n", "| a | b |\n", "could ", "sorry ",
    "1999 ", "\n\n", "for example ", "raise ", "hope ", "Paris ", "()", '"', "; ", "! ", "? ",
)  # fmt: skip


def column(name: str, text: str, patterns: dict[str, str]) -> float:
    return float(habits(pa.array([text]), patterns)[0, 2 + list(patterns).index(name)])


@pytest.mark.parametrize(
    ("name", "text"),
    [("bullet", "- one\n* two"), ("numbered", "1. a\n2) b"), ("heading", "## Title"), ("self", "As an AI, I"),
     ("contraction", "we don't, they're"), ("connective", "However, furthermore"), ("closing", "Let me know"),
     ("dash", "this - that"), ("instance", "such as e.g. this")],
)  # fmt: skip
def test_a_habit_is_seen(name: str, text: str) -> None:
    assert column(name, text, STYLE) > 0
    assert column(name, "plain words only", STYLE) == 0


@pytest.mark.parametrize(
    ("name", "text"),
    [("comment", "x\n# note\n"), ("guard", "if not x:"), ("docstring", '"""Say."""'), ("table", "| a | b |"),
     ("bold label", "**Note:** x"), ("complexity", "O(n log n)"), ("camel", "someName"), ("type", "def f() -> int")],
)  # fmt: skip
def test_a_habit_of_code_is_seen(name: str, text: str) -> None:
    assert column(name, text, CODE) > 0
    assert column(name, "plain words only", CODE) == 0


def test_a_habit_of_speaking_of_errors_is_seen() -> None:
    assert column("edge", "Mind the edge cases here", ERRORS) > 0
    assert column("ensure", "make sure that", ERRORS) > 0


@settings(deadline=None, max_examples=60)
@given(text=st.lists(st.sampled_from(PIECES), max_size=20).map("".join))
def test_rates_are_those_of_another_engine(text: str) -> None:
    """RE2 in Arrow against Python's `re`, per hundred words."""
    words = text.count(" ") + 1
    expected = [np.log1p(len(text)), len(text) / words]
    for pattern in ALL.values():
        expected.append(np.log1p(100 * sum(1 for _ in re.finditer(pattern, text)) / words))
    assert habits(pa.array([text]), ALL)[0] == pytest.approx(expected)


def grid(models: int, prompts: int) -> tuple[np.ndarray, np.ndarray]:  # type: ignore[type-arg]
    return (
        np.repeat(np.arange(models, dtype=np.int32), prompts),
        np.tile(np.arange(prompts, dtype=np.int32), models),
    )


def mean_habits(*given: np.ndarray) -> np.ndarray:  # type: ignore[type-arg]
    return likeness(habit_profiles(*given))


def world(seed: int, models: int = 6, prompts: int = 20, columns: int = 8) -> np.ndarray:  # type: ignore[type-arg]
    """(models, prompts, habits) at random; model 1 is nearly model 0, in its mean and question by question."""
    rng = np.random.default_rng(seed)
    found = rng.normal(size=(models, 1, columns)) + rng.normal(size=(models, prompts, columns))
    found[1] = found[0] + 0.1 * rng.normal(size=(prompts, columns))
    return found


@pytest.mark.parametrize("compare", [mean_habits, habit_question_similarity])
@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 1000))
def test_the_like_are_alike_whatever_questions_do(compare, seed: int) -> None:  # type: ignore[no-untyped-def]
    found, at = world(seed), grid(6, 20)
    weights = np.random.default_rng(seed).random(6) + 0.1
    similar = compare(found.reshape(120, -1), *at, weights)
    assert similar[0, 1] > 0.9
    assert similar[0, 1] == np.max(similar[0, 1:])
    # What a question does to everybody's habits is taken away, and so is the unit of a habit.
    moved = found + 5 * np.random.default_rng(seed + 1).normal(size=(1, 20, 8))
    assert compare(moved.reshape(120, -1), *at, weights) == pytest.approx(similar, abs=1e-4)
    assert compare(3.0 * found.reshape(120, -1), *at, weights) == pytest.approx(similar, abs=1e-4)


@pytest.mark.parametrize("compare", [mean_habits, habit_question_similarity])
def test_a_habit_that_nobody_has_is_no_error(compare) -> None:  # type: ignore[no-untyped-def]
    assert compare(np.zeros((12, 4)), *grid(3, 4), np.ones(3)).tolist() == [[0.0] * 3] * 3


@pytest.mark.parametrize("compare", [mean_habits, habit_question_similarity])
def test_missing_answers_are_no_habits(compare) -> None:  # type: ignore[no-untyped-def]
    model_of, prompt_of = grid(6, 20)
    keep = np.random.default_rng(3).random(120) < 0.7
    similar = compare(world(3).reshape(120, -1)[keep], model_of[keep], prompt_of[keep], np.ones(6))
    assert np.isfinite(similar).all()
    assert similar[0, 1] == np.max(similar[0, 1:])


def test_unusual_is_zero_where_all_do_the_same() -> None:
    found, at = world(1), grid(6, 20)
    found[:, :, 0] = np.arange(20)[None, :]
    left = unusual(found.reshape(120, -1), *at, np.ones(6))
    assert left.shape == (120, 7)
    assert left.std(axis=0) == pytest.approx(np.ones(7))
    assert left.reshape(6, 20, 7).mean(axis=0) == pytest.approx(np.zeros((20, 7)), abs=1e-9)


def test_habits_keep_the_spread_that_they_are_told() -> None:
    found, at = world(5).reshape(120, -1), grid(6, 20)
    plain = habit_profiles(found, *at, np.ones(6))
    again = habit_profiles(found, *at, np.ones(6), plain.basis)
    assert again.units.tobytes() == plain.units.tobytes()
    half = at[1] < 10
    some = habit_profiles(found[half], at[0][half], at[1][half], np.ones(6), plain.basis)
    assert some.basis is plain.basis
    assert np.diag(likeness(some, plain)) == pytest.approx(np.sum(some.units * plain.units, axis=1))
