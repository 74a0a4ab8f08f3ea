"""Confirmation on the other half: what is learned on one half of the principals is tested on the other.

The test is selection-free, because the tested half had no part in choosing the traits. Inside a stratum the channel
groups are taken as independent; the chance that one principal hits k of them is Poisson-binomial, and the count over
principals is bounded by Chernoff's bound for a sum of independent indicators.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from stillwatch.links.channels import GROUPS
from stillwatch.links.members import SHRINK_STRATA, Fit, Population

__all__ = ["Confirmation", "chernoff", "confirm"]

NEEDED = (3, 4, 5)


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
    expected = max(expected, 1e-12)
    return -(observed * math.log(observed / expected) - observed + expected)


def _hits(population: Population, fit: Fit) -> tuple[np.ndarray, np.ndarray]:
    """Principals with any trait of the toolkit and whether they hit each channel group."""
    who, best = population.scores(fit.traits, np.maximum(fit.weight, 1e-6))
    return who, best > 0


def _counts(population: Population, fit: Fit) -> dict[int, tuple[int, float]]:
    """By needed number of groups: principals found, principals expected."""
    who, hit = _hits(population, fit)
    stratum = population.table.stratum[who]
    size = population.stratum_size
    # Drawn towards everybody's rate, or a group that fills a stratum would be its whole expectation.
    rate = np.zeros((len(size), len(GROUPS)))
    for g in range(len(GROUPS)):
        count = np.bincount(stratum[hit[:, g]], minlength=len(size))
        rate[:, g] = (count + SHRINK_STRATA * count.sum() / max(size.sum(), 1.0)) / (size + SHRINK_STRATA)
    chance = np.zeros((len(size), len(GROUPS) + 1))  # by stratum: P(exactly j groups are hit)
    chance[:, 0] = 1.0
    for g in range(len(GROUPS)):
        p = rate[:, g : g + 1]
        chance[:, 1:] = chance[:, 1:] * (1 - p) + chance[:, :-1] * p
        chance[:, :1] *= 1 - p
    groups = hit.sum(axis=1)
    return {k: (int((groups >= k).sum()), float((size * chance[:, k:].sum(axis=1)).sum())) for k in NEEDED}


def confirm(learned_on: Population, tested_on: Population, fit: Fit) -> Confirmation:
    """The test. How many groups are needed is chosen on the learning half, where it costs nothing."""
    learned = _counts(learned_on, fit)
    needed = min(NEEDED, key=lambda k: chernoff(*learned[k]))
    found, expected = _counts(tested_on, fit)[needed]
    return Confirmation(needed, found, expected, chernoff(found, expected))
