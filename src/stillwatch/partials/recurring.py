"""Finds the few hashes of a large log that occur more than once, in two passes over their columns alone.

A table of two-bit counters, indexed by a hash of the value, says "never, once, more often". Two values may share a
counter, so what passes is more than asked for, and never less: SQL counts the rest exactly. Grouping the columns at
once would hold, or spill, a group for every exchange.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numba
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from stillwatch.partials.ahead import ahead

__all__ = ["Recurring", "find_recurring"]

SLOTS_A_ROW = 8
MOST_BITS = 31  # 2^31 counters of two bits: 512 MB a column
_ODD = 0x9E3779B97F4A7C15
_SCHEMA = pa.schema([("account_key", pa.int64()), ("value", pa.int64())])


@numba.njit(cache=True, nogil=True)
def _note(values, known, table, shift):  # type: ignore[no-untyped-def]
    for row in range(len(values)):
        if known[row]:
            slot = (np.uint64(values[row]) * np.uint64(_ODD)) >> shift
            byte, place = slot >> np.uint64(2), (slot & np.uint64(3)) << np.uint64(1)
            count = (np.uint64(table[byte]) >> place) & np.uint64(3)
            if count < np.uint64(2):
                table[byte] += np.uint8(np.uint64(1) << place)


@numba.njit(cache=True, nogil=True)
def _twice(values, known, table, shift, found):  # type: ignore[no-untyped-def]
    for row in range(len(values)):
        slot = (np.uint64(values[row]) * np.uint64(_ODD)) >> shift
        count = (table[slot >> np.uint64(2)] >> np.uint8((slot & np.uint64(3)) << np.uint64(1))) & np.uint8(3)
        found[row] = known[row] and count >= np.uint8(2)


class Recurring:
    """The counters of one column."""

    def __init__(self, rows: int):
        bits = min(max(int(rows * SLOTS_A_ROW).bit_length(), 8), MOST_BITS)
        self._table = np.zeros(1 << (bits - 2), np.uint8)
        self._shift = np.uint64(64 - bits)

    def note(self, column: pa.ChunkedArray) -> None:
        """Count these values; NULL does not count."""
        for values, known in _arrays(column):
            _note(values, known, self._table, self._shift)

    def twice(self, column: pa.ChunkedArray) -> npt.NDArray[np.bool_]:
        """By row: whether its value may have been counted twice. No value that was is missed."""
        parts = []
        for values, known in _arrays(column):
            found = np.empty(len(values), np.bool_)
            _twice(values, known, self._table, self._shift, found)
            parts.append(found)
        return np.concatenate(parts) if parts else np.empty(0, np.bool_)


def _arrays(column: pa.ChunkedArray) -> Iterator[tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]]:
    for chunk in column.chunks:
        known = np.ones(len(chunk), np.bool_)
        if chunk.null_count:
            known = chunk.is_valid().to_numpy(zero_copy_only=False)
            chunk = chunk.fill_null(0)
        yield chunk.to_numpy(), known


def find_recurring(
    days: Callable[[], Iterable[pa.Table]], columns: Sequence[str], rows: int, folder: Path, threads: int = 1
) -> dict[str, list[Path]]:
    """By column: Parquet files in `folder` of (account_key, value), one row for each that may not be the only one.

    `days` gives the log in tables of account_key and `columns` (int64), the same each time it is called; `rows` is
    about how many there are in all, by which the counters are sized.
    """
    counters = {column: Recurring(rows) for column in columns}
    found: dict[str, list[Path]] = {column: [] for column in columns}

    def write(column: str, table: pa.Table, path: Path) -> None:
        kept = table.select(["account_key", column]).filter(pa.array(counters[column].twice(table.column(column))))
        pq.write_table(kept.rename_columns(_SCHEMA.names).cast(_SCHEMA), path, compression="lz4", use_dictionary=False)
        found[column].append(path)

    with ThreadPoolExecutor(threads) as pool:
        for table in ahead(days()):
            list(pool.map(lambda column, table=table: counters[column].note(table.column(column)), columns))
        for number, table in enumerate(ahead(days())):
            paths = [folder / f"{column}.{number}.parquet" for column in columns]
            list(pool.map(write, columns, [table] * len(columns), paths))
    return found
