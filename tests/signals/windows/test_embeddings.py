from __future__ import annotations

import re
from collections.abc import Sequence
from importlib.metadata import EntryPoint, EntryPoints
from typing import Any

import numpy as np
import pytest

from stillwatch.errors import BadSettings
from stillwatch.signals.windows import Embedder, WindowTest, embedding
from stillwatch.signals.windows.embeddings import AXES, GROUP

WORDS = [f"word{place}" for place in range(60)]
OTHERS = [f"other{place}" for place in range(10)]


def texts(count: int, seed: int, vocabulary: list[str]) -> list[str]:
    random = np.random.default_rng(seed)
    return [" ".join(random.choice(vocabulary, 9)) for _ in range(count)]


class TfIdf:
    """A small local model: TF-IDF of words, turned to its main axes; fitted on texts of its maker's."""

    def __init__(self, corpus: Sequence[str]):
        self.index = {word: place for place, word in enumerate(WORDS + OTHERS)}
        counts = self.counts(corpus)
        self.idf = np.log((1 + len(corpus)) / (1 + (counts > 0).sum(axis=0))) + 1
        self.axes = np.linalg.svd(counts * self.idf, full_matrices=False)[2][:40]

    def counts(self, some: Sequence[str]) -> np.ndarray:  # type: ignore[type-arg]
        found = np.zeros((len(some), len(self.index)))
        for row, text in enumerate(some):
            for word in re.findall(r"\w+", text):
                found[row, self.index[word]] += 1
        return found

    def __call__(self, some: Sequence[str]) -> np.ndarray:  # type: ignore[type-arg]
        return (self.counts(some) * self.idf) @ self.axes.T


MODEL = TfIdf(texts(300, 0, WORDS + OTHERS))


def offer(monkeypatch: pytest.MonkeyPatch, **models: str) -> None:
    points = EntryPoints(EntryPoint(name, value, GROUP) for name, value in models.items())
    monkeypatch.setattr("stillwatch.signals.windows.embeddings.entry_points", lambda group: points.select(group=group))


def test_a_model_takes_the_sketchs_place() -> None:
    reference = texts(600, 1, WORDS)
    embed = Embedder(MODEL, texts(400, 99, WORDS))
    assert embed(reference).numbers.shape == (600, AXES)
    test = WindowTest(embed(reference), draws=49)
    honest = [test.judge(embed(texts(200, seed, WORDS))) for seed in range(2, 7)]
    mixed = test.judge(embed(texts(150, 13, WORDS) + texts(50, 14, OTHERS)))
    assert np.median([one.p_value for one in honest if one]) > 0.1
    assert mixed is not None
    assert mixed.p_value == 0.02


def test_a_packages_model_is_found_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    offer(monkeypatch, good="math:fsum", bad="math:pi")
    assert embedding("good")([1.0, 2.0]) == 3.0  # type: ignore[list-item]
    with pytest.raises(BadSettings, match="no callable"):
        embedding("bad")
    with pytest.raises(BadSettings, match="there are: bad, good"):
        embedding("absent")


@pytest.mark.parametrize("bad", [np.zeros(3), np.zeros((2, 4)), np.full((3, 4), np.nan)])
def test_what_is_no_embedding_is_refused(bad: Any) -> None:
    with pytest.raises(BadSettings, match="for 3 texts"):
        Embedder(lambda _: bad, ["a", "b", "c"])
