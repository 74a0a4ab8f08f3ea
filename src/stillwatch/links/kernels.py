"""Kernels: operations of a handful of accounts, too few for toolkits, found from accounts that are loud themselves.

Three or four accounts cannot show a statistical excess of shared traits over thousands of others. But few accounts
harvest loudly, so only pairs with one loud side are looked at, and those must share rare traits of several groups.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import networkit
import numpy as np
import pyarrow as pa
from scipy import sparse
from scipy.sparse import csgraph

from stillwatch.engines import Engine, load_query
from stillwatch.findings import Link, Reason
from stillwatch.links.channels import BEHAVIOURAL_GROUPS, CHANNELS, GROUPS
from stillwatch.links.names import TraitNames
from stillwatch.links.ties import RAREST, RAREST_WORK, Ties, work_weight

__all__ = ["Kernel", "find_kernels", "kernel_links"]

RESOLUTION = 0.5  # at 1 a clique of four is cut for one hanger-on
MOST_LINKS = 3  # shown of one channel
LEAST_GROUPS = 3  # unless work is shared
CHANCE = 1e-5  # expected chance pairs in the whole search


@dataclass(frozen=True)
class Kernel:
    """Principals that belong together and ln of a bound on the chance that they do not."""

    principals: np.ndarray
    log_p: float
    families: tuple[str, ...]
    without: dict[str, float]  # log_p without each family of traits; a shared list of work is no trait and stays
    shared_items: int  # rare items of work that pairs of them share, added up over pairs

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """The shared list of work, where there is one."""
        if self.shared_items == 0:
            return ()
        what = f"{self.shared_items:,} prompts, near-duplicates or token sets"
        text = f"Its accounts share {what} that at most {RAREST_WORK} accounts ever sent."
        weight = round(float(work_weight(np.array(self.shared_items))), 3)
        return (Reason(code="LK14", name="shared-work", weight=weight, text=text, family="coordination"),)


def _communities(size: int, left: np.ndarray, right: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Community of each node. Components would chain strangers over whoever deals with both."""
    networkit.setNumberOfThreads(1)
    edges = (weight, (left.astype(np.uint64), right.astype(np.uint64)))
    graph = networkit.GraphFromCoo(edges, n=size, weighted=True, directed=False)
    finder = networkit.community.PLM(graph, True, RESOLUTION, "none")
    return np.asarray(finder.run().getPartition().getVector(), np.int64)


def _without_hangers_on(label: np.ndarray, left: np.ndarray, right: np.ndarray, is_loud: np.ndarray) -> np.ndarray:
    """Communities without quiet nodes that less than half of their loud ones know: label -1. One may know anybody."""
    known = np.zeros(len(label), np.int64)
    same = label[left] == label[right]
    np.add.at(known, left[same & is_loud[right]], 1)
    np.add.at(known, right[same & is_loud[left]], 1)
    loud_here = np.bincount(label, weights=is_loud, minlength=int(label.max(initial=0)) + 1)[label]
    return np.where(is_loud | (known >= np.maximum(loud_here / 2, 1)), label, -1)


def _weakest_link(left: np.ndarray, right: np.ndarray, weight: np.ndarray, label: np.ndarray) -> dict[int, float]:
    """By community: the weakest of the strongest links that hold it together."""
    edges = sparse.coo_matrix((np.maximum(weight, 1e-9), (left, right)), shape=(len(label),) * 2)
    tree = csgraph.minimum_spanning_tree(-edges.tocsr()).tocoo()
    home = label[tree.row]
    return {int(community): float(-tree.data[home == community].max()) for community in np.unique(home)}


def find_kernels(
    ties: Ties, loud: np.ndarray, principals: int, known: np.ndarray | None = None, searched: int | None = None
) -> list[Kernel]:
    """Groups around loud principals, without the principals `known` to be somebody. `ties`: those of `loud` at least.

    A pair's weight is the sum over channel groups of ln(N/df) of its rarest shared trait: minus ln of the chance that a
    stranger matches so well. Pairs whose chance, times all pairs looked at, stays under `CHANCE` are joined.
    `searched`: how many loud principals the bound is for, where that is not the number of those given.
    """
    ties = ties.only(np.isin(ties.a, loud))
    work_list = np.stack([ties.a, ties.b, ties.items], axis=1)[ties.items > 0]
    if known is not None and len(known):
        ties = ties.only(~np.isin(ties.a, known) & ~np.isin(ties.b, known))
    if len(ties.a) == 0:
        return []
    a, b, family, weight = ties.a, ties.b, ties.family, ties.weight
    low, high = np.minimum(a, b), np.maximum(a, b)
    key, place = np.unique(low * principals + high, return_inverse=True)
    best = np.zeros((len(key), len(GROUPS)))
    np.maximum.at(best, (place, family), weight)
    behaviour = [GROUPS.index(name) for name in BEHAVIOURAL_GROUPS]
    total = best.sum(axis=1)
    tried = math.log(max(searched or len(np.unique(loud)), 1) * principals)
    work = best[:, GROUPS.index("hand-off")] > 0
    joined = (total > tried - math.log(CHANCE)) & (work | ((best > 0).sum(axis=1) >= LEAST_GROUPS))
    joined &= (best[:, behaviour] > 0).any(axis=1)
    if not joined.any():
        return []
    left, right = key[joined] // principals, key[joined] % principals
    nodes, codes = np.unique(np.concatenate([left, right]), return_inverse=True)
    label = _communities(len(nodes), codes[: len(left)], codes[len(left) :], total[joined])
    label = _without_hangers_on(label, codes[: len(left)], codes[len(left) :], np.isin(nodes, loud))
    same = (label[codes[: len(left)]] == label[codes[len(left) :]]) & (label[codes[: len(left)]] >= 0)
    left, right, weights = codes[: len(left)][same], codes[len(left) :][same], total[joined][same]
    by_family = best[joined][same]
    held = {"": _weakest_link(left, right, weights, label)}  # by the family left out
    for g in np.flatnonzero(by_family.any(axis=0)):
        if GROUPS[g] != "hand-off":
            held[GROUPS[g]] = _weakest_link(left, right, weights - by_family[:, g], label)
    kernels = []
    for community in np.unique(label[left][label[left] >= 0]):
        inside = label == community
        shared = (by_family[inside[left]] > 0).mean(axis=0)
        theirs = np.isin(work_list[:, 0], nodes[inside]) & np.isin(work_list[:, 1], nodes[inside])
        both_ways = theirs & (np.isin(work_list[:, 1], loud) & (work_list[:, 0] > work_list[:, 1]))
        kernels.append(
            Kernel(
                principals=nodes[inside],
                log_p=min(0.0, tried - held[""][community]),
                families=tuple(name for name, share in zip(GROUPS, shared, strict=True) if share >= 0.5),
                without={name: min(0.0, tried - by[community]) for name, by in held.items() if name},
                shared_items=int(work_list[theirs & ~both_ways, 2].sum()),
            )
        )
    return sorted(kernels, key=lambda k: (k.log_p, int(k.principals[0])))


def kernel_links(
    engine: Engine, kernels: Sequence[Kernel], principals: int, names: TraitNames
) -> list[tuple[Link, ...]]:
    """By kernel the rare traits that at least half of its principals share, a few a channel."""
    sizes = [len(kernel.principals) for kernel in kernels]
    nodes = {
        "kernel": pa.array(np.repeat(np.arange(len(kernels)), sizes), pa.int32()),
        "principal": pa.array(np.concatenate([np.empty(0, np.int64), *(k.principals for k in kernels)]), pa.int32()),
        "members": pa.array(np.repeat(sizes, sizes), pa.int32()),
    }
    engine.register("kernel_nodes", pa.table(nodes))
    kept: list[list[dict[str, int]]] = [[] for _ in kernels]
    for row in engine.fetch(load_query("stillwatch.links", "kernel_links", rarest=RAREST, most=200)).to_pylist():
        mine = kept[row["kernel"]]
        if sum(one["channel"] == row["channel"] for one in mine) < MOST_LINKS:
            mine.append(row)
    labels = names.labels(sorted({(row["channel"], row["value"]) for rows in kept for row in rows}))
    return [
        tuple(
            Link(
                channel=CHANNELS[row["channel"]].name,
                group=CHANNELS[row["channel"]].group,
                value=labels[row["channel"], row["value"]],
                share=round(row["n"] / size, 4),
                base=round((row["df"] - row["n"]) / max(principals - size, 1), 6),
                weight=round(math.log(principals / row["df"]), 3),
            )
            for row in rows
        )
        for size, rows in zip(sizes, kept, strict=True)
    ]
