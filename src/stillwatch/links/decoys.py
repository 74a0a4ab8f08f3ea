"""Decoys: the same search on traits shuffled inside strata, where every group found is chance.

They give a false-discovery rate without labels and without trusting the bound in `confirmation`.
"""

from __future__ import annotations

import dataclasses

import numpy as np
import pyarrow as pa

from stillwatch.engines import Engine
from stillwatch.links.discovery import discover
from stillwatch.links.members import Population
from stillwatch.links.pairs import TraitTable, count_pairs, count_sizes, surprising_pairs

__all__ = ["MOST_ROWS", "decoy_log_p", "shuffle"]

MOST_ROWS = 2_000_000  # beyond this a sample of principals is shuffled: the decoys calibrate, they do not find


def shuffle(table: TraitTable, seed: int) -> TraitTable:
    """Every channel's traits dealt anew among the principals of one half and stratum, independently by channel."""
    draw = np.random.default_rng(seed)
    cell = table.stratum.astype(np.int64) * 2 + table.half
    home = np.lexsort((np.arange(table.principals), cell))
    channel = table.channel[table.row_trait]
    principal = table.row_principal.copy()
    for place in np.unique(channel):
        dealt = np.empty(table.principals, np.int32)
        dealt[home] = np.lexsort((draw.random(table.principals), cell))
        here = channel == place
        principal[here] = dealt[principal[here]]
    order = np.lexsort((table.row_trait, principal))
    known = table.known.copy()
    known[principal, table.family[table.row_trait]] = True
    return dataclasses.replace(table, row_principal=principal[order], row_trait=table.row_trait[order], known=known)


def decoy_log_p(engine: Engine, table: TraitTable, seed: int) -> np.ndarray:
    """ln p of every toolkit found among shuffled traits, ascending. Replaces the tables `kept` and `pairs`."""
    every = max(1, -(-len(table.row_principal) // MOST_ROWS))
    decoy = shuffle(table, seed)
    chosen = np.arange(table.principals) % every == 0
    rows = chosen[decoy.row_principal]
    decoy = dataclasses.replace(decoy, row_principal=decoy.row_principal[rows], row_trait=decoy.row_trait[rows])
    engine.register(
        "decoy_arrow",
        pa.table(
            {
                "principal": decoy.row_principal,
                "trait": decoy.row_trait,
                "family": decoy.family[decoy.row_trait].astype(np.int32),
                "half": decoy.half[decoy.row_principal].astype(np.int32),
                "stratum": decoy.stratum[decoy.row_principal],
            }
        ),
    )
    engine.materialise("kept", "SELECT principal, trait, family, half, stratum FROM decoy_arrow")
    count_sizes(engine, every)
    count_pairs(engine)
    pairs = surprising_pairs(engine)
    halves = (Population(decoy, chosen & (decoy.half == 0)), Population(decoy, chosen & (decoy.half == 1)))
    found = discover(decoy, pairs, halves, seed)
    return np.sort(np.array([candidate.confirmation.log_p for candidate in found]))
