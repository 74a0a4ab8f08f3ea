"""The Gumbel sampler (Aaronson, 2022): of the tokens in the running, the one of largest log(u) / p, u being keyed.

log(u) / p is largest where logit - log(-log(u)) is, so no softmax is taken and no p can vanish.
"""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

from stillwatch.provenance.watermark.prf import GOLDEN, mixed, unit_interval
from stillwatch.provenance.watermark.samplers.blocks import BLOCK, block_maxima, edge
from stillwatch.provenance.watermark.samplers.entropy import row_entropy

__all__ = ["draw", "keep_drawn"]

_INFINITY = np.float32(np.inf)
_MOST = 37.5
"""Above -log(-log(u)) of the largest u there is, 1 - 2**-54: whoever trails by more can never win."""


@numba.njit(cache=True, nogil=True)
def draw(
    scores: NDArray[np.float32],
    contexts: NDArray[np.uint64],
    may: NDArray[np.bool_],
    keys: NDArray[np.uint64],
    low_entropy: float,
    top: int,
) -> NDArray[np.int64]:
    """The token drawn for each row, -1 where the row is left to plain sampling.

    `scores` contiguous float32[rows, vocabulary], left as they are; `contexts` uint64[rows]; `keys` uint64[rows, 2].
    With `top` above 0 only so many likeliest tokens are in the running, and those that tie with the last of them.
    """
    drawn = np.full(len(scores), -1, np.int64)
    for r in range(len(scores)):
        if not may[r]:
            continue
        row = scores[r]
        maxima = block_maxima(row)
        if maxima.max() == -_INFINITY or (low_entropy > 0 and row_entropy(row, maxima) < low_entropy):
            continue
        floor = edge(row, maxima, top) if 0 < top < len(row) else -_INFINITY
        drawn[r] = _winner(row, maxima, contexts[r], keys[r, 0], keys[r, 1], floor)
    return drawn


@numba.njit(cache=True, nogil=True)
def keep_drawn(scores: NDArray[np.float32], drawn: NDArray[np.int64]) -> None:
    """All but the drawn token out, in place: whoever samples next has no choice left. Rows of -1 stay as they are."""
    for r in range(len(scores)):
        if drawn[r] >= 0:
            scores[r, :] = -_INFINITY
            scores[r, drawn[r]] = np.float32(0.0)


@numba.njit(cache=True, nogil=True)
def _winner(
    row: NDArray[np.float32],
    maxima: NDArray[np.float32],
    context: np.uint64,
    first: np.uint64,
    second: np.uint64,
    floor: np.float32,
) -> int:
    bits = np.empty(BLOCK, np.uint64)
    token, top = -1, -np.inf
    begin = int(np.argmax(maxima))  # The likeliest block first: most others then need no logarithm.
    for i in range(len(maxima)):
        b = (begin + i) % len(maxima)
        if maxima[b] == -_INFINITY or maxima[b] < floor or maxima[b] + _MOST < top:
            continue
        block = row[b * BLOCK : b * BLOCK + BLOCK]
        _hashed(bits, context + np.uint64(b * BLOCK + 1) * GOLDEN, first, second)
        for v in range(len(block)):
            logit = np.float64(block[v])
            if not (block[v] > -_INFINITY and block[v] >= floor):
                continue
            u = unit_interval(bits[v])
            # To win, -log(-log(u)) must pass top - logit. It is at most -log(1 - u), so 1 - u must lie below
            # exp(logit - top), which is at most 1 / (1 + (top - logit) / 8)**8: products settle most tokens.
            if logit < top:
                x = 1.0 + 0.125 * (top - logit)
                x *= x
                x *= x
                if (1.0 - u) * (x * x) >= 1.0:
                    continue
            score = logit - np.log(-np.log(u))
            if score > top:
                token, top = b * BLOCK + v, score
    return token


@numba.njit(cache=True, nogil=True)
def _hashed(bits: NDArray[np.uint64], pair: np.uint64, first: np.uint64, second: np.uint64) -> None:
    for v in range(len(bits)):
        bits[v] = mixed(pair + np.uint64(v) * GOLDEN, first, second)
