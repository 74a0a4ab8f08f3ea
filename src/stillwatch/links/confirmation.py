"""Confirmation on the other half: what is learned on one half of the principals is tested on the other.

The test is selection-free, because the tested half had no part in choosing the traits. Inside a stratum the channel
groups are taken as independent; the chance that one principal hits k of them is Poisson-binomial, and the count over
principals is bounded by Chernoff's bound for a sum of independent indicators.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from stillwatch.links.channels import GROUPS
from stillwatch.links.members import Fit
from stillwatch.links.population import SHRINK_STRATA, Population

__all__ = ["Confirmation", "chernoff", "confirm", "leave_one_out"]

NEEDED = (3, 4, 5)
NEEDED_WITHOUT = (2, 3, 4)  # one channel group less


@dataclass(frozen=True)
class Confirmation:
    """`found` principals of the tested half hit `needed` channel groups where `expected` would by chance."""

    needed: int
    found: int
    expected: float
    log_p: float  # natural logarithm of the bound on the p-value


def chernoff(observed: float, expected: float) -> float:
    """ln of the bound P(X >= observed) <= exp(-(o ln(o/e) - o + e)); 0 where nothing is beyond expectation."""
    if observed <= expected or observed <= 0:
        return 0.0
    expected = max(float(expected), 1e-12)  # a numpy number would stay one, and no JSON takes it
    return -(observed * math.log(observed / expected) - observed + expected)


class _Hits:
    """Principals of one population with any trait of a toolkit, and which channel groups each of them hits."""

    def __init__(self, population: Population, fit: Fit):
        who, best = population.scores(fit.traits, np.maximum(fit.weight, 1e-6))
        self._hit = best > 0
        self._stratum = population.table.stratum[who]
        self._size = size = population.stratum_size
        # Drawn towards everybody's rate, or a group that fills a stratum would be its whole expectation.
        self._rate = np.zeros((len(size), len(GROUPS)))
        for g in range(len(GROUPS)):
            count = np.bincount(self._stratum[self._hit[:, g]], minlength=len(size))
            self._rate[:, g] = (count + SHRINK_STRATA * count.sum() / max(size.sum(), 1.0)) / (size + SHRINK_STRATA)

    def counts(self, needed: Sequence[int], without: int | None = None) -> dict[int, tuple[int, float]]:
        """By needed number of channel groups: principals found, principals expected. `without` leaves a group out."""
        chance = np.zeros((len(self._size), len(GROUPS) + 1))  # by stratum: P(exactly j groups are hit)
        chance[:, 0] = 1.0
        used = [g for g in range(len(GROUPS)) if g != without]
        for g in used:
            p = self._rate[:, g : g + 1]
            chance[:, 1:] = chance[:, 1:] * (1 - p) + chance[:, :-1] * p
            chance[:, :1] *= 1 - p
        groups = self._hit[:, used].sum(axis=1)
        return {k: (int((groups >= k).sum()), float((self._size * chance[:, k:].sum(axis=1)).sum())) for k in needed}


def confirm(learned_on: Population, tested_on: Population, fit: Fit) -> Confirmation:
    """The test. How many groups are needed is chosen on the learning half, where it costs nothing."""
    learned = _Hits(learned_on, fit).counts(NEEDED)
    needed = min(NEEDED, key=lambda k: chernoff(*learned[k]))
    found, expected = _Hits(tested_on, fit).counts((needed,))[needed]
    return Confirmation(needed, found, expected, chernoff(found, expected))


def leave_one_out(learned_on: Population, tested_on: Population, fit: Fit) -> dict[str, float]:
    """ln p of the same test without each channel group that the toolkit has traits of.

    What only one kind of trait ties (a popular tool, a bank, a landlord's network) does not survive this.
    """
    learned, tested = _Hits(learned_on, fit), _Hits(tested_on, fit)
    found = {}
    for g in np.unique(learned_on.table.family[fit.traits]):
        counts = learned.counts(NEEDED_WITHOUT, int(g))
        needed = min(NEEDED_WITHOUT, key=lambda k: chernoff(*counts[k]))
        found[GROUPS[g]] = chernoff(*tested.counts((needed,), int(g))[needed])
    return found
