"""Column types that mean the same on every engine: what goes to a cluster, and what comes back."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.types as kinds

__all__ = ["plain_schema", "plain_table"]


def plain_table(table: pa.Table) -> pa.Table:
    """The table in plain types. Raises ArrowInvalid where an unsigned value does not fit into int64."""
    return table.cast(plain_schema(table.schema))


def plain_schema(schema: pa.Schema) -> pa.Schema:
    """Signed integers, no decimals, plain strings and lists, times in microseconds UTC; no metadata.

    Spark reads uint64 as a decimal, and Sail gives large strings; hashes are bit-cast to int64 at ingest.
    """
    return pa.schema([pa.field(field.name, _plain(field.type)) for field in schema])


def _plain(kind: pa.DataType) -> pa.DataType:
    if kinds.is_dictionary(kind):
        return _plain(kind.value_type)
    if kinds.is_list(kind) or kinds.is_large_list(kind):
        return pa.list_(_plain(kind.value_type))
    if kinds.is_unsigned_integer(kind) or (kinds.is_decimal(kind) and kind.scale == 0):
        return pa.int64()
    if kinds.is_decimal(kind):
        return pa.float64()
    if kinds.is_large_string(kind) or kinds.is_string_view(kind):
        return pa.string()
    if kinds.is_large_binary(kind) or kinds.is_binary_view(kind):
        return pa.binary()
    if kinds.is_timestamp(kind):
        return pa.timestamp("us", tz="UTC")
    if kinds.is_null(kind):
        return pa.int32()
    return pa.float32() if kinds.is_float16(kind) else kind
