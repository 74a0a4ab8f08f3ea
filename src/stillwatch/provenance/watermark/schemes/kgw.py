"""Green list (Kirchenbauer et al., 2023) on our own keyed counter: a pair is green with probability gamma."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numba
import numpy as np
from numpy.typing import NDArray

from stillwatch.provenance.watermark.laws import Bernoulli
from stillwatch.provenance.watermark.pairs import Pairs
from stillwatch.provenance.watermark.prf import halves, key_halves, mixed

__all__ = ["Kgw", "green_below"]


def green_below(gamma: float) -> np.uint64:
    """Mixed bits under this number are green."""
    return np.uint64(int(gamma * 2.0**64))


@dataclass(frozen=True)
class Kgw:
    """`gamma` is the green share of the vocabulary, in (0, 1)."""

    width: int = 1
    gamma: float = 0.25
    padded: bool = field(default=False, init=False)

    @property
    def name(self) -> str:
        return f"kgw:gamma={self.gamma:g},width={self.width}"

    @property
    def law(self) -> Bernoulli:
        return Bernoulli(self.gamma)

    def values(self, pairs: Pairs, key: bytes) -> NDArray[np.float64]:
        return np.asarray(_green(pairs.hashes, *halves(key), green_below(self.gamma)))

    def totals(self, pairs: Pairs, weights: NDArray[np.float64], keys: Sequence[bytes]) -> NDArray[np.float64]:
        both = key_halves(keys)
        sums = _green_totals(pairs.hashes, np.ascontiguousarray(weights), both, green_below(self.gamma))
        return np.asarray(sums - self.gamma * weights.sum())


@numba.njit(cache=True, nogil=True)
def _green(hashes: NDArray[np.uint64], first: np.uint64, second: np.uint64, below: np.uint64) -> NDArray[np.float64]:
    out = np.empty(len(hashes), np.float64)
    for i in range(len(hashes)):
        out[i] = 1.0 if mixed(hashes[i], first, second) < below else 0.0
    return out


@numba.njit(cache=True, nogil=True, parallel=True, fastmath=True)
def _green_totals(
    hashes: NDArray[np.uint64], weights: NDArray[np.float64], keys: NDArray[np.uint64], below: np.uint64
) -> NDArray[np.float64]:
    out = np.zeros(len(keys), np.float64)
    for k in numba.prange(len(keys)):
        first, second = keys[k, 0], keys[k, 1]
        total = 0.0
        for i in range(len(hashes)):
            total += weights[i] if mixed(hashes[i], first, second) < below else 0.0
        out[k] = total
    return out
