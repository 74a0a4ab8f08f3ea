"""Evidence over many looks: several window sizes at once, every day, for a year, and the promise still holds.

Two ways, for two kinds of looks:

`Spending` holds under any dependence. Each look's e-value counts with a weight fixed beforehand; the weights add up to
1 at most, so the total has mean 1 at most and exceeds 1 / alpha with probability alpha at most (Markov), however often
one looks on the way: it only grows. An honest tenant that is a little unusual, and is so every day, gathers no more
than it would in one look. That is what ranks among tenants need.

`Capital` multiplies. It is for looks each of which is valid given all earlier ones: a window of fresh prompts, against
a reference that was fixed before (or a tenant against its own past). Then the product is a non-negative supermartingale
and exceeds 1 / alpha at *some* time with probability alpha at most (Ville's inequality).
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from stillwatch.signals.evidence import log_e

__all__ = ["Capital", "Spending", "e_value", "e_value_of_sizes"]

YEAR = 365


def e_value(p_value: float) -> float:
    """The e-value of a p-value in (0, 1]: mean 1 at most under the null. `evidence.log_e` says which."""
    return math.exp(float(log_e(p_value)))


def e_value_of_sizes(p_values: Iterable[float | None]) -> float | None:
    """One e-value of windows of several sizes, however they overlap: the mean of theirs. None if none could judge."""
    known = [e_value(p_value) for p_value in p_values if p_value is not None]
    return math.fsum(known) / len(known) if known else None


class Spending:
    """Evidence about one unit over at most `horizon` daily looks, whatever their dependence.

    Half of the weight falls evenly on all days, half on the first ones (1 / (d (d + 1)) on day d): a newcomer is
    judged soon, and one that turns later is still judged.
    """

    def __init__(self, horizon: int = YEAR):
        days = np.arange(1, horizon + 1, dtype=np.float64)
        early = 1 / (days * (days + 1))
        self._weights = 0.5 / horizon + 0.5 * early / early.sum()
        self.total = 0.0
        self.looks = 0

    def look(self, e_value: float | None) -> float:
        """Add a day's e-value (None: nothing could be judged) and return the total, an e-value for all days so far.

        Days beyond the horizon add nothing: start anew, with a share of alpha set apart for the next year.
        """
        if self.looks < len(self._weights) and e_value is not None:
            self.total += float(self._weights[self.looks]) * e_value
        self.looks += 1
        return self.total

    def alarms(self, alpha: float) -> bool:
        """Whether the evidence so far refutes the null at `alpha` over the whole horizon."""
        return self.total >= 1 / alpha


class Capital:
    """Evidence about one unit from looks that are each valid given the earlier ones."""

    def __init__(self) -> None:
        self.log_now = 0.0
        self.log_most = 0.0
        self.looks = 0

    def look(self, e_value: float | None) -> float:
        """Multiply a look's e-value in (None leaves all as it is) and return the logarithm of the product so far."""
        if e_value is not None:
            self.log_now += math.log(e_value) if e_value > 0 else -math.inf
            self.log_most = max(self.log_most, self.log_now)
        self.looks += 1
        return self.log_now

    def alarms(self, alpha: float) -> bool:
        """Whether the product was ever as high as 1 / alpha: never undone by later looks."""
        return self.log_most >= -math.log(alpha)
