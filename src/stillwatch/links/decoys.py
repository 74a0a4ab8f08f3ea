"""Decoys: the same search on traits shuffled inside strata, where every group found is chance.

They give a false-discovery rate without labels and without trusting the bound in `confirmation`.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from stillwatch.links.discovery import discover
from stillwatch.links.population import Population
from stillwatch.links.trait_table import TraitTable

__all__ = ["MOST_ROWS", "decoy_log_p", "shuffle"]

MOST_ROWS = 2_000_000  # beyond this a sample of principals is shuffled: the decoys calibrate, they do not find


def shuffle(table: TraitTable, seed: int, every: int = 1) -> TraitTable:
    """Every channel's traits dealt anew among the principals of one half and stratum, independently by channel.

    Of the principals only every `every`-th takes part; the others are left without traits.
    """
    draw = np.random.default_rng(seed)
    chosen = np.arange(0, table.principals, every)
    place = np.full(table.principals, -1, np.int32)
    place[chosen] = np.arange(len(chosen))
    rows = place[table.row_principal] >= 0
    trait, principal = table.row_trait[rows], place[table.row_principal[rows]]
    cell = table.stratum[chosen].astype(np.int64) * 2 + table.half[chosen]
    home = np.lexsort((np.arange(len(chosen)), cell))
    channel = table.channel[trait]
    for one in np.unique(channel):
        dealt = np.empty(len(chosen), np.int32)
        dealt[home] = np.lexsort((draw.random(len(chosen)), cell))
        here = channel == one
        principal[here] = dealt[principal[here]]
    principal = chosen[principal].astype(np.int32)
    order = np.lexsort((trait, principal))
    known = table.known.copy()
    known[principal, table.family[trait]] = True
    return dataclasses.replace(table, row_principal=principal[order], row_trait=trait[order], known=known)


def decoy_log_p(table: TraitTable, seed: int) -> np.ndarray:
    """ln p of every toolkit found among shuffled traits, ascending."""
    every = max(1, -(-len(table.row_principal) // MOST_ROWS))
    decoy = shuffle(table, seed, every)
    chosen = np.arange(table.principals) % every == 0
    halves = (Population(decoy, chosen & (decoy.half == 0)), Population(decoy, chosen & (decoy.half == 1)))
    found = discover(decoy, halves, seed)
    return np.sort(np.array([candidate.confirmation.log_p for candidate in found]))
