"""The traits of the principals that may be learned from, laid out for fast rounds."""

from __future__ import annotations

import threading
from functools import cached_property

import numpy as np
from scipy import sparse

from stillwatch.links.channels import GROUPS
from stillwatch.links.counting import NOBODY, best_weights, mixed_rates, weighted_counts
from stillwatch.links.layout import counted, turned
from stillwatch.links.trait_table import TraitTable

__all__ = ["SHRINK_STRATA", "Population"]

SHRINK_STRATA = 300.0


class _Scratch(threading.local):
    """A thread's own: both halves are scored at the same time. Each use leaves it as it was."""

    def __init__(self, table: TraitTable):
        self.slot = np.full(table.principals, -1, np.int32)
        self.zeros = np.zeros(table.traits)
        self.met = np.empty(table.traits, np.int32)
        self.counts = np.empty(table.traits)


class Population:
    """The traits of the principals that may be learned from (one half, or all), laid out for fast rounds."""

    def __init__(self, table: TraitTable, chosen: np.ndarray):
        has = np.diff(table.starts)
        starts = np.concatenate([[0], np.cumsum(np.where(chosen, has, 0))]).astype(np.int32)
        traits = table.row_trait[np.repeat(chosen, has)]
        ones = np.ones(len(traits), np.int8)  # the matrices are large, and only say who has what
        shape = (table.principals, table.traits)
        self.table = table
        self.size = int(chosen.sum())
        self.by_principal = sparse.csr_matrix((ones, traits, starts), shape=shape)
        by_trait, principals = turned(starts, traits, table.traits)
        self.by_trait = sparse.csc_matrix((ones, principals, by_trait), shape=shape)
        strata = int(table.stratum.max(initial=0)) + 1
        self.stratum_size = np.bincount(table.stratum[chosen], minlength=strata).astype(float)
        by_stratum, stratum, counts = counted(by_trait, principals, table.stratum, strata)
        # How many of each stratum have the trait.
        self.trait_strata = sparse.csr_matrix((counts, stratum, by_stratum), shape=(table.traits, strata))
        self.everywhere = np.diff(by_trait) / max(self.size, 1)

    @cached_property
    def _scratch(self) -> _Scratch:
        return _Scratch(self.table)

    def observed(self, principal: np.ndarray, weight: np.ndarray, least: float) -> tuple[np.ndarray, np.ndarray]:
        """Traits that these principals have with a weight of `least` in all, ascending, and that weight."""
        by, scratch = self.by_principal, self._scratch
        found = weighted_counts(
            by.indptr, by.indices, principal, weight, least, scratch.zeros, scratch.met, scratch.counts
        )
        order = np.argsort(scratch.met[:found])
        return scratch.met[order].astype(np.int64), scratch.counts[order]

    def base_rate(self, principal: np.ndarray, weight: np.ndarray, traits: np.ndarray) -> np.ndarray:
        """Share of comparable principals that have each of `traits`: rates of strata, mixed as these principals are.

        Each stratum's rate is drawn towards everybody's by `SHRINK_STRATA` pseudo-principals, or a group that fills a
        stratum would be its own base. (Leaving the group out instead would let any set of busy accounts grow: tried.)
        """
        mix = np.bincount(self.table.stratum[principal], weights=weight, minlength=len(self.stratum_size))
        mix = mix / mix.sum() / (self.stratum_size + SHRINK_STRATA)
        rates, strata = np.empty(len(traits)), self.trait_strata
        mixed_rates(strata.indptr, strata.indices, strata.data, traits, mix, rates)
        return np.asarray(rates + self.everywhere[traits] * SHRINK_STRATA * mix.sum())

    def scores(
        self, traits: np.ndarray, weight: np.ndarray, first: np.ndarray = NOBODY, needed: float = 0.0
    ) -> tuple[np.ndarray, np.ndarray]:
        """Principals that have any of the traits, and by channel group the largest weight each of them has (or 0).

        `first` come first and in their order, whatever they have; others whose weights cannot add up to `needed` may be
        left out.
        """
        by, family = self.by_trait, self.table.family[traits]
        slot = self._scratch.slot
        return best_weights(by.indptr, by.indices, traits, weight, family, slot, len(GROUPS), first, needed)
