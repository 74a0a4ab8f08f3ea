"""Rows of a sorted column that hold some values, found without a look at the others: a log has thousands of groups."""

from __future__ import annotations

import numpy as np

__all__ = ["rows_of"]


def rows_of(ordered: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Places in the ascending array `ordered` of all its elements that are among `wanted`, ascending."""
    wanted = np.unique(wanted)
    first, last = (np.searchsorted(ordered, wanted, side) for side in ("left", "right"))
    count = last - first
    within = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    places: np.ndarray = np.repeat(first, count) + within
    return places
