"""What a mark does to a token's probability, by the scheme: the shape that a student of marked text shows.

In data of which a share s was marked, the probability of token v after context c is p * (1 + s * (tilt - 1)), where the
tilt is what the key's value at (c, v) makes of p on average over the rest of the vocabulary.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stillwatch.provenance.watermark.laws import Bernoulli, Exponential, Law

__all__ = ["Tilt", "tilt_of"]

Array = NDArray[np.float64]

_LEAST = 2e-3
"""Probabilities are taken to be at least this: below it a Gumbel mark's tilt is a rare, huge spike."""


@dataclass(frozen=True)
class Tilt:
    """`excess(values)`: tilt - 1 for each pair, float64[n], of mean 0 under a wrong key; `variance` float64[n], its
    variance there. Both depend on the probabilities with which it was made."""

    law: Bernoulli | Exponential
    probability: Array
    strength: float = np.inf

    @property
    def variance(self) -> Array:
        if isinstance(self.law, Bernoulli):
            green, red = self._levels()
            return self.law.variance * (green - red) ** 2
        p = self.probability
        return (1 - p) ** 2 / (p * (2 - p))

    @property
    def weight(self) -> Array:
        """What a pair may count for, so that no rare spike decides: excess times weight is within -1 and 1 / share."""
        return np.ones_like(self.probability) if isinstance(self.law, Bernoulli) else self.probability

    def excess(self, values: Array) -> Array:
        if isinstance(self.law, Bernoulli):
            green, red = self._levels()
            return np.asarray((values - self.law.mean) * (green - red))
        p = self.probability
        # values are -log(1 - u), and a pair is drawn with chance u ** ((1 - p) / p) when u is known.
        return np.asarray(np.exp(np.log(-np.expm1(-values)) * (1 - p) / p) / p - 1)

    def _levels(self) -> tuple[Array, Array]:
        """Tilts of a green and of a red token, with the rest of the vocabulary at its expected green share."""
        p, share = self.probability, self.law.mean
        if np.isinf(self.strength):
            return 1 / (p + (1 - p) * share), np.zeros_like(p)
        lift = np.exp(self.strength)
        others = (1 - p) * (1 + share * (lift - 1))
        return lift / (p * lift + others), 1 / (p + others)


def tilt_of(law: Law, probability: Array, strength: float | None = None) -> Tilt | None:
    """The tilt of a scheme with that law; None where there is no formula (several layers). `probability` is that of the
    token after its context under the reference. `strength` is delta of a green list in nats; None is taken as
    unlimited, which makes estimated shares lower bounds."""
    if not isinstance(law, Bernoulli | Exponential):
        return None
    return Tilt(law, np.clip(probability, _LEAST, 1.0), np.inf if strength is None else float(strength))
