"""Pairs of traits: the table that replaces pairs of accounts, linear in accounts and small.

Pairing accounts that share a value must drop common values or drown: a cap of 200 found none of a ring of 25,000.
Pairs of traits need no cap. Each is compared with its expectation inside strata.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from stillwatch.links.counting import expected_together, held_together
from stillwatch.links.population import Population

__all__ = ["surprising_pairs"]

LEAST_Z = 1.5
SHRINK = 100.0


def surprising_pairs(population: Population) -> pa.Table:
    """`t1, t2, o, e, z` of the pairs of traits that these principals have together more often than expected, ordered.

    z = (o - e) / sqrt(e + 0.2), above `LEAST_Z`, with e under independence inside strata. Never two traits of one
    channel group. Each stratum's counts are drawn towards everybody's rates by `SHRINK` pseudo-principals, or a group
    that fills a stratum would be its own expectation. What is not beyond expectation without strata, which is cheap to
    ask, is dropped on the way.
    """
    by_trait, by_principal = population.by_trait, population.by_principal
    held = np.diff(by_trait.indptr).astype(np.float64)
    t1, t2, o = held_together(
        by_trait.indptr, by_trait.indices, by_principal.indptr, by_principal.indices, population.table.family,
        held, float(population.size), LEAST_Z,
    )  # fmt: skip
    order = np.argsort(t1.astype(np.int64) * population.table.traits + t2)
    t1, t2, o = t1[order], t2[order], o[order]
    strata = population.trait_strata
    more = SHRINK / max(population.size, 1)
    e = np.empty(len(o))
    expected_together(
        strata.indptr, strata.indices, strata.data, population.stratum_size + SHRINK,
        t1, t2, held[t1] * more, held[t2] * more, e,
    )  # fmt: skip
    z = (o - e) / np.sqrt(e + 0.2)
    return pa.table({"t1": t1, "t2": t2, "o": o, "e": e, "z": z}).filter(pa.array(z > LEAST_Z))
