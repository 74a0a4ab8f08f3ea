from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.provenance.watermark.samplers.blocks import BLOCK, block_maxima, edge


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 3 * BLOCK), st.integers(1, 3 * BLOCK), st.floats(0, 1), st.integers(0, 2**32))
def test_maxima_and_edge_are_exact(size: int, top: int, out: float, seed: int) -> None:
    random = np.random.default_rng(seed)
    row = random.choice([random.normal(0, 3, size), random.integers(-3, 3, size), random.normal(-1e30, 1e30, size)])
    row = row.astype(np.float32)
    row[random.random(size) < out] = -np.inf
    maxima = block_maxima(row)
    assert maxima.tolist() == [row[i : i + BLOCK].max() for i in range(0, size, BLOCK)]
    found = np.sort(row[row > -np.inf])
    assert edge(row, maxima, top) == (found[len(found) - top] if top <= len(found) else -np.inf)


@pytest.mark.parametrize("other", [-np.inf, -3.0, 2.5, np.inf])
def test_not_a_number_is_passed_over(other: float) -> None:
    row = np.full(2 * BLOCK, other, np.float32)
    row[3], row[BLOCK:] = np.nan, np.nan
    assert block_maxima(row).tolist() == [other, -np.inf]
    row[:] = -np.float32(np.nan)
    assert block_maxima(row).tolist() == [-np.inf, -np.inf]
