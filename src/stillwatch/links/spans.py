"""Rows of a sorted column that hold some values, found without a look at the others: a log has thousands of groups."""

from __future__ import annotations

import numpy as np

__all__ = ["rows_of", "spans"]


def spans(ordered: np.ndarray, wanted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Places in the ascending array `ordered` of each of `wanted` in turn, and which of `wanted` each place is of.

    `wanted` must fit the type of `ordered`.
    """
    wanted = wanted.astype(ordered.dtype)  # or a search among others would make a copy of all of `ordered` first
    first, last = (np.searchsorted(ordered, wanted, side) for side in ("left", "right"))
    count = last - first
    owner = np.repeat(np.arange(len(wanted)), count)
    within = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    return first[owner] + within, owner


def rows_of(ordered: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Places in the ascending array `ordered` of all its elements that are among `wanted`, ascending."""
    return spans(ordered, np.unique(wanted))[0]
