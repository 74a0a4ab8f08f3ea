"""Arrow columns as plain Python values, also where a file holds what Python or UTF-8 cannot."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

__all__ = ["column_values", "table_records"]


def column_values(column: pa.ChunkedArray) -> list[Any]:
    """The values of a column. Times are whole microseconds since 1970; text that is not UTF-8 comes as bytes.

    A single value that cannot be had at all (a date beyond year 9999, say) is None.
    """
    if pa.types.is_timestamp(column.type):
        return list(column.cast(pa.timestamp("us", column.type.tz), safe=False).cast(pa.int64()).to_pylist())
    try:
        return list(column.to_pylist())
    except UnicodeDecodeError:
        return [_decoded(value) for value in column.cast(pa.large_binary()).to_pylist()]
    except (ValueError, OverflowError):
        return [_single(value) for value in column]


def table_records(table: pa.Table) -> list[dict[str, Any]]:
    """The rows of a table, as a reader of JSON would see them."""
    columns = [column_values(column) for column in table.columns]
    return [dict(zip(table.column_names, row, strict=True)) for row in zip(*columns, strict=True)]


def _decoded(value: bytes | None) -> str | bytes | None:
    try:
        return value if value is None else value.decode()
    except UnicodeDecodeError:
        return value


def _single(value: pa.Scalar) -> Any:
    try:
        return value.as_py()
    except (ValueError, OverflowError):
        return None
