"""Toolkits: communities in the graph of surprising trait pairs, at several resolutions.

The graph is small (tens of thousands of traits, never accounts). Plain connected components would merge half the
world over a few stray edges; communities do not, and confirmation throws out those that chance made.
"""

from __future__ import annotations

from collections.abc import Iterator

import networkit
import numpy as np
import pyarrow as pa

from stillwatch.links.counting import community_hits
from stillwatch.links.population import Population

__all__ = ["LEAST_SEEDS", "RESOLUTIONS", "communities", "fix_seed", "seeds"]

# A ladder: at a high resolution a large ring is cut into pieces, at a low one a small ring is swallowed.
RESOLUTIONS = (3.0, 1.0, 0.3)
SEED_GROUPS = (4, 3)
LEAST_SEEDS = 3


def fix_seed(seed: int) -> None:
    """Every thread that is started from now on draws the same communities from the same pairs."""
    networkit.setSeed(seed, False)


def communities(pairs: pa.Table, traits: int) -> Iterator[np.ndarray]:
    """Community by trait (-1: alone), one array a resolution."""
    if pairs.num_rows == 0:
        return
    networkit.setNumberOfThreads(1)  # in this thread; with more, runs differ slightly
    t1, t2 = pairs["t1"].to_numpy(), pairs["t2"].to_numpy()
    touched = np.zeros(traits, bool)
    touched[t1] = touched[t2] = True
    node = (np.cumsum(touched) - 1).astype(np.uint64)  # most traits are in no pair and would be carried through
    weight = np.minimum(pairs["z"].to_numpy(), 50.0)
    graph = networkit.GraphFromCoo((weight, (node[t1], node[t2])), n=int(touched.sum()), weighted=True, directed=False)
    for resolution in RESOLUTIONS:
        finder = networkit.community.PLM(graph, True, resolution, "none")
        label = np.full(traits, -1, np.int64)
        label[touched] = finder.run().getPartition().getVector()
        yield label


def seeds(population: Population, label: np.ndarray) -> Iterator[np.ndarray]:
    """Principals that have traits of one community in several channel groups: an array a community.

    Four groups are asked for; where a community has too few of those, three.
    """
    rows = population.by_principal
    room = rows.nnz // min(SEED_GROUPS) + 1
    who, where, count = (np.empty(room, np.int64) for _ in range(3))
    written = community_hits(
        rows.indptr, rows.indices, label, population.table.family, min(SEED_GROUPS), who, where, count
    )
    if not written:
        return
    order = np.lexsort((who[:written], where[:written]))
    who, where, count = who[order], where[order], count[order]
    edges = np.flatnonzero(np.diff(where, prepend=-1))
    for start, end in zip(edges, [*edges[1:], len(where)], strict=True):
        for least in SEED_GROUPS:
            chosen = who[start:end][count[start:end] >= least]
            if len(chosen) >= LEAST_SEEDS:
                yield chosen
                break
