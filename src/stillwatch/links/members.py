"""Members: expectation-maximisation from a few seeds. How well does an account's whole trait set fit the toolkit?

One round learns which traits the present members have beyond their strata's base rate and scores everybody by them.
Early rounds test traits loosely: with a strict test from the start small seeds do not grow.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stillwatch.links.counting import summed_scores
from stillwatch.links.population import Population

__all__ = ["Fit", "fit_members"]

BOUNDS = (4.0, 7.0, 12.0, 12.0, 12.0, 12.0, 12.0, 12.0)  # on o ln(o/e) - o + e, by round
# The most that a member is expected to show in one channel group, by round. Seeds were chosen for what they show: taken
# at their word they shut out members whose own sign-up hour or template is not learned yet. Below 0.6 two rings that
# share some values melt into one.
SHOWN = (0.6, 0.6, 0.7, 0.7, 0.8, 0.9, 0.95, 0.95)
TEMPER = 0.8  # traits inside a group of channels still depend on each other a little
SHRINK = 2.0  # pseudo-members at the base rate
LEAST_LIFT = 2.0
LEAST_MEMBERS = 3.0
LEAST_PROBABILITY = 0.1
HOPELESS = -3.0  # log-odds of a probability below that, with room to spare


@dataclass(frozen=True)
class Fit:
    """What was learned: the traits of the toolkit with their weights, and everybody's probability.

    `principal` and `probability` hold only those above a tenth; `coverage` is by channel group.
    """

    traits: np.ndarray
    weight: np.ndarray
    share: np.ndarray
    base: np.ndarray
    coverage: np.ndarray
    principal: np.ndarray
    probability: np.ndarray

    @property
    def members(self) -> np.ndarray:
        return self.principal[self.probability > 0.5]


def _toolkit(population: Population, principal: np.ndarray, r: np.ndarray, bound: float) -> tuple[np.ndarray, ...]:
    """Traits that these members have beyond chance by `bound`, with members' share and base rate."""
    total = r.sum()
    seen, o = population.observed(principal, r, 1.0)
    rate = population.base_rate(principal, r, seen)
    e = np.maximum(rate * total, 1e-9)
    g = np.where(o > e, o * np.log(o / e) - o + e, 0.0)
    chosen = (g > bound) & (o > LEAST_LIFT * e)
    share = (o[chosen] + SHRINK * rate[chosen]) / (total + SHRINK)
    return seen[chosen], share, rate[chosen]


def _coverage(has: np.ndarray, known: np.ndarray) -> np.ndarray:
    """By channel group, which share of the members that show anything shows something there, of those it is known of.

    Both are by member and channel group.
    """
    any_of = has.any(axis=1, keepdims=True)
    return np.asarray((has & known).sum(axis=0) / np.maximum((any_of & known).sum(axis=0), 1))


def fit_members(population: Population, seeds: np.ndarray, rounds: int = len(BOUNDS)) -> Fit | None:
    """Grow the seeds into the members they belong to. None where nothing holds together."""
    table = population.table
    principal, r = seeds, np.ones(len(seeds))
    for bound, most in zip(BOUNDS[:rounds], SHOWN[:rounds], strict=True):
        traits, share, base = _toolkit(population, principal, r, bound)
        if len(np.unique(table.family[traits])) < 2 or r.sum() < LEAST_MEMBERS:
            return None
        weight = np.log(share / np.maximum(base, 1e-9))
        prior = np.log(max(r.sum(), 1.0) / population.size)
        needed = (HOPELESS - prior) / TEMPER
        members = principal[r > 0.5]
        who, best = population.scores(traits, weight, members, needed)
        coverage = _coverage(best[: len(members)] > 0, table.known[members])
        missing = np.log1p(-np.minimum(coverage, most))
        score = np.empty(len(who))
        summed_scores(who, best, table.known, missing, needed, score)
        odds = TEMPER * score + prior
        likely = np.flatnonzero(odds > HOPELESS)
        likely = likely[np.argsort(who[likely])]
        probability = 1.0 / (1.0 + np.exp(-np.clip(odds[likely], -50, 50)))
        before = len(principal)
        keep = probability > LEAST_PROBABILITY
        settled = bound == BOUNDS[-1] and abs(int(keep.sum()) - before) <= 0.005 * before
        principal, r = who[likely[keep]].astype(np.int64), probability[keep]
        if len(principal) == 0:
            return None
        if settled:
            break
    return Fit(traits, weight, share, base, coverage, principal, r)
