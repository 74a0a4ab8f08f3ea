"""Members: expectation-maximisation from a few seeds. How well does an account's whole trait set fit the toolkit?

One round learns which traits the present members have beyond their strata's base rate and scores everybody by them.
Early rounds test traits loosely: with a strict test from the start small seeds do not grow.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from stillwatch.links.channels import GROUPS
from stillwatch.links.counting import best_weights, weighted_counts
from stillwatch.links.trait_table import TraitTable

__all__ = ["SHRINK_STRATA", "Fit", "Population", "fit_members"]

BOUNDS = (4.0, 7.0, 12.0, 12.0, 12.0, 12.0, 12.0, 12.0)  # on o ln(o/e) - o + e, by round
# The most that a member is expected to show in one channel group, by round. Seeds were chosen for what they show: taken
# at their word they shut out members whose own sign-up hour or template is not learned yet. Below 0.6 two rings that
# share some values melt into one.
SHOWN = (0.6, 0.6, 0.7, 0.7, 0.8, 0.9, 0.95, 0.95)
TEMPER = 0.8  # traits inside a group of channels still depend on each other a little
SHRINK = 2.0  # pseudo-members at the base rate
LEAST_LIFT = 2.0
LEAST_MEMBERS = 3.0
SHRINK_STRATA = 300.0


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


class Population:
    """The traits of the principals that may be learned from (one half, or all), laid out for fast rounds."""

    def __init__(self, table: TraitTable, chosen: np.ndarray):
        rows = chosen[table.row_principal]
        principal, trait = table.row_principal[rows], table.row_trait[rows]
        ones = np.ones(len(principal), np.int8)  # the matrices are large, and only say who has what
        shape = (table.principals, table.traits)
        self.table = table
        self.size = int(chosen.sum())
        self.by_principal = sparse.csr_matrix((ones, (principal, trait)), shape=shape)
        self.by_trait = self.by_principal.tocsc()
        strata = int(table.stratum.max(initial=0)) + 1
        self.stratum_size = np.bincount(table.stratum[chosen], minlength=strata).astype(float)
        counts = sparse.coo_matrix(
            (ones, (trait, table.stratum[principal])), shape=(table.traits, strata), dtype=np.float64
        )
        self.trait_strata = counts.tocsr()  # how many of each stratum have the trait
        self._scratch = threading.local()  # a thread's own: both halves are scored at the same time
        self.everywhere = np.bincount(trait, minlength=table.traits) / max(self.size, 1)

    def observed(self, principal: np.ndarray, weight: np.ndarray) -> np.ndarray:
        """Weighted count of these principals that have each trait."""
        counts = np.zeros(self.table.traits)
        weighted_counts(self.by_principal.indptr, self.by_principal.indices, principal, weight, counts)
        return counts

    def base_rate(self, principal: np.ndarray, weight: np.ndarray, traits: np.ndarray) -> np.ndarray:
        """Share of comparable principals that have each of `traits`: rates of strata, mixed as these principals are.

        Each stratum's rate is drawn towards everybody's by `SHRINK_STRATA` pseudo-principals, or a group that fills a
        stratum would be its own base. (Leaving the group out instead would let any set of busy accounts grow: tried.)
        """
        mix = np.bincount(self.table.stratum[principal], weights=weight, minlength=len(self.stratum_size))
        mix = mix / mix.sum() / (self.stratum_size + SHRINK_STRATA)
        return np.asarray(self.trait_strata[traits] @ mix + self.everywhere[traits] * SHRINK_STRATA * mix.sum())

    def scores(self, traits: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Principals that have any of the traits, and by channel group the largest weight each of them has (or 0)."""
        if not hasattr(self._scratch, "slot"):
            self._scratch.slot = np.full(self.table.principals, -1, np.int32)
        by, family = self.by_trait, self.table.family[traits]
        return best_weights(by.indptr, by.indices, traits, weight, family, self._scratch.slot, len(GROUPS))


def _toolkit(population: Population, principal: np.ndarray, r: np.ndarray, bound: float) -> tuple[np.ndarray, ...]:
    """Traits that these members have beyond chance by `bound`, with members' share and base rate."""
    total = r.sum()
    o = population.observed(principal, r)
    seen = np.flatnonzero(o >= 1.0)
    o = o[seen]
    rate = population.base_rate(principal, r, seen)
    e = np.maximum(rate * total, 1e-9)
    g = np.where(o > e, o * np.log(o / e) - o + e, 0.0)
    chosen = (g > bound) & (o > LEAST_LIFT * e)
    share = (o[chosen] + SHRINK * rate[chosen]) / (total + SHRINK)
    return seen[chosen], share, rate[chosen]


def fit_members(population: Population, seeds: np.ndarray, rounds: int = len(BOUNDS)) -> Fit | None:
    """Grow the seeds into the members they belong to. None where nothing holds together."""
    table = population.table
    principal, r = seeds, np.ones(len(seeds))
    for bound, most in zip(BOUNDS[:rounds], SHOWN[:rounds], strict=True):
        traits, share, base = _toolkit(population, principal, r, bound)
        if len(np.unique(table.family[traits])) < 2 or r.sum() < LEAST_MEMBERS:
            return None
        weight = np.log(share / np.maximum(base, 1e-9))
        who, best = population.scores(traits, weight)
        known = table.known[who]
        inside = np.isin(who, principal[r > 0.5], assume_unique=True)
        have = (best > 0) & known
        members = np.maximum(known[inside].sum(axis=0), 1)
        coverage = have[inside].sum(axis=0) / members if inside.any() else np.zeros(len(GROUPS))
        missing = np.log1p(-np.minimum(coverage, most))
        score = np.where(have, best, np.where(known, missing, 0.0)).sum(axis=1)
        prior = np.log(max(r.sum(), 1.0) / population.size)
        probability = 1.0 / (1.0 + np.exp(-np.clip(TEMPER * score + prior, -50, 50)))
        before = len(principal)
        keep = probability > 0.1
        settled = bound == BOUNDS[-1] and abs(int(keep.sum()) - before) <= 0.005 * before
        principal, r = who[keep], probability[keep]
        if len(principal) == 0:
            return None
        if settled:
            break
    return Fit(traits, weight, share, base, coverage, principal, r)
