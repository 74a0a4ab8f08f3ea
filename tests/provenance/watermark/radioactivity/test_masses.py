from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.provenance.watermark.radioactivity.masses import LEAST, SMALLEST, Masses

NOBODY = np.zeros(0, np.int64)


def dense(masses: Masses, contexts: int, size: int) -> np.ndarray:
    out = np.zeros((contexts * size, 2))
    out[masses.keys] = masses.sums
    return out.reshape(contexts, size, 2)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 40), st.integers(2, 300), st.integers(1, 9), st.booleans())
def test_what_was_written_is_exact_and_the_rest_is_close(
    seed: int, rows: int, size: int, contexts: int, both: bool
) -> None:
    random = np.random.default_rng(seed)
    reference = random.dirichlet(np.full(size, 0.1), rows).astype(np.float32)
    suspect = random.dirichlet(np.full(size, 0.1), rows).astype(np.float32) if both else None
    owner = random.integers(0, contexts, rows)
    weights = random.integers(1, 4, rows).astype(np.float64)
    frequency = np.bincount(owner, weights, minlength=contexts).astype(np.int64)
    written = np.unique(random.integers(0, contexts * size, 20))
    masses = Masses(frequency, written, size)
    middle = rows // 2
    for part in (slice(0, middle), slice(middle, rows)):
        masses.add(owner[part], weights[part], reference[part], None if suspect is None else suspect[part])
    whole = np.zeros((contexts, size, 2))
    for source, rows_of in enumerate((reference, suspect)):
        if rows_of is not None:
            np.add.at(whole[:, :, source], owner, weights[:, None] * rows_of.astype(np.float64))
    found = dense(masses, contexts, size)
    assert np.array_equal(masses.keys[: len(written)], written)
    assert len(np.unique(masses.keys)) == len(masses.keys)
    np.testing.assert_allclose(found.reshape(-1, 2)[written], whole.reshape(-1, 2)[written], rtol=1e-9)
    lost = whole - found
    assert lost.min() > -1e-9
    assert np.all(
        lost.max((1, 2)) <= np.maximum(LEAST / 2 + 1e-6, SMALLEST * frequency) * np.where(frequency > 1, 1, 2)
    )


def test_tables_grow_and_forget_nothing() -> None:
    size, contexts = 50, 4000
    row = np.full((1, size), 1 / size, np.float32)
    masses = Masses(np.ones(contexts, np.int64), NOBODY, size)
    order = np.random.default_rng(0).permutation(contexts)
    masses.add(order, np.ones(contexts), np.repeat(row, contexts, 0))
    assert len(masses.keys) == contexts * size
    np.testing.assert_allclose(masses.sums[:, 0], 1 / size, rtol=1e-6)
    assert np.array_equal(np.sort(masses.keys), np.arange(contexts * size))


def test_what_cannot_reach_the_least_is_dropped() -> None:
    masses = Masses(np.array([1]), NOBODY, 3)
    masses.add(np.array([0]), np.ones(1), np.array([[0.97, LEAST * 1.2, LEAST * 0.9]], np.float32))
    assert masses.keys.tolist() == [0, 1]
