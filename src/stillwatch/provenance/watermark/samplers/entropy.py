"""Entropy of a next-token distribution, in nats, from its logits; quick enough for a whole vocabulary at each token."""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

from stillwatch.provenance.watermark.samplers.blocks import BLOCK, block_maxima

__all__ = ["entropies", "row_entropy"]

_LOG2E = np.float32(1.4426950408889634)
_FAR = np.float32(-80.0)
_C0, _C1, _C2 = np.float32(1.0), np.float32(0.6931471805599453), np.float32(0.2402265069591007)
_C3, _C4 = np.float32(0.0555041086648216), np.float32(0.009618129107628477)
_C5, _C6 = np.float32(0.0013333558146428443), np.float32(0.0001540353039338161)
_127, _23 = np.int32(127), np.int32(23)
_0, _HALF = np.float32(0.0), np.float32(0.5)


@numba.njit(nogil=True, inline="always")
def _exp(x: np.float32) -> np.float32:
    """exp of a number in [-80, 0] to six digits, in arithmetic that compilers put into vectors."""
    y = x * _LOG2E
    whole = np.floor(y + _HALF)
    f = y - whole
    power = _C0 + f * (_C1 + f * (_C2 + f * (_C3 + f * (_C4 + f * (_C5 + f * _C6)))))
    return np.float32(power * np.int32((np.int32(whole) + _127) << _23).view(np.float32))


@numba.njit(cache=True, nogil=True, fastmath={"reassoc", "nsz", "contract"})
def _moments(block: NDArray[np.float32], best: np.float32) -> tuple[np.float32, np.float32]:
    """Sums of exp(x) and x exp(x), x being logit - best."""
    total, moment = _0, _0
    for v in range(len(block)):
        x = block[v] - best
        inside = x > _FAR
        x = x if inside else _FAR
        e = _exp(x)
        e = e if inside else _0
        total += e
        moment += e * x
    return total, moment


@numba.njit(cache=True, nogil=True)
def row_entropy(row: NDArray[np.float32], maxima: NDArray[np.float32]) -> float:
    """Entropy of softmax(row); `maxima` are the row's. Logits 80 below the largest count as no chance at all."""
    best = maxima.max()
    total, weighted = 0.0, 0.0
    for b in range(len(maxima)):
        if maxima[b] - best > _FAR:
            part, moment = _moments(row[b * BLOCK : b * BLOCK + BLOCK], best)
            total += part
            weighted += moment
    return np.log(total) - weighted / total if total > 0 else 0.0


@numba.njit(cache=True, nogil=True)
def entropies(scores: NDArray[np.float32]) -> NDArray[np.float64]:
    """Of each row of a contiguous float32[rows, vocabulary]."""
    out = np.empty(len(scores), np.float64)
    for r in range(len(scores)):
        out[r] = row_entropy(scores[r], block_maxima(scores[r]))
    return out
