"""Arrow columns as plain numpy views, whatever their chunking, slicing or string width."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

__all__ = ["Text", "from_hashes", "one_chunk", "text_of", "valid_of"]


@dataclass(frozen=True, slots=True)
class Text:
    """The bytes of a string column: row i is data[offsets[i]:offsets[i + 1]], where valid[i]."""

    offsets: NDArray[np.int64]
    data: NDArray[np.uint8]
    valid: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.valid)


def one_chunk(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    """The column as one array (copied only where it has several chunks)."""
    if not isinstance(column, pa.ChunkedArray):
        return column
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def valid_of(column: pa.Array | pa.ChunkedArray) -> NDArray[np.bool_]:
    """True where the column is not NULL."""
    if column.null_count == 0:
        return np.ones(len(column), np.bool_)
    mask: NDArray[np.bool_] = pc.is_valid(one_chunk(column)).to_numpy(zero_copy_only=False)
    return mask


def text_of(column: pa.Array | pa.ChunkedArray) -> Text:
    """Views of a string, large_string, string_view, binary, dictionary or all-NULL column. Text is not validated."""
    if isinstance(column, pa.ChunkedArray):
        wide = column.cast(pa.large_string()) if not pa.types.is_large_string(column.type) else column
        array = one_chunk(wide)
    else:
        array = column
    if not (pa.types.is_large_string(array.type) or pa.types.is_large_binary(array.type)):
        array = array.cast(pa.large_binary() if pa.types.is_binary(array.type) else pa.large_string())
    _, offsets_buffer, data_buffer = array.buffers()
    rows, first = len(array), array.offset
    if offsets_buffer is None or rows == 0:
        offsets = np.zeros(rows + 1, np.int64)
    else:
        offsets = np.frombuffer(offsets_buffer, np.int64)[first : first + rows + 1]
    data = np.zeros(0, np.uint8) if data_buffer is None else np.frombuffer(data_buffer, np.uint8)
    return Text(offsets, data, valid_of(array))


def from_hashes(values: NDArray[np.uint64] | NDArray[np.int64], valid: NDArray[np.bool_]) -> pa.Array:
    """A signed 64-bit column, NULL where not valid."""
    return pa.array(np.ascontiguousarray(values).view(np.int64), mask=~valid)
