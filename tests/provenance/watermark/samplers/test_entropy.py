from __future__ import annotations

import numpy as np
import pytest
from scipy.special import entr, softmax

from stillwatch.provenance.watermark.samplers.entropy import entropies


@pytest.mark.parametrize("scale", [0.0, 0.5, 3.0, 20.0, 300.0])
@pytest.mark.parametrize("size", [1, 7, 128, 3001])
def test_it_is_the_entropy_of_softmax(scale: float, size: int) -> None:
    scores = np.random.default_rng(3).normal(5, scale, (20, size)).astype(np.float32)
    scores[:10, ::3] = -np.inf
    scores[:, -1] = 5.0
    expected = entr(softmax(scores.astype(np.float64), axis=1)).sum(1)
    np.testing.assert_allclose(entropies(scores), expected, atol=2e-5)


def test_extremes_have_none() -> None:
    scores = np.full((3, 300), -np.inf, np.float32)
    scores[1, 7], scores[2, 9] = 3.0, np.inf
    assert entropies(scores).tolist() == [0.0, 0.0, 0.0]
