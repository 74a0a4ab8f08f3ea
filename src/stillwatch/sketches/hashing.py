"""Hashes of identifiers, sets and tuples: made once, here, as signed 64-bit integers that every engine can join."""

from __future__ import annotations

from collections.abc import Sequence

import numba
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from stillwatch.sketches.bits import PRIME, chain, mix, seal
from stillwatch.sketches.buffers import Text, from_hashes, one_chunk, text_of, valid_of
from stillwatch.sketches.keys import constants

__all__ = ["hash_column", "hash_sets", "hash_strings", "hash_tuples", "purpose"]

_ABSENT = np.uint64(0x9D39247E33776D41)


def purpose(name: str) -> np.uint64:
    """A small number for a column's name: one value never has one hash in two kinds of column."""
    return np.uint64(int.from_bytes(name.encode()[:8].ljust(8, b"\0"), "little"))


@numba.njit(cache=True, nogil=True)
def _hash_bytes(data, offsets, start, key, kind, out):  # type: ignore[no-untyped-def]
    for row in range(len(out)):
        h = start
        for i in range(offsets[row], offsets[row + 1]):
            h = (h ^ np.uint64(data[i])) * PRIME
        out[row] = seal(key, kind, mix(h))


@numba.njit(cache=True, nogil=True)
def _hash_sets(offsets, items, start, key, kind, hashes, sizes):  # type: ignore[no-untyped-def]
    for row in range(len(hashes)):
        h = start
        size = 0
        for i in range(offsets[row], offsets[row + 1]):  # sorted within the row
            if i == offsets[row] or items[i] != items[i - 1]:
                h = chain(h, items[i])
                size += 1
        hashes[row] = seal(key, kind, h)
        sizes[row] = size


@numba.njit(cache=True, nogil=True)
def _hash_tuples(parts, start, key, kind, out):  # type: ignore[no-untyped-def]
    for row in range(parts.shape[1]):
        h = start
        for part in range(parts.shape[0]):
            h = chain(h, parts[part, row])
        out[row] = seal(key, kind, h)


def _hash_text(text: Text, key: bytes | None, kind: str) -> NDArray[np.int64]:
    fixed = constants(key)
    out = np.zeros(len(text), np.uint64)
    _hash_bytes(text.data, text.offsets, fixed.start, fixed.seal, purpose(kind), out)
    out[~text.valid] = 0
    return out.view(np.int64)


def hash_strings(array: pa.Array | pa.ChunkedArray, *, key: bytes | None = None, kind: str = "id") -> NDArray[np.int64]:
    """One int64 a value, 0 where NULL. Bytes are hashed as they are: case and white space count."""
    return _hash_text(text_of(array), key, kind)


def hash_column(array: pa.Array | pa.ChunkedArray, *, key: bytes | None = None, kind: str = "id") -> pa.Array:
    """`hash_strings` as an int64 Arrow array that keeps NULLs. `account_key` is this of `account_id`."""
    text = text_of(array)
    return from_hashes(_hash_text(text, key, kind), text.valid)


def hash_sets(column: pa.Array | pa.ChunkedArray, *, key: bytes | None, kind: str) -> tuple[pa.Array, pa.Array]:
    """(size int32, hash int64) of each list taken as a set of integers or strings; order and repeats do not count.

    An empty list has size 0 and no hash; NULL members are ignored; NULL stays NULL.
    """
    array = one_chunk(column)
    valid = valid_of(array)
    values = array.values
    items = (
        values.cast(pa.int64()).fill_null(0).to_numpy(zero_copy_only=False).view(np.uint64)
        if pa.types.is_integer(values.type)
        else hash_strings(values, key=key).view(np.uint64)
    )
    offsets = array.offsets.to_numpy().astype(np.int64) if len(array) else np.zeros(1, np.int64)
    if values.null_count:  # squeeze NULL members out
        kept = valid_of(values)
        offsets = np.concatenate(([0], np.cumsum(kept)))[offsets]
        items = items[kept]
    first = offsets[0]
    items, offsets = items[first : offsets[-1]], offsets - first
    items = items[np.lexsort((items, np.repeat(np.arange(len(array)), np.diff(offsets))))]
    fixed = constants(key)
    hashes, sizes = np.zeros(len(array), np.uint64), np.zeros(len(array), np.int32)
    _hash_sets(offsets, items, fixed.start, fixed.seal, purpose(kind), hashes, sizes)
    return pa.array(sizes, mask=~valid), from_hashes(hashes, valid & (sizes > 0))


def _codes(column: pa.Array | pa.ChunkedArray, key: bytes | None) -> NDArray[np.uint64]:
    """One integer a value, equal for equal values; NULL has its own."""
    valid = valid_of(column)
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        codes = hash_strings(column, key=key).view(np.uint64).copy()
    elif pa.types.is_floating(column.type):
        floats = one_chunk(column).cast(pa.float32()).fill_null(0).to_numpy(zero_copy_only=False) + np.float32(0)
        codes = floats.view(np.uint32).astype(np.uint64)  # + 0 makes -0.0 and 0.0 one value
    else:
        codes = one_chunk(column).cast(pa.int64()).fill_null(0).to_numpy(zero_copy_only=False).astype(np.uint64)
    codes[~valid] = _ABSENT
    return codes


def hash_tuples(columns: Sequence[pa.Array | pa.ChunkedArray], *, key: bytes | None, kind: str) -> pa.Array:
    """One hash a row over several columns in their order; NULL only where all of them are NULL."""
    fixed = constants(key)
    parts = np.stack([_codes(column, key) for column in columns])
    out = np.zeros(parts.shape[1], np.uint64)
    _hash_tuples(parts, fixed.start, fixed.seal, purpose(kind), out)
    valid = np.logical_or.reduce([valid_of(column) for column in columns])
    return from_hashes(out, valid)
