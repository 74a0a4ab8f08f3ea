"""Baselines: accounts are joined where they share values, and connected components of twenty or more are groups.

Capped pairs: two accounts that share values of two channels, values held by more than the cap left out. Addresses: two
accounts that use one /24. Neither asks whether a group harvests, so every group of honest accounts counts as false.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc
from scipy import sparse
from scipy.sparse import csgraph

from stillwatch.engines import Engine, load_query

__all__ = ["LEAST", "capped_pairs", "components", "matched", "shared_addresses"]

LEAST = 20
NETWORK = "trait_ip_network"

Ints = npt.NDArray[np.int64]


def components(size: int, a: Ints, b: Ints) -> list[Ints]:
    """Connected components of at least `LEAST` nodes of the graph with these edges."""
    graph = sparse.coo_matrix((np.ones(len(a), np.bool_), (a, b)), shape=(size, size))
    _, label = csgraph.connected_components(graph, directed=False)
    order = np.argsort(label, kind="stable")
    parts = np.split(order, np.flatnonzero(np.diff(label[order])) + 1)
    return [part for part in parts if len(part) >= LEAST]


def capped_pairs(engine: Engine, principals: int, cap: int) -> list[Ints]:
    """Groups of principals by pairs that share values of two channels. Needs `trait_rows`, which linking leaves."""
    engine.materialise("bench_rare", load_query("stillwatch.bench", "rare_traits", cap=cap))
    pairs = engine.fetch(load_query("stillwatch.bench", "rare_pairs", rare="bench_rare"))
    return components(principals, pairs["a"].to_numpy(), pairs["b"].to_numpy())


def shared_addresses(engine: Engine, principals: int) -> list[Ints]:
    """Groups of principals by networks (/24, /48) that they use, however common."""
    rows = engine.fetch(f"SELECT principal, value FROM {NETWORK} ORDER BY principal, value")
    network = pc.dictionary_encode(rows["value"].combine_chunks()).indices.to_numpy()
    nodes = components(
        principals + int(network.max(initial=-1)) + 1, rows["principal"].to_numpy(), principals + network
    )
    groups = (part[part < principals] for part in nodes)
    return [group for group in groups if len(group) >= LEAST]


def matched(groups: list[Ints], campaign: Ints) -> dict[str, Any]:
    """How the groups answer for campaigns, given each principal's campaign (-1: none).

    By campaign, the group that holds most of it: precision and recall; and how many groups are mostly innocent.
    """
    found = []
    for number in range(int(campaign.max(initial=-1)) + 1):
        hits = [int((campaign[group] == number).sum()) for group in groups]
        best = int(np.argmax(hits)) if hits else -1
        most = hits[best] if hits else 0
        found.append(
            {
                "precision": most / len(groups[best]) if most else None,
                "recall": most / max(int((campaign == number).sum()), 1),
            }
        )
    false = sum(bool((campaign[group] >= 0).mean() <= 0.5) for group in groups)
    return {"campaigns": found, "false_groups": false, "groups": len(groups)}
