from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import softmax
from scipy.stats import chisquare

from stillwatch.provenance.watermark.pairs import Pairs
from stillwatch.provenance.watermark.prf import GOLDEN, halves
from stillwatch.provenance.watermark.samplers.gumbel import draw, keep_drawn
from stillwatch.provenance.watermark.schemes.gumbel import Gumbel


def uniforms(context: int, size: int, key: bytes) -> np.ndarray:
    """The u of every token, by the scheme's own values, which are -log(1 - u)."""
    with np.errstate(over="ignore"):
        hashes = np.uint64(context) + np.arange(1, size + 1, dtype=np.uint64) * GOLDEN
    nothing = np.zeros(size, np.int64)
    pairs = Pairs(hashes, nothing[:, None].astype(np.int32), nothing.astype(np.int32), nothing, nothing)
    return -np.expm1(-Gumbel().values(pairs, key))


def drawn_of(scores: np.ndarray, context: int, key: bytes, top: int = 0, low_entropy: float = 0.0) -> int:
    keys = np.array([halves(key)], np.uint64)
    return int(draw(scores[None], np.array([context], np.uint64), np.ones(1, bool), keys, low_entropy, top)[0])


@settings(max_examples=80, deadline=None)
@given(
    st.integers(1, 700), st.integers(0, 2**64 - 1), st.binary(min_size=32, max_size=32), st.sampled_from([0.1, 3, 30]),
    st.floats(0, 0.99), st.sampled_from([0, 1, 5, 64, 5000]),
)  # fmt: skip
def test_the_token_is_the_formulas(size: int, context: int, key: bytes, scale: float, out: float, top: int) -> None:
    random = np.random.default_rng(size)
    scores = random.normal(0, scale, size).astype(np.float32)
    scores[random.random(size) < out] = -np.inf
    scores[random.integers(size)] = 1.0
    left = scores.astype(np.float64)
    if 0 < top < size:
        left[scores < np.sort(scores)[-top]] = -np.inf
    with np.errstate(divide="ignore"):
        expected = int(np.argmax(np.log(uniforms(context, size, key)) / softmax(left)))
        runner_up = np.sort(np.log(uniforms(context, size, key)) / softmax(left))[-2:]
    if len(runner_up) < 2 or runner_up[1] / runner_up[0] < 1 - 1e-6:  # No tie in the formula's rounding.
        assert drawn_of(scores, context, key, top) == expected


def test_over_keys_tokens_come_with_their_probabilities() -> None:
    random = np.random.default_rng(12)
    scores = random.normal(0, 1.5, 20).astype(np.float32)
    scores[[3, 9]] = -np.inf
    rows, keys = 20_000, random.integers(0, 2**64, (20_000, 2), np.uint64)
    drawn = draw(np.tile(scores, (rows, 1)), np.full(rows, 99, np.uint64), np.ones(rows, bool), keys, 0.0, 0)
    counts = np.bincount(drawn, minlength=20)
    inside = scores > -np.inf
    assert counts[~inside].sum() == 0
    assert chisquare(counts[inside], rows * softmax(scores[inside].astype(np.float64))).pvalue > 1e-3


def test_rows_that_may_not_or_cannot_be_marked() -> None:
    scores = np.zeros((4, 300), np.float32)
    scores[1, 5], scores[2] = 30.0, -np.inf
    keys = np.array([halves(bytes(32))] * 4, np.uint64)
    drawn = draw(scores, np.zeros(4, np.uint64), np.array([True, True, True, False]), keys, 0.1, 0)
    assert drawn[0] >= 0
    assert drawn[1:].tolist() == [-1, -1, -1]
    before = scores.copy()
    keep_drawn(scores, drawn)
    assert np.flatnonzero(scores[0] > -np.inf).tolist() == [drawn[0]]
    np.testing.assert_array_equal(scores[1:], before[1:])
