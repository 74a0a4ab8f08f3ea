from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.provenance.watermark.pairs import Pairs
from stillwatch.provenance.watermark.prf import GOLDEN, halves
from stillwatch.provenance.watermark.samplers.green_list import favour_green
from stillwatch.provenance.watermark.schemes.kgw import Kgw, green_below


def reference(logits: np.ndarray, context: int, key: bytes, gamma: float, delta: float) -> np.ndarray:
    """By the scheme's own values: whatever the detector counts as green gains delta."""
    with np.errstate(over="ignore"):
        hashes = np.uint64(context) + np.arange(1, len(logits) + 1, dtype=np.uint64) * GOLDEN
    nothing = np.zeros(len(logits), np.int64)
    pairs = Pairs(hashes, nothing[:, None].astype(np.int32), nothing.astype(np.int32), nothing, nothing)
    return (logits + np.float32(delta) * Kgw(gamma=gamma).values(pairs, key).astype(np.float32)).astype(np.float32)


@settings(max_examples=40, deadline=None)
@given(
    st.integers(1, 700),
    st.integers(0, 2**64 - 1),
    st.binary(min_size=32, max_size=32),
    st.sampled_from([0.1, 0.25, 0.5, 0.9]),
    st.sampled_from([0.0, 0.5, 2.0, 4.0]),
    st.floats(0, 1),
)
def test_logits_are_those_of_the_formula(
    size: int, context: int, key: bytes, gamma: float, delta: float, out: float
) -> None:
    random = np.random.default_rng(size)
    scores = random.normal(0, 3, (2, size)).astype(np.float32)
    scores[random.random((2, size)) < out] = -np.inf
    expected = np.stack([reference(scores[0], context, key, gamma, delta), scores[1]])
    keys = np.array([halves(key)] * 2, np.uint64)
    marked = favour_green(
        scores, np.array([context, context], np.uint64), np.array([True, False]), keys, green_below(gamma),
        np.float32(delta), 0.0,
    )  # fmt: skip
    assert marked.tolist() == [True, False]
    np.testing.assert_array_equal(scores, expected)


def test_the_green_share_is_gamma_and_keys_differ() -> None:
    scores = np.zeros((2, 128_256), np.float32)
    keys = np.array([halves(bytes(range(32))), halves(bytes(range(1, 33)))], np.uint64)
    favour_green(scores, np.full(2, 77, np.uint64), np.ones(2, bool), keys, green_below(0.25), np.float32(1), 0.0)
    assert scores.mean(1) == pytest.approx([0.25, 0.25], abs=0.01)
    assert (scores[0] * scores[1]).mean() == pytest.approx(0.0625, abs=0.01)


def test_rows_of_low_entropy_are_left_alone() -> None:
    scores = np.zeros((3, 50), np.float32)
    scores[0, 4], scores[1, 4], scores[2] = 12.0, 3.0, -np.inf
    before = scores.copy()
    keys = np.array([halves(bytes(32))] * 3, np.uint64)
    marked = favour_green(
        scores, np.zeros(3, np.uint64), np.ones(3, bool), keys, green_below(0.5), np.float32(2), 0.1
    )  # fmt: skip
    assert marked.tolist() == [False, True, False]
    assert [np.array_equal(a, b) for a, b in zip(scores, before, strict=True)] == [True, False, True]
