"""Which account held which value, a file a day and column, cut into buckets of the value.

    held_accounts.parquet     account_key, by place
    held_<column>.parquet     place of the account, value, times it was seen; row group b: the rows of bucket b

A value lies in the same bucket on every day. So what is asked of each value (who else has it? was it asked again?) is
asked of one bucket after another, all days of which fit in memory, and no row is read twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numba
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

__all__ = ["BUCKETS", "BUCKET_BITS", "Held", "mixed", "write_held"]

BUCKET_BITS = 6
BUCKETS = 1 << BUCKET_BITS  # a day of 7 million exchanges has row groups of 112,000 rows
_BITS = np.uint64(64 - BUCKET_BITS)
_LOOK_BACK = 8
_ODD = np.uint64(0x9E3779B97F4A7C15)
_ACCOUNTS = "held_accounts.parquet"

_ROWS = ("place", "value", "times")
# Places come nearly in order, bucket by bucket, and so as small steps; values are hashes, and nearly all times are 1.
_PACKED = {
    "use_dictionary": False,
    "column_encoding": {"place": "DELTA_BINARY_PACKED", "value": "PLAIN", "times": "DELTA_BINARY_PACKED"},
}

Array = npt.NDArray[np.integer[Any]]


@numba.njit(inline="always")
def mixed(value):  # type: ignore[no-untyped-def]
    """A hash of the value, of which the highest bits tell the bucket."""
    return np.uint64(value) * _ODD


@numba.njit(cache=True, nogil=True)
def _into_buckets(places, values):  # type: ignore[no-untyped-def]
    """The rows bucket by bucket, how many each stands for, and where each bucket begins and ends.

    What an account was just seen with is counted and not written again. Rows come by account, so that is nearly all
    that an account repeats, and a prompt that somebody asks a million times is some rows a day.
    """
    starts = np.zeros(BUCKETS + 1, np.int64)
    for row in range(len(values)):
        starts[(mixed(values[row]) >> _BITS) + np.uint64(1)] += 1
    starts = np.cumsum(starts)
    ends = starts[:-1].copy()
    new_places, new_values = np.empty_like(places), np.empty_like(values)
    times = np.ones(len(values), np.int32)
    for row in range(len(values)):
        bucket = mixed(values[row]) >> _BITS
        end = ends[bucket]
        first = max(starts[bucket], end - _LOOK_BACK)
        before = end - 1
        while before >= first and new_places[before] == places[row] and new_values[before] != values[row]:
            before -= 1
        if before >= first and new_places[before] == places[row]:
            times[before] += 1
        else:
            new_places[end], new_values[end] = places[row], values[row]
            ends[bucket] = end + 1
    return new_places, new_values, times, starts, ends


def write_held(table: pa.Table, folder: Path) -> None:
    """Write the files of one day: `table` has account_key and of each exchange its columns' values (int64 or NULL)."""
    keys = table.column("account_key").combine_chunks().dictionary_encode()
    places = keys.indices.to_numpy()
    pq.write_table(pa.table({"account_key": keys.dictionary}), folder / _ACCOUNTS, use_dictionary=False)
    for column in table.column_names[1:]:
        values = table.column(column).combine_chunks()
        mine = places
        if values.null_count:
            known = values.is_valid().to_numpy(zero_copy_only=False)
            mine, values = places[known], values.drop_null()
        mine, values, times, starts, ends = _into_buckets(mine, values.to_numpy())
        rows = pa.table({"place": mine, "value": values, "times": times})
        path = folder / f"held_{column}.parquet"
        with pq.ParquetWriter(path, rows.schema, compression="none", write_statistics=False, **_PACKED) as writer:
            for start, end in zip(starts, ends, strict=False):
                writer.write_table(rows.slice(start, end - start))


class Held:
    """What was written of some days, in their folders."""

    def __init__(self, days: Sequence[Path]):
        self._days = tuple(days)
        self._accounts = [pq.read_table(day / _ACCOUNTS).column("account_key").to_numpy() for day in days]
        self._footers: dict[Path, pq.FileMetaData] = {}

    def bucket(self, column: str, bucket: int) -> tuple[Array, Array, Array]:
        """account_key, value and how many exchanges, of one bucket on all days; an account may have a value in several
        rows."""
        parts = [(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.int32))]
        for day, accounts in zip(self._days, self._accounts, strict=True):
            path = day / f"held_{column}.parquet"
            if path not in self._footers:
                self._footers[path] = pq.read_metadata(path)
            with pq.ParquetFile(path, metadata=self._footers[path]) as file:
                rows = file.read_row_group(bucket, use_threads=False)
            place, value, times = (rows.column(name).to_numpy() for name in _ROWS)
            parts.append((accounts[place], value, times))
        keys, values, counts = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
        return keys, values, counts
