"""The green list's sampler: green tokens gain `delta`, whichever are still in the running."""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

from stillwatch.provenance.watermark.prf import GOLDEN, mixed
from stillwatch.provenance.watermark.samplers.blocks import BLOCK, block_maxima
from stillwatch.provenance.watermark.samplers.entropy import row_entropy

__all__ = ["favour_green"]

_INFINITY = np.float32(np.inf)


@numba.njit(cache=True, nogil=True)
def favour_green(
    scores: NDArray[np.float32],
    contexts: NDArray[np.uint64],
    may: NDArray[np.bool_],
    keys: NDArray[np.uint64],
    below: np.uint64,
    delta: np.float32,
    low_entropy: float,
) -> NDArray[np.bool_]:
    """Adds `delta` in place to the green logits of each row that may be marked; says which rows were.

    `scores` contiguous float32[rows, vocabulary], `contexts` uint64[rows], `keys` uint64[rows, 2]. A token of -inf
    stays out; a block of them is skipped unhashed, so that after truncation the cost is that of looking.
    """
    marked = np.zeros(len(scores), np.bool_)
    for r in range(len(scores)):
        if not may[r]:
            continue
        row = scores[r]
        maxima = block_maxima(row)
        if low_entropy > 0 and row_entropy(row, maxima) < low_entropy:
            continue
        marked[r] = True
        for b in range(len(maxima)):
            if maxima[b] > -_INFINITY:
                pair = contexts[r] + np.uint64(b * BLOCK + 1) * GOLDEN
                _favour(row[b * BLOCK : b * BLOCK + BLOCK], pair, keys[r, 0], keys[r, 1], below, delta)
    return marked


@numba.njit(cache=True, nogil=True)
def _favour(
    block: NDArray[np.float32],
    pair: np.uint64,
    first: np.uint64,
    second: np.uint64,
    below: np.uint64,
    delta: np.float32,
) -> None:
    # A slice indexed from 0: only so does the compiler put 64-bit products into vectors, eight times quicker.
    for v in range(len(block)):
        if mixed(pair + np.uint64(v) * GOLDEN, first, second) < below:
            block[v] += delta
