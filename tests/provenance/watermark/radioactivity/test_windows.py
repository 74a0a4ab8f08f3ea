from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.provenance.watermark.pairs import Texts
from stillwatch.provenance.watermark.radioactivity import windows
from stillwatch.provenance.watermark.radioactivity.windows import batches


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.integers(0, 30), min_size=1, max_size=8), st.integers(1, 6), st.integers(1, 5), st.randoms()
)  # fmt: skip
def test_each_position_is_predicted_once_from_what_stands_before_it(
    lengths: list[int], half: int, budget: int, random: object
) -> None:
    total = sum(lengths)
    texts = Texts.of([np.arange(n, dtype=np.int32) + 100 * d for d, n in enumerate(lengths)])
    within = np.concatenate([np.arange(n) for n in lengths])
    wanted = np.flatnonzero((within > 0) & (np.arange(total) % 3 != 1))
    before = windows.MEMORY, windows.FEWEST
    windows.MEMORY, windows.FEWEST = 4 * 7 * 10 * budget, 1
    try:
        made = list(batches(texts, wanted, 2 * half, 7))
    finally:
        windows.MEMORY, windows.FEWEST = before
    covered = np.concatenate([batch.positions for batch in made]) if made else np.zeros(0, np.int64)
    assert sorted(covered.tolist()) == wanted.tolist()
    for batch in made:
        assert batch.inputs.shape[1] < 2 * half
        assert batch.inputs.size <= 10 * budget or len(batch.inputs) == 1
        shown = batch.inputs[batch.rows, batch.columns]
        assert np.array_equal(shown, texts.tokens[batch.positions - 1])


def test_nothing_to_predict() -> None:
    assert list(batches(Texts.of([]), np.zeros(0, np.int64), 8, 5)) == []


def test_memory_bounds_the_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(windows, "MEMORY", 4 * 50 * 64)
    monkeypatch.setattr(windows, "FEWEST", 1)
    texts = Texts.of([np.zeros(20, np.int32)] * 10)
    places = np.flatnonzero(np.arange(200) % 20 > 0)
    made = list(batches(texts, places, 64, 50))
    assert len(made) == 4
    assert max(batch.inputs.size for batch in made) <= 64
    monkeypatch.setattr(windows, "FEWEST", 1000)
    assert len(list(batches(texts, places, 64, 50))) == 1
