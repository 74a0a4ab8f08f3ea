"""Of what each principal has, the rarest: this bounds every later step.

Nearly every value that accounts share is shared by enough of them, so most rows of a log come through here; two window
functions over them would sort them twice, and keep a fifth.
"""

from __future__ import annotations

import numba
import numpy as np
import pyarrow as pa

__all__ = ["rarest"]


@numba.njit(cache=True, nogil=True)
def _count(principals, starts):  # type: ignore[no-untyped-def]
    for principal in principals:
        starts[principal + 1] += 1


@numba.njit(cache=True, nogil=True)
def _place(principals, traits, rank, room, ranks):  # type: ignore[no-untyped-def]
    for row in range(len(principals)):
        ranks[room[principals[row]]] = rank[traits[row]]
        room[principals[row]] += 1


@numba.njit(cache=True, nogil=True)
def _choose(starts, ranks, by_rank, channel, channels, per_channel, per_principal, kept):  # type: ignore[no-untyped-def]
    """Leave each principal's choice, as ascending trait numbers, one after another at the front of `ranks`."""
    end = 0
    for principal in range(len(kept)):
        mine = ranks[starts[principal] : starts[principal + 1]]
        mine.sort()
        taken = np.zeros(channels, np.int32)
        begin = end
        for rank in mine:
            trait = by_rank[rank]
            if taken[channel[trait]] < per_channel:
                taken[channel[trait]] += 1
                ranks[end] = trait
                end += 1
                if end - begin == per_principal:
                    break
        ranks[begin:end].sort()
        kept[principal] = end - begin
    return end


def rarest(
    rows: pa.Table, principals: int, df: np.ndarray, channel: np.ndarray, per_channel: int, per_principal: int
) -> tuple[np.ndarray, np.ndarray]:
    """`principal` and `trait` (int32, ordered) of the rows that are kept: of each channel the rarest, of those again.

    `rows`: the same two columns, distinct, in any order. `df` is how many have each trait, `channel` which it is of,
    both by trait; of equally rare traits the first come first.
    """
    by_rank = np.argsort(df, kind="stable").astype(np.int32)
    rank = np.empty_like(by_rank)
    rank[by_rank] = np.arange(len(rank), dtype=np.int32)
    parts = [(part["principal"].to_numpy(), part["trait"].to_numpy()) for part in rows.to_batches()]
    starts = np.zeros(principals + 1, np.int64)
    for principal, _ in parts:
        _count(principal, starts)
    starts = np.cumsum(starts)
    room, ranks = starts[:-1].copy(), np.empty(rows.num_rows, np.int32)
    for principal, trait in parts:
        _place(principal, trait, rank, room, ranks)
    kept, channels = np.zeros(principals, np.int64), int(channel.max(initial=0)) + 1
    end = _choose(starts, ranks, by_rank, channel, channels, per_channel, per_principal, kept)
    return np.repeat(np.arange(principals, dtype=np.int32), kept), ranks[:end].copy()
