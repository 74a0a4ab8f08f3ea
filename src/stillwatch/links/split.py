"""Splitting: one fit may hold two operations that merely were found together.

Inside one operation every value of one channel meets every value of another about as often as their sizes say. Where
two operations were fitted as one, values of the first never meet values of the second.
"""

from __future__ import annotations

import networkit
import numpy as np
from scipy import sparse

from stillwatch.links.members import Fit
from stillwatch.links.population import Population

__all__ = ["split"]

APART = 0.3  # cross meetings, as a share of what one operation would show
LEAST_PART = 3


def split(population: Population, fit: Fit) -> list[np.ndarray]:
    """The members in parts that do not mix; one part where they do."""
    members = fit.members
    block = population.by_principal[members][:, fit.traits].astype(np.float64)
    size = np.asarray(block.sum(axis=0)).ravel()
    family = population.table.family[fit.traits]
    meet = (block.T @ block).tocoo()
    other = (family[meet.row] != family[meet.col]) & (meet.row < meet.col)
    row, column, count = meet.row[other], meet.col[other], meet.data[other]
    if len(row) == 0:
        return [members]
    graph = networkit.GraphFromCoo(
        (count, (row.astype(np.uint64), column.astype(np.uint64))), n=len(fit.traits), weighted=True
    )
    label = np.asarray(networkit.community.PLM(graph, True, 1.0, "none").run().getPartition().getVector(), np.int64)
    label = np.unique(label, return_inverse=True)[1]
    while (pair := _closest(label, family, size, row, column, count, len(members)))[2] > APART:
        label[label == pair[1]] = pair[0]
        label = np.unique(label, return_inverse=True)[1]
    parts = int(label.max()) + 1
    if parts == 1:
        return [members]
    votes = block @ sparse.csr_matrix((fit.weight, (np.arange(len(label)), label)), shape=(len(label), parts))
    home = np.asarray(votes.argmax(axis=1)).ravel()
    return [members[home == part] for part in range(parts) if (home == part).sum() >= LEAST_PART]


def _closest(
    label: np.ndarray,
    family: np.ndarray,
    size: np.ndarray,
    row: np.ndarray,
    column: np.ndarray,
    count: np.ndarray,
    members: int,
) -> tuple[int, int, float]:
    """The two parts that mix most, and their meetings as a share of what one operation would show."""
    parts = int(label.max()) + 1
    if parts == 1:
        return 0, 0, 0.0
    met = np.zeros((parts, parts))
    np.add.at(met, (label[row], label[column]), count)
    met = met + met.T
    by_family = np.zeros((parts, int(family.max()) + 1))
    np.add.at(by_family, (label, family), size)
    total = by_family.sum(axis=1)
    chance = (np.outer(total, total) - by_family @ by_family.T) / members
    mixing = np.where(chance > 1.0, met / np.maximum(chance, 1e-9), 0.0)
    np.fill_diagonal(mixing, 0.0)
    a, b = np.unravel_index(int(mixing.argmax()), mixing.shape)
    return int(min(a, b)), int(max(a, b)), float(mixing[a, b])
