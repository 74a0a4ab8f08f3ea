"""Feature sets, against plain Python on small texts; equal up to the names (hashes) of the features."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.provenance.fingerprint.features import BITS, FEATURES, OPENING, character_features, counted
from stillwatch.provenance.fingerprint.words import FUNCTION_WORDS, words_of

PIECES = (
    "Sure", "the", "cat", "cats", "is", "running", "in", "Paris", "1,999", "2.5", "and", "Berlin", "however", "it's",
    ".", "!", ",", ":", "\n", "\n\n", "**", "好", "ended", "we",
)  # fmt: skip
TEXTS = st.lists(st.lists(st.sampled_from(PIECES), max_size=25).map(" ".join), min_size=1, max_size=5)


def said(tokens: Sequence[Any]) -> list[str]:
    return [token.said for token in tokens]


def classes(tokens: Sequence[Any]) -> list[str]:
    """A function word or mark is its own class; other words go by ending or capital."""
    endings = ("ing", "ed", "ly", "ion", "s", "ve", "al", "y", "er")

    def of(token: Any) -> str:
        if token.mark or token.said in FUNCTION_WORDS:
            return str(token.said)
        capital = "Xx" if "A" <= token.first <= "Z" else "xx"
        return next((f"-{ending}" for ending in endings if token.said.endswith(ending)), capital)

    return [of(token) for token in tokens]


def runs(values: Sequence[str], length: int) -> list[tuple[str, ...]]:
    return [tuple(values[at : at + length]) for at in range(len(values) - length + 1)]


def sentence(tokens: Sequence[Any]) -> list[str]:
    end = next((place for place, token in enumerate(tokens) if place > 3 and token.mark in (2, 3, 4)), len(tokens))
    return said(tokens)[: end + 1]


def function_pairs(tokens: Sequence[Any]) -> list[tuple[str, ...]]:
    own = [token.mark != 0 or token.said in FUNCTION_WORDS for token in tokens]
    return [pair for at, pair in enumerate(runs(said(tokens), 2)) if own[at] or own[at + 1]]


def claims(tokens: Sequence[Any]) -> list[str]:
    inner = [place > 0 and tokens[place - 1].mark in (0, 1, 5) for place in range(len(tokens))]
    return [
        token.first if token.mark == 1 else token.said
        for token, inside in zip(tokens, inner, strict=True)
        if token.mark == 1 or (token.mark == 0 and inside and "A" <= token.first <= "Z")
    ]


NAIVE: dict[str, Callable[[Sequence[Any]], Sequence[object]]] = {
    "opening": lambda tokens: [tuple(said(tokens)[: n + 1]) for n in range(min(OPENING, len(tokens)))],
    "opening frame": lambda tokens: [tuple(classes(tokens)[: n + 1]) for n in range(min(OPENING, len(tokens)))],
    "first sentence": lambda tokens: [run for n in (1, 2, 3) for run in runs(sentence(tokens), n)],
    "words": said,
    "word pairs": lambda tokens: [run for n in (1, 2) for run in runs(said(tokens), n)],
    "function pairs": function_pairs,
    "frames": lambda tokens: [run for n in (3, 4) for run in runs(classes(tokens), n)],
    "long runs": lambda tokens: runs(said(tokens), 8),
    "claims": claims,
}


def columns(counts: Sequence[Counter[Any]]) -> list[tuple[int, ...]]:
    """How often each answer has each feature, whatever the features are called."""
    return sorted(tuple(count[key] for count in counts) for key in set().union(*counts))


def test_every_feature_set_has_a_plain_twin() -> None:
    assert set(NAIVE) == set(FEATURES)


@pytest.mark.parametrize("name", sorted(FEATURES))
@settings(deadline=None, max_examples=40)
@given(texts=TEXTS)
def test_features_are_those_of_plain_python(tokens: Callable[[str], list[Any]], name: str, texts: list[str]) -> None:
    rows, hashes = FEATURES[name](words_of(pa.array(texts)))
    found = [Counter(hashes[rows == answer].tolist()) for answer in range(len(texts))]
    expected = [Counter(NAIVE[name](tokens(text))) for text in texts]
    assert columns(found) == columns(expected)


@settings(deadline=None, max_examples=60)
@given(texts=st.lists(st.text(max_size=12), min_size=1, max_size=5))
def test_characters_are_runs_of_four_bytes(texts: list[str]) -> None:
    data = [text.encode() for text in texts]
    before = b"XYZ"  # a slice of a longer buffer
    offsets = np.cumsum([len(before), *map(len, data)])
    rows, hashes = character_features(np.frombuffer(before + b"".join(data), np.uint8), offsets)
    found = [sorted(int(h).to_bytes(8, "little")[:4] for h in hashes[rows == answer]) for answer in range(len(texts))]
    low = [bytes(b + 32 if 65 <= b <= 90 else b for b in one) for one in data]
    assert found == [sorted(one[at : at + 4] for at in range(len(one) - 3)) for one in low]


@pytest.mark.parametrize("name", sorted(FEATURES))
@pytest.mark.parametrize("texts", [[], [""], ["", "", ""], ["a"], ["", "a b", ""]], ids=repr)
def test_nothing_has_no_features(name: str, texts: list[str]) -> None:
    rows, hashes = FEATURES[name](words_of(pa.array(texts, pa.string())))
    assert len(rows) == len(hashes)
    matrix = counted((rows, hashes), len(texts))
    assert matrix.shape == (len(texts), 1 << BITS)
    assert all(texts[row] for row in rows)


def test_counted_adds_up_repeats() -> None:
    rows, hashes = np.array([0, 0, 2, 0]), np.array([5, 5, 5, 9], np.uint64)
    matrix = counted((rows, hashes), 3)
    assert sorted(matrix.data.tolist()) == [1.0, 1.0, 2.0]
    assert matrix.sum(axis=1).tolist() == [3.0, 0.0, 1.0]
    shared = np.flatnonzero(matrix.toarray()[2])
    assert matrix.toarray()[0, shared].tolist() == [2.0]
