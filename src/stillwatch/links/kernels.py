"""Kernels: operations of a handful of accounts, too few for toolkits, found from accounts that are loud themselves.

Three or four accounts cannot show a statistical excess of shared traits over thousands of others. But few accounts
harvest loudly, so only pairs with one loud side are looked at, and those must share rare traits of several groups.
"""

from __future__ import annotations

import math
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

__all__ = ["Kernel", "find_kernels", "kernel_links", "work_weight"]

RAREST = 100  # a trait that more principals have says too little about a pair
RAREST_WORK = 4  # an item of work that more principals have may be public
LEAST_WORK = 10  # shared rare items that make two accounts workers on one list
# What n shared items weigh, in nats: the first as much as a rare trait, more of them by the logarithm, for they depend
# on each other.
WORK = (("recurring_prompts", "value"), ("shared_band_0", "value"), ("exchanges", "logit_bias_hash"))
WORK_WEIGHT, WORK_GAIN, WORK_MOST = 8.0, 3.0, 30.0
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


def work_weight(items: np.ndarray) -> np.ndarray:
    """What so many shared rare items of work tell of a pair, in nats."""
    return np.asarray(np.minimum(WORK_WEIGHT + WORK_GAIN * np.log(np.maximum(items, 1)), WORK_MOST))


def _pairs(engine: Engine, principals: int) -> tuple[list[np.ndarray], np.ndarray]:
    """a (loud), b, channel group and weight of everything rare that a loud principal shares with another; then the
    shared work alone: rows of a, b, items."""
    traits = engine.fetch(load_query("stillwatch.links", "kernel_pairs", principals=f"{float(principals)}"))
    work_list = []
    parts = [[traits[name].to_numpy() for name in ("a", "b", "family", "weight")]]
    for source, column in WORK:
        query = load_query(
            "stillwatch.links", "shared_work", source=source, column=column, rarest=RAREST_WORK, least=LEAST_WORK
        )
        work = engine.fetch(query)
        size = work.num_rows
        family = np.full(size, GROUPS.index("hand-off"))
        a, b, items = (work[name].to_numpy() for name in ("a", "b", "items"))
        parts.append([a, b, family, work_weight(items)])
        work_list.append(np.stack([a, b, items], axis=1))
    a, b, family, weight = (np.concatenate(column) for column in zip(*parts, strict=True))
    return [a.astype(np.int64), b.astype(np.int64), family, weight], np.concatenate(work_list)


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
    engine: Engine, loud: np.ndarray, principals: int, known: np.ndarray | None = None, searched: int | None = None
) -> list[Kernel]:
    """Groups around loud principals, without the principals `known` to be somebody.

    Needs `trait_rows`, `channel_families`, `principals` and the view exchanges. A pair's weight is the sum over channel
    groups of ln(N/df) of its rarest shared trait: minus ln of the chance that a stranger matches so well. Many rare
    prompts in common (a list of work that was shared out) count like a hand-off. Pairs whose chance, times all pairs
    looked at, stays under `CHANCE` are joined. `searched`: how many loud principals the bound is for, where that is not
    the number of those given.
    """
    if len(loud) == 0:
        return []
    engine.register("loud_nodes", pa.table({"principal": pa.array(np.unique(loud), pa.int32())}))
    engine.materialise(
        "loud_traits",
        "SELECT r.channel AS channel, r.value AS value, CAST(count(*) AS DOUBLE) AS df FROM trait_rows AS r "
        "JOIN (SELECT t.channel AS channel, t.value AS value FROM trait_rows AS t "
        "JOIN loud_nodes AS l ON l.principal = t.principal GROUP BY t.channel, t.value) AS s "
        "ON s.channel = r.channel AND s.value = r.value GROUP BY r.channel, r.value "
        f"HAVING count(*) BETWEEN 2 AND {RAREST}",
    )
    (a, b, family, weight), work_list = _pairs(engine, principals)
    if len(a) == 0:
        return []
    if known is not None and len(known):
        strangers = ~np.isin(a, known) & ~np.isin(b, known)
        a, b, family, weight = a[strangers], b[strangers], family[strangers], weight[strangers]
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


def kernel_links(engine: Engine, kernel: Kernel, principals: int, names: TraitNames) -> tuple[Link, ...]:
    """The rare traits that at least half of a kernel's principals share, a few a channel."""
    size = len(kernel.principals)
    engine.register("kernel_nodes", pa.table({"principal": pa.array(kernel.principals, pa.int32())}))
    rows = engine.fetch(
        load_query("stillwatch.links", "kernel_links", members=size, rarest=RAREST, most=200)
    ).to_pylist()
    kept = [row for row in rows if sum(r["channel"] == row["channel"] for r in rows[: rows.index(row)]) < MOST_LINKS]
    labels = names.labels([(row["channel"], row["value"]) for row in kept])
    return tuple(
        Link(
            channel=CHANNELS[row["channel"]].name,
            group=CHANNELS[row["channel"]].group,
            value=labels[row["channel"], row["value"]],
            share=round(row["n"] / size, 4),
            base=round((row["df"] - row["n"]) / max(principals - size, 1), 6),
            weight=round(math.log(principals / row["df"]), 3),
        )
        for row in kept
    )
