from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.provenance.watermark.pairs import Texts
from stillwatch.provenance.watermark.radioactivity.back_off import DISCOUNT, BackOff
from stillwatch.provenance.watermark.radioactivity.windows import batches


def rows(counts: BackOff, texts: Texts, positions: list[int]) -> np.ndarray:
    (batch,) = batches(texts, np.array(positions), counts.longest, counts.vocabulary)
    return counts.probabilities(batch)[np.argsort(batch.positions)]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.lists(st.integers(0, 6), min_size=1, max_size=15), min_size=1, max_size=5), st.integers(1, 3))
def test_rows_are_probabilities(written: list[list[int]], width: int) -> None:
    counts = BackOff(Texts.of(written), width, 9)
    found = rows(counts, Texts.of([[0, 1, 2, 3, 8, 4, 5, 6]]), [1, 2, 3, 5, 7])
    np.testing.assert_allclose(found.sum(1), 1, rtol=1e-5)
    assert found.min() > 0


def test_it_is_the_formula() -> None:
    texts = Texts.of([[0, 1, 0, 1, 0, 2]])
    found = rows(BackOff(texts, 1, 4), texts, [1])[0]
    # Pairs: (-, 0), (0, 1), (1, 0), (0, 2). Token 0 has two contexts, tokens 1 and 2 one each.
    lower = np.array([2 - DISCOUNT, 1 - DISCOUNT, 1 - DISCOUNT, 0]) / 4
    lower += (1 - lower.sum()) / 4
    upper = np.array([0, 2 - DISCOUNT, 1 - DISCOUNT, 0]) / 3
    np.testing.assert_allclose(found, upper + (1 - upper.sum()) * lower, rtol=1e-6)


def test_prompts_are_context_and_never_counted() -> None:
    asked = BackOff(Texts.of([[3, 3, 3, 1, 2]], prompts=[3]), 1, 5)
    found = rows(asked, Texts.of([[3, 1]]), [1])[0]
    assert found.argmax() == 1
    assert found[3] == found[0]  # as what was never seen


def test_many_answers_teach_it_the_source(plain: Any, chain: Callable[..., Any]) -> None:
    source = chain(plain)
    few, many = (BackOff(source.write(n, 100, seed=8), 1, 64) for n in (20, 2000))
    asked = Texts.of([[token, 0] for token in range(64)])
    at = list(range(1, 128, 2))

    def distance(counts: BackOff) -> float:
        return float(np.abs(rows(counts, asked, at) - plain).sum(1).mean())

    assert distance(many) < 0.12 < distance(few)
