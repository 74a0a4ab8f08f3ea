"""The law of one value under a key that had no part in the text, through its cumulant generating function.

For every scheme the value of a pair under a wrong key is a draw from a known law, whatever the text is. Sums of them,
weighted, have a known cumulant generating function, from which `tails` takes p-values far beyond any normal tail.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

__all__ = ["Bernoulli", "Exponential", "Law", "Layers"]

Array = NDArray[np.float64]


class Law(Protocol):
    """`cumulants(t)`: log E exp(t (X - mean)) and its first two derivatives, for an array of t below `bound`.
    Centred term by term, since a sum over a million pairs would lose its digits near 0 otherwise."""

    @property
    def mean(self) -> float: ...
    @property
    def variance(self) -> float: ...
    @property
    def bound(self) -> float: ...
    def cumulants(self, t: Array) -> tuple[Array, Array, Array]: ...


@dataclass(frozen=True)
class Bernoulli:
    """1 with probability `share`, else 0: is the token on the green list?"""

    share: float
    bound: float = np.inf

    @property
    def mean(self) -> float:
        return self.share

    @property
    def variance(self) -> float:
        return self.share * (1 - self.share)

    def cumulants(self, t: Array) -> tuple[Array, Array, Array]:
        rise = np.expm1(np.minimum(t, 500.0))
        small = np.log1p(self.share * rise)
        log = np.where(t > 500.0, np.log(self.share) + t, small) - self.share * t
        above = self.share * (1 - self.share) * rise / (1 + self.share * rise)
        tilted = self.share + above
        return log, above, tilted * (1 - tilted)


@dataclass(frozen=True)
class Exponential:
    """-log(1 - u) of a uniform u: the score of the Gumbel schemes. Sums of n are Gamma(n)."""

    mean: float = 1.0
    variance: float = 1.0
    bound: float = 1.0

    def cumulants(self, t: Array) -> tuple[Array, Array, Array]:
        inverse = 1.0 / (1.0 - t)
        return -np.log1p(-t) - t, t * inverse, inverse * inverse


@dataclass(frozen=True)
class Layers:
    """A weighted sum of fair coins, one a layer: SynthID's g-values. Equal weights of 1 make a binomial."""

    weights: tuple[float, ...]
    bound: float = np.inf

    @property
    def mean(self) -> float:
        return 0.5 * sum(self.weights)

    @property
    def variance(self) -> float:
        return 0.25 * sum(w * w for w in self.weights)

    def cumulants(self, t: Array) -> tuple[Array, Array, Array]:
        w = np.asarray(self.weights)
        x = np.multiply.outer(np.asarray(t), w)
        half = np.tanh(np.clip(x / 4, -175, 175))
        # log((1 + e^x) / 2) - x / 2 is log cosh(x / 2), and its derivative tanh(x / 2) / 2.
        above = half / (1 + half * half)
        log = np.where(
            np.abs(x) > 600, np.abs(x) / 2 - np.log(2.0), np.log1p(2 * np.sinh(np.clip(x, -600, 600) / 4) ** 2)
        )
        return log.sum(-1), (above * w).sum(-1), ((0.25 - above * above) * w * w).sum(-1)
