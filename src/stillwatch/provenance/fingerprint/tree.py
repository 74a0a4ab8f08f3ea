"""A tree of all models by similarity: which write alike, whoever made them."""

from __future__ import annotations

from typing import Literal

import numpy as np
from scipy.cluster.hierarchy import linkage, optimal_leaf_ordering
from scipy.spatial.distance import squareform

from stillwatch.inquiry import Branch, Member
from stillwatch.provenance.fingerprint.panel import Panel

__all__ = ["tree"]

Role = Literal["suspect", "teacher", "sibling", "rival", "control", "other"]


def tree(panel: Panel, suspect: int, teacher: int, rivals: set[int]) -> tuple[tuple[Member, ...], tuple[Branch, ...]]:
    """Members in the order of the panel, and joins by average linkage of mean closeness."""
    standing, count = panel.standing, len(panel.corpus.models)
    close = panel.closeness
    close = np.where(np.isfinite(close), close, np.nanmin(close))
    close = (close + close.T) / 2
    distance = close.max() - close
    np.fill_diagonal(distance, 0.0)
    members = tuple(
        Member(
            model=name, family=str(standing.families[place]), provider=str(standing.providers[place]),
            role=_role(panel, place, suspect, teacher, rivals),
        )
        for place, name in enumerate(panel.corpus.models)
    )  # fmt: skip
    if count < 2:
        return members, ()
    flat = squareform(distance, checks=False)
    joined = optimal_leaf_ordering(linkage(flat, method="average"), flat)
    return members, tuple(Branch(left=int(a), right=int(b), distance=float(d)) for a, b, d, _ in joined)


def _role(panel: Panel, place: int, suspect: int, teacher: int, rivals: set[int]) -> Role:
    standing = panel.standing
    if place == suspect:
        return "suspect"
    if place == teacher:
        return "teacher"
    if standing.providers[place] == standing.providers[teacher]:
        return "sibling"
    if place in rivals:
        return "rival"
    return "control" if standing.control[place] else "other"
