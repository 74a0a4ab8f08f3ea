"""How a pool's dispatcher spreads its conversations over the day and over its members."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from stillwatch.simulate.draft import DAY_US, HOUR_US, Index

__all__ = ["keep_shifts", "take_turns"]

_LONGEST_SHIFT = 5.0  # hours that a pool works or rests at a stretch
_RUSH = 1.6  # above 1: more is sent when a shift begins than at its end


def take_turns(rows: npt.NDArray[Any], account: Index, start: Index, begin: int) -> Index:
    """Senders of the day's conversations where pools that rotate deal theirs to the members present in strict turn."""
    result = account.copy()
    for number in np.unique(rows["campaign"][rows["rotates"]]):
        pool = rows["rotates"] & (rows["campaign"] == number)
        present = np.flatnonzero(pool & (rows["active_from"] <= begin) & (rows["active_to"] >= begin + DAY_US))
        mine = np.flatnonzero(np.isin(account, present))
        if len(present) < 2 or not len(mine):
            continue
        order = mine[np.lexsort((mine, start[mine]))]
        result[order] = present[np.arange(len(order)) % len(present)]
    return result


def keep_shifts(rows: npt.NDArray[Any], account: Index, start: Index, begin: int, seed: tuple[int, ...]) -> Index:
    """Times of the day's conversations where pools that keep shifts work and rest all together, at hours of their own.

    The times keep their order; what fell into a rest is sent in the shifts, most of it as they begin.
    """
    result = start.copy()
    for number in np.unique(rows["campaign"][rows["shifts"]]):
        mine = np.flatnonzero((rows["shifts"] & (rows["campaign"] == number))[account])
        rng = np.random.default_rng([*seed, int(number)])
        edges = np.cumsum(rng.uniform(1.0, _LONGEST_SHIFT, 40))
        edges = np.concatenate([[0.0], edges[edges < 24.0], [24.0]])
        first = int(rng.integers(2))
        opens, closes = edges[first:-1:2], edges[first + 1 :: 2]
        work = np.cumsum(closes - opens)
        at = (start[mine] - begin) / DAY_US * work[-1]
        shift = np.minimum(np.searchsorted(work, at, side="right"), len(work) - 1)
        length = (closes - opens)[shift]
        inside = np.clip((at - (work[shift] - length)) / length, 0.0, 1.0) ** _RUSH
        result[mine] = begin + ((opens[shift] + inside * length) * HOUR_US).astype(np.int64)
    return result
