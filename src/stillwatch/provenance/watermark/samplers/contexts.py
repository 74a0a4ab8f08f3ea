"""What stands before the token to be drawn, for a whole batch at once: its hash, and whether a mark may go there."""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

from stillwatch.provenance.watermark.prf import context_hash

__all__ = ["batch_contexts"]


@numba.njit(cache=True, nogil=True)
def batch_contexts(
    tokens: NDArray[np.int64], starts: NDArray[np.int64], begin: int, width: int, once: bool
) -> tuple[NDArray[np.uint64], NDArray[np.bool_]]:
    """Context hashes uint64[rows] and may-mark bool[rows] of `tokens` int64[rows, length], written so far.

    Row r's text is tokens[r, starts[r]:] (before it is padding), its answer begins at column `begin`, the next token
    goes to column `length`. Too short a text is not marked. `once`: not where the answer already continued this very
    context.
    """
    rows, length = tokens.shape
    hashes = np.zeros(rows, np.uint64)
    may = np.zeros(rows, np.bool_)
    window = np.empty(width, np.int64)
    for r in range(rows):
        row, start = tokens[r], starts[r]
        if length - start < width:
            continue
        window[:] = row[length - width :]
        hashes[r] = context_hash(window, width, width)
        may[r] = not (once and _seen(row, start, begin, window))
    return hashes, may


@numba.njit(nogil=True, inline="always")
def _seen(row: NDArray[np.int64], start: int, begin: int, window: NDArray[np.int64]) -> bool:
    """Did `window` stand before an earlier token of the answer? Newest first: a loop repeats what is near."""
    width = len(window)
    for end in range(len(row) - 1, begin - 1, -1):
        same = True
        for j in range(width - 1, -1, -1):
            at = end - width + j
            if (row[at] if at >= start else -1) != window[j]:
                same = False
                break
        if same:
            return True
    return False
