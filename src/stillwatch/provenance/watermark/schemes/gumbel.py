"""Gumbel sampling (Aaronson, 2022) on our own keyed counter: the token of largest u ** (1 / p) is written.

The score of a pair is -log(1 - u), exponential under a wrong key.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numba
import numpy as np
from numpy.typing import NDArray

from stillwatch.provenance.watermark.laws import Exponential
from stillwatch.provenance.watermark.pairs import Pairs
from stillwatch.provenance.watermark.prf import halves, key_halves, mixed, unit_interval
from stillwatch.provenance.watermark.schemes.logarithm import logarithm

__all__ = ["Gumbel"]


@dataclass(frozen=True)
class Gumbel:
    """Distortion-free for each single draw; keyed, so the same context draws the same token again."""

    width: int = 1
    padded: bool = field(default=False, init=False)

    @property
    def name(self) -> str:
        return f"gumbel:width={self.width}"

    @property
    def law(self) -> Exponential:
        return Exponential()

    def values(self, pairs: Pairs, key: bytes) -> NDArray[np.float64]:
        return np.asarray(_scores(pairs.hashes, *halves(key)))

    def totals(self, pairs: Pairs, weights: NDArray[np.float64], keys: Sequence[bytes]) -> NDArray[np.float64]:
        both = key_halves(keys)
        return np.asarray(_score_totals(pairs.hashes, np.ascontiguousarray(weights), both) - weights.sum())


@numba.njit(cache=True, nogil=True)
def _scores(hashes: NDArray[np.uint64], first: np.uint64, second: np.uint64) -> NDArray[np.float64]:
    out = np.empty(len(hashes), np.float64)
    for i in range(len(hashes)):
        out[i] = -logarithm(1.0 - unit_interval(mixed(hashes[i], first, second)))
    return out


@numba.njit(cache=True, nogil=True, parallel=True, fastmath=True)
def _score_totals(
    hashes: NDArray[np.uint64], weights: NDArray[np.float64], keys: NDArray[np.uint64]
) -> NDArray[np.float64]:
    out = np.zeros(len(keys), np.float64)
    for k in numba.prange(len(keys)):
        first, second = keys[k, 0], keys[k, 1]
        total = 0.0
        for i in range(len(hashes)):
            total -= weights[i] * logarithm(1.0 - unit_interval(mixed(hashes[i], first, second)))
        out[k] = total
    return out
