"""Row groups of a Parquet file to batches of exchanges."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from stillwatch.schema import EXCHANGES
from stillwatch.sources.base import Batch, Chunk, NoPeers, Source
from stillwatch.sources.batches import BATCH_ROWS, Gathered
from stillwatch.sources.columns import column_array, finish, plain
from stillwatch.sources.exchange import Refusal
from stillwatch.sources.records import column_values, table_records

__all__ = ["read_row_groups"]


def read_row_groups(chunk: Chunk, source: Source) -> Iterator[Batch]:
    """The batches of row groups `chunk.start` ≤ g < `chunk.end`.

    A row group that is damaged gives what can be read of it and one rejection that names the rows that cannot.
    """
    with pq.ParquetFile(chunk.path) as file:
        present = file.schema_arrow.names
        wanted = [name for name in EXCHANGES.names if name in present] if source.native else present
        for group in range(chunk.start, min(chunk.end, file.num_row_groups)):
            rows = file.metadata.row_group(group).num_rows
            done = 0
            try:
                for piece in file.iter_batches(BATCH_ROWS, row_groups=[group], columns=wanted):
                    table = pa.Table.from_batches([piece])
                    if source.native:
                        yield from _native(chunk, table, group, done)
                    else:
                        yield from _foreign(chunk, source, table, group, done)
                    done += piece.num_rows
            except (pa.ArrowException, OSError) as error:
                gathered = Gathered(chunk)
                fault = f"rows {done} to {rows - 1} cannot be read: the file is damaged ({type(error).__name__})"
                gathered.reject(f"row group {group} row {done}", fault, b"")
                yield gathered.batch()


def _native(chunk: Chunk, piece: pa.Table, group: int, first: int) -> Iterator[Batch]:
    arrays: dict[str, pa.Array] = {}
    reasons: dict[int, str] = {}
    for column in EXCHANGES.columns:
        if column.name not in piece.column_names:
            arrays[column.name] = pa.nulls(piece.num_rows, column.type)
            continue
        array = _cast(piece.column(column.name).combine_chunks(), column.type)
        if array is None:
            values = plain(column.name, column_values(piece.column(column.name)))
            array, wrong = column_array(column.name, values, column.type)
            for row, reason in wrong.items():
                reasons.setdefault(row, reason)
        arrays[column.name] = array
    table, reasons = finish(arrays, reasons, lambda row: f"{chunk.file_id}-{group}-{first + row}")
    gathered = Gathered(chunk)
    for row in sorted(reasons):
        raw = msgspec.json.encode(table_records(piece.slice(row, 1))[0], enc_hook=_text)
        gathered.reject(f"row group {group} row {first + row}", reasons[row], raw)
    yield Batch(table, gathered.batch().rejected)


def _cast(array: pa.Array, kind: pa.DataType) -> pa.Array | None:
    """`array` as `kind` where Arrow does it without loss; None where each value must be looked at."""
    held = array.type
    if held == kind:
        return array if _sound(array) else None
    if pa.types.is_dictionary(held):
        return _cast(array.dictionary_decode(), kind)
    if pa.types.is_timestamp(kind):
        if not pa.types.is_timestamp(held):
            return None
        # A time without a zone is UTC; nanoseconds are cut to microseconds.
        return array.cast(pa.timestamp("us", held.tz), safe=False).cast(kind)
    alike = (
        (pa.types.is_integer(held) and pa.types.is_integer(kind))
        or (pa.types.is_float64(held) and pa.types.is_floating(kind))
        or ((pa.types.is_large_string(held) or held == pa.string_view()) and pa.types.is_string(kind))
        or pa.types.is_null(held)
    )
    if not alike:
        return None
    try:
        return array.cast(kind) if _sound(array) else None
    except pa.ArrowException:
        return None


def _sound(array: pa.Array) -> bool:
    """Whether text is UTF-8: a Parquet file may claim it and hold something else."""
    try:
        array.validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def _foreign(chunk: Chunk, source: Source, piece: pa.Table, group: int, first: int) -> Iterator[Batch]:
    gathered = Gathered(chunk)
    for number, record in enumerate(table_records(piece), start=first):
        raw = msgspec.json.encode(record, enc_hook=_text)
        rows: list[Any] = list(source.rows(record, NoPeers())) or [
            Refusal("the other half of this record is elsewhere")
        ]
        for row in rows:
            gathered.add(row, f"{group}-{number}", f"row group {group} row {number}", raw)
    yield gathered.batch()


def _text(value: Any) -> str:
    return str(value)
