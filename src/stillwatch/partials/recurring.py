"""Finds the few hashes of a large log that occur more than once, a bucket of values after another.

First a table of two-bit counters, indexed by a hash of the value, says "never, once, more often". Two values may share
a counter, so what passes is more than asked for, and never less; only that is grouped. Grouping the columns at once
would hold, or spill, a group for every exchange.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numba
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from stillwatch.partials.held import BUCKET_BITS, BUCKETS, Held, mixed

__all__ = ["find_recurring", "recurring_rows"]

SLOTS_A_ROW = 4
_PART_BITS = 6


@numba.njit(cache=True, nogil=True)
def _slot(value, bits, known):  # type: ignore[no-untyped-def]
    """`bits` bits of the value's hash, after the first `known`, which are the same among the values at hand."""
    return (mixed(value) << np.uint64(known)) >> np.uint64(64 - bits)


@numba.njit(cache=True, nogil=True)
def _often(values, times):  # type: ignore[no-untyped-def]
    """By row: whether its value may occur twice. No value that does is missed."""
    bits = 8
    while 1 << bits < len(values) * SLOTS_A_ROW:
        bits += 1
    table, often = np.zeros(1 << (bits - 2), np.uint8), np.empty(len(values), np.bool_)
    for step in range(2):
        for row in range(len(values)):
            slot = _slot(values[row], bits, BUCKET_BITS)
            byte, place = slot >> np.uint64(2), (slot & np.uint64(3)) << np.uint64(1)
            count = (np.uint64(table[byte]) >> place) & np.uint64(3)
            if step == 1:
                often[row] = count == np.uint64(2)
            elif count < np.uint64(2):
                more = np.uint64(1) if times[row] == 1 else np.uint64(2) - count
                table[byte] += np.uint8(more << place)
    return often


@numba.njit(cache=True, nogil=True)
def _numbered(values):  # type: ignore[no-untyped-def]
    """By row the number of its value, in order of appearance, and how many rows each number has."""
    bits = 4
    while 1 << bits < 2 * len(values):
        bits += 1
    mask = np.uint64((1 << bits) - 1)
    numbers, held = np.full(1 << bits, -1, np.int32), np.empty(1 << bits, np.int64)
    of_row, counts, known = np.empty(len(values), np.int32), np.zeros(len(values), np.int64), 0
    for row in range(len(values)):
        slot = _slot(values[row], bits, BUCKET_BITS + _PART_BITS)
        while numbers[slot] >= 0 and held[slot] != values[row]:
            slot = (slot + np.uint64(1)) & mask
        if numbers[slot] < 0:
            numbers[slot], held[slot] = known, values[row]
            known += 1
        of_row[row] = numbers[slot]
        counts[numbers[slot]] += 1
    return of_row, counts[:known]


@numba.njit(cache=True, nogil=True)
def _added_up(keys, times):  # type: ignore[no-untyped-def]
    """Put the different keys first, each with the sum of its times; returns how many they are."""
    if len(keys) > 16:
        order = np.argsort(keys)
        keys[:], times[:] = keys[order], times[order]
    different = 0
    for row in range(len(keys)):
        seen = 0 if len(keys) <= 16 else max(different - 1, 0)  # in order, only the last one can be the same
        while seen < different and keys[seen] != keys[row]:
            seen += 1
        if seen < different:
            times[seen] += times[row]
        else:
            keys[different], times[different] = keys[row], times[row]
            different += 1
    return different


@numba.njit(cache=True, nogil=True)
def _arranged(keys, values, times, of_row, counts):  # type: ignore[no-untyped-def]
    """The rows by their numbers `of_row`, in order inside each, and where each number ends; `counts` is by number."""
    ends = np.cumsum(counts)
    free = ends - counts
    new_keys, new_values, new_times = np.empty_like(keys), np.empty_like(values), np.empty(len(times), np.int64)
    for row in range(len(values)):
        place = free[of_row[row]]
        new_keys[place], new_values[place], new_times[place] = keys[row], values[row], times[row]
        free[of_row[row]] += 1
    return new_keys, new_values, new_times, ends


@numba.njit(cache=True, nogil=True)
def _parts(values):  # type: ignore[no-untyped-def]
    """By row the part of the bucket that its value lies in, and how many rows each part has."""
    of_row, counts = np.empty(len(values), np.int32), np.zeros(1 << _PART_BITS, np.int64)
    for row in range(len(values)):
        of_row[row] = _slot(values[row], _PART_BITS, BUCKET_BITS)
        counts[of_row[row]] += 1
    return of_row, counts


@numba.njit(cache=True, nogil=True)
def recurring_rows(keys, values, times, alone):  # type: ignore[no-untyped-def]
    """The rows (key, value, times) of the values that recur, each pair of key and value once with the sum of its times.

    A value recurs that two keys have, or, where `alone`, one key twice.
    """
    often = _often(values, times)
    keys, values, times = keys[often], values[often], times[often]
    # Part by part, for the tables of a part fit in a processor's cache.
    of_row, counts = _parts(values)
    keys, values, summed, part_ends = _arranged(keys, values, times, of_row, counts)
    written = 0
    for part in range(len(counts)):
        here = slice(part_ends[part] - counts[part], part_ends[part])
        numbers, held = _numbered(values[here])
        some_keys, some_values, some_times, ends = _arranged(keys[here], values[here], summed[here], numbers, held)
        for number in range(len(held)):
            start = ends[number] - held[number]
            end = start + _added_up(some_keys[start : ends[number]], some_times[start : ends[number]])
            if end - start > 1 or (alone and some_times[start] > 1):
                for row in range(start, end):  # never beyond the rows of this part that were read
                    keys[written], values[written], summed[written] = some_keys[row], some_values[row], some_times[row]
                    written += 1
    return keys[:written], values[:written], summed[:written]


def find_recurring(
    held: Held, columns: Sequence[str], folder: Path, *, alone: bool, threads: int = 1
) -> dict[str, list[Path]]:
    """By column: Parquet files in `folder` of (account_key, value, times), by `recurring_rows`."""
    found = {column: [folder / f"{column}.{bucket}.parquet" for bucket in range(BUCKETS)] for column in columns}

    def work(column: str, bucket: int) -> None:
        keys, values, times = recurring_rows(*held.bucket(column, bucket), alone)
        table = pa.table({"account_key": keys, "value": values, "times": times})
        pq.write_table(table, found[column][bucket], compression="lz4", use_dictionary=False)

    with ThreadPoolExecutor(threads) as pool:
        for column in columns:
            list(pool.map(work, [column] * BUCKETS, range(BUCKETS)))
    return found
