"""How much of the suspect's data each accepted key marked: weighted least squares on the keys' tilts, all at once.

seen - expected = sum over keys of share * expected * (tilt - 1), plus noise: sampling, and everything in which the
suspect differs from the reference. Values of different keys are independent, so one key's share is not another's; they
are fitted together so that what one explains is no noise to the next. Shares are of what a student that learnt its data
perfectly would show: a real student learns less, so they are read as "at least about".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stillwatch.provenance.watermark.pairs import Pairs
from stillwatch.provenance.watermark.prf import GOLDEN
from stillwatch.provenance.watermark.schemes import Scheme
from stillwatch.provenance.watermark.tracing.tilts import Tilt, tilt_of

__all__ = ["Mixture", "Share", "mixture_of"]

Array = NDArray[np.float64]

_QUANTILE = 1.96
_FLOOR = 0.05


@dataclass(frozen=True)
class Share:
    """`estimate` as fitted (it may fall outside 0 to 1), `low` and `high` the ends of a 95 % interval within 0 to 1."""

    estimate: float
    low: float
    high: float


@dataclass(frozen=True)
class Mixture:
    """What is known of the suspect, made ready for fits of any keys. `weight` float64[n] is key-free: the tilt's own
    over 1 + phi * e, with phi from the suspect's own scatter about the reference."""

    scheme: Scheme
    pairs: Pairs
    seen: Array
    expected: Array
    tilt: Tilt
    weight: Array

    def shares(self, keys: Sequence[bytes]) -> list[Share]:
        """Of each key, fitted together."""
        if not keys:
            return []
        columns, solved = self._fit(keys)
        residual = self.seen - self.expected - self.expected * (solved @ columns)
        inverse = np.linalg.pinv(self._normal(columns))
        spread = columns * (self.weight * residual)
        error = np.sqrt(np.maximum(np.einsum("ij,jk,ik->i", inverse, spread @ spread.T, inverse), 0.0))
        return [
            Share(float(s), float(np.clip(s - _QUANTILE * e, 0, 1)), float(np.clip(s + _QUANTILE * e, 0, 1)))
            for s, e in zip(solved, error, strict=True)
        ]

    def explained(self, keys: Sequence[bytes]) -> Array:
        """What the reference would be expected to write with these keys' shares mixed in: float64[n], positive where
        `expected` is. Depends on no other key, so other keys may be tested against it."""
        if not keys:
            return self.expected
        columns, solved = self._fit(keys)
        return np.asarray(self.expected * np.maximum(1 + np.clip(solved, 0, 1) @ columns, _FLOOR))

    def least(self, deviations: float) -> float:
        """The share at which a key's own score reaches that many of its null deviations, in the middle."""
        scale = float(np.sum(self.weight * self.seen * self.tilt.variance))
        noise = np.sqrt(float(np.sum((self.weight * (self.seen - self.expected)) ** 2 * self.tilt.variance)))
        return deviations * noise / scale if scale > 0 else np.inf

    def _fit(self, keys: Sequence[bytes]) -> tuple[Array, Array]:
        columns = np.array([self.tilt.excess(self.scheme.values(self.pairs, key)) for key in keys])
        scores = columns @ (self.weight * (self.seen - self.expected))
        return columns, np.linalg.pinv(self._normal(columns)) @ scores

    def _normal(self, columns: Array) -> Array:
        """Expected squares on the diagonal; beside it what two keys have in common by chance."""
        products = (columns * (self.weight * self.expected)) @ columns.T
        np.fill_diagonal(products, float(np.sum(self.weight * self.seen * self.tilt.variance)))
        return np.asarray(products)


def mixture_of(
    scheme: Scheme, pairs: Pairs, seen: Array, expected: Array, strength: float | None = None
) -> Mixture | None:
    """None where the scheme has no formula for its tilt, or where no reference was given (nothing expected)."""
    if not float(expected.sum()) > 0:
        return None
    contexts = pairs.hashes - (pairs.tokens.astype(np.uint64) + np.uint64(1)) * GOLDEN
    _, place = np.unique(contexts, return_inverse=True)
    volume = np.maximum(np.bincount(place, seen), np.bincount(place, expected))[place]
    tilt = tilt_of(scheme.law, expected / np.maximum(volume, 1e-12), strength)
    if tilt is None:
        return None
    scatter = float(np.sum((seen - expected) ** 2 - seen)) / float(np.sum(expected * expected))
    return Mixture(scheme, pairs, seen, expected, tilt, tilt.weight / (1 + max(scatter, 0.0) * expected))
