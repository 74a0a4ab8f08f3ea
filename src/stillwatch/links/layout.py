"""Lays sparse rows out in other orders, in one pass: a library would sort tens of millions of them to do the same.

Rows by something are two arrays, as in any compressed sparse matrix: `starts`, one more than there are somethings, and
what each has, one after another.
"""

from __future__ import annotations

import numba
import numpy as np

__all__ = ["counted", "turned"]


@numba.njit(cache=True, nogil=True)
def turned(starts, columns, width):  # type: ignore[no-untyped-def]
    """The same rows by column, of which there are `width`: starts and row numbers (both int32), ascending in each."""
    ends = np.zeros(width + 1, np.int32)
    for column in columns:
        ends[column + 1] += 1
    for column in range(width):
        ends[column + 1] += ends[column]
    place = ends[:-1].copy()
    rows = np.empty(len(columns), np.int32)
    for row in range(len(starts) - 1):
        for at in range(starts[row], starts[row + 1]):
            rows[place[columns[at]]] = row
            place[columns[at]] += 1
    return ends, rows


@numba.njit(cache=True, nogil=True)
def counted(starts, columns, kinds, width):  # type: ignore[no-untyped-def]
    """How often each row has columns of each kind: rows of kinds (int32, ascending) and, beside them, counts (float64).

    `kinds` is by column, from 0 to `width` - 1. Returns starts, kinds and counts.
    """
    count = np.zeros(width, np.int64)
    met = np.empty(width, np.int32)
    ends = np.zeros(len(starts), np.int32)
    end = 0
    room = 1024
    found, counts = np.empty(room, np.int32), np.empty(room, np.float64)
    for row in range(len(starts) - 1):
        others = 0
        for at in range(starts[row], starts[row + 1]):
            kind = kinds[columns[at]]
            if count[kind] == 0:
                place = others
                while place > 0 and met[place - 1] > kind:
                    met[place] = met[place - 1]
                    place -= 1
                met[place] = kind
                others += 1
            count[kind] += 1
        begin, end = end, end + others
        while end > room:
            room *= 2
            found, counts = np.append(found, np.empty_like(found)), np.append(counts, np.empty_like(counts))
        for place in range(others):
            found[begin + place] = met[place]
            counts[begin + place] = count[met[place]]
            count[met[place]] = 0
        ends[row + 1] = end
    return ends, found[:end], counts[:end]
