"""The largest logit of each block of a vocabulary: one quick pass that tells samplers which blocks to look into."""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

__all__ = ["BLOCK", "block_maxima", "edge"]

BLOCK = 128
"""Truncation leaves most blocks without a finite logit; those are skipped whole."""

_31, _REST = np.int32(31), np.int32(0x7FFFFFFF)
_INFINITE, _LOWEST, _NONE = np.int32(0x7F800000), np.int32(-(2**31)), np.int32(-0x7F800001)


@numba.njit(cache=True, nogil=True)
def block_maxima(row: NDArray[np.float32]) -> NDArray[np.float32]:
    """float32[ceil(n / BLOCK)] of a contiguous row; -inf where a block holds nothing above it. NaN is passed over.

    Compared as integers of the same order: their maximum is taken in vectors, that of floats is not (NaN), four times
    slower.
    """
    whole = row.view(np.int32)
    out = np.empty((len(row) + BLOCK - 1) // BLOCK, np.int32)
    for b in range(len(out)):
        out[b] = _largest(whole[b * BLOCK : b * BLOCK + BLOCK])
    for b in range(len(out)):
        if out[b] > _INFINITE:
            out[b] = _largest_number(whole[b * BLOCK : b * BLOCK + BLOCK])
        out[b] = _turned(max(out[b], _NONE))
    return out.view(np.float32)


@numba.njit(nogil=True, inline="always")
def _turned(x: np.int32) -> np.int32:
    """A float's bits as an integer of the same order, and back."""
    return np.int32(x ^ np.int32((x >> _31) & _REST))


@numba.njit(cache=True, nogil=True)
def _largest(block: NDArray[np.int32]) -> np.int32:
    best = _LOWEST
    for v in range(len(block)):
        ordered = _turned(block[v])
        best = ordered if ordered > best else best
    return best


@numba.njit(cache=True, nogil=True)
def _largest_number(block: NDArray[np.int32]) -> np.int32:
    """The same where there is a NaN, which would come out above infinity."""
    best = _LOWEST
    for v in range(len(block)):
        ordered = _turned(block[v])
        best = ordered if best < ordered <= _INFINITE else best
    return best


@numba.njit(cache=True, nogil=True)
def edge(row: NDArray[np.float32], maxima: NDArray[np.float32], top: int) -> np.float32:
    """The `top`-th largest logit of a row (-inf where there are fewer finite ones).

    At least `top` logits reach the `top`-th largest block maximum, and few others do: only those are sorted.
    """
    infinity = np.float32(np.inf)
    low = np.sort(maxima)[len(maxima) - top] if top <= len(maxima) else -infinity
    near = np.empty(len(row), np.float32)
    found = 0
    for b in range(len(maxima)):
        if maxima[b] < low or maxima[b] == -infinity:
            continue
        block = row[b * BLOCK : b * BLOCK + BLOCK]
        for v in range(len(block)):
            if block[v] >= low and block[v] > -infinity:
                near[found] = block[v]
                found += 1
    return np.sort(near[:found])[found - top] if found >= top else -infinity
