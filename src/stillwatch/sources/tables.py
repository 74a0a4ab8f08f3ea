"""The side tables of a log: accounts, models, contracts, as Parquet, JSON Lines or CSV."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from stillwatch.errors import BadInput
from stillwatch.schema import Column, Table
from stillwatch.sources.batches import decode_fault
from stillwatch.sources.columns import column_array
from stillwatch.sources.framing import Unread, documents, lines
from stillwatch.sources.peers import split_lines
from stillwatch.sources.records import column_values
from stillwatch.sources.streams import pieces

__all__ = ["TABLES", "read_table", "table_name"]

TABLES = ("accounts", "contracts", "models")
_SUFFIXES = (".parquet", ".jsonl", ".ndjson", ".json", ".csv")


def table_name(path: Path) -> str | None:
    """`accounts`, `contracts` or `models` where the file's name says that it is this table."""
    name = path.name.lower().removesuffix(".gz").removesuffix(".zst")
    stem = next((name.removesuffix(suffix) for suffix in _SUFFIXES if name.endswith(suffix)), "")
    return stem if stem in TABLES else None


def read_table(path: Path, table: Table) -> pa.Table:
    """The file's rows exactly in `table.arrow`; other columns are dropped, missing ones are NULL.

    Raises BadInput naming the row where the file cannot be read, lacks a required value or has one of a wrong type.
    """
    try:
        if path.name.lower().endswith(".parquet"):
            found = pq.read_table(path, partitioning=None)
        elif path.name.lower().removesuffix(".gz").endswith(".csv"):
            found = _csv(path)
        else:
            return _from_rows(path, table, list(_records(path)))
    except OSError as error:
        raise BadInput(f"{path}: cannot be read: {error.strerror or 'damaged or cut short'}") from None
    except pa.ArrowException as error:
        raise BadInput(f"{path}: cannot be read as a table ({type(error).__name__}): write it anew") from None
    names = [name for name in table.names if name in found.column_names]
    for name in names:
        if found.column_names.count(name) > 1:
            raise BadInput(f"{path}: has more than one column named {name!r}: rename or drop one")
    values = {name: column_values(found.column(name)) for name in names}
    return _from_columns(path, table, values, found.num_rows)


def _csv(path: Path) -> pa.Table:
    options = pa.csv.ConvertOptions(strings_can_be_null=True, null_values=["", "NULL", "\\N"], timestamp_parsers=[])
    with pa.csv.open_csv(path) as head:
        names = head.schema.names
    if len(names) == 1 and (";" in names[0] or "\t" in names[0]):
        raise BadInput(f"{path}: its columns are not separated by commas: write it anew with commas, or as JSON Lines")
    # Everything as text: the column's own type is known here better than the guess of a reader.
    options.column_types = dict.fromkeys(names, pa.string())
    return pa.csv.read_csv(path, convert_options=options)


def _records(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    stream = pieces(path)
    with path.open("rb") as file:
        listed = file.read(256).lstrip().startswith(b"[")
    for part in documents(stream) if listed else lines(stream):
        if isinstance(part, Unread):
            raise BadInput(f"{path}, byte {part.offset}: {part.reason}")
        for offset, raw in ((part.offset, part.data),) if listed else split_lines(part):
            try:
                record = msgspec.json.decode(raw)
            except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
                raise BadInput(f"{path}, byte {offset}: {decode_fault(error)}") from None
            if not isinstance(record, dict):
                raise BadInput(f"{path}, byte {offset}: the row is no JSON object")
            yield offset, record


def _from_rows(path: Path, table: Table, rows: list[tuple[int, dict[str, Any]]]) -> pa.Table:
    values = {name: [record.get(name) for _, record in rows] for name in table.names}
    return _from_columns(path, table, values, len(rows))


def _from_columns(path: Path, table: Table, values: dict[str, list[Any]], rows: int) -> pa.Table:
    arrays = []
    for column in table.columns:
        given = values.get(column.name)
        if column.required and given is None:
            raise BadInput(f"{path}: has no column {column.name!r}, which a table of {table.name} needs")
        given = [None if value == "" else value for value in given or [None] * rows]
        array, wrong = column_array(column.name, given, column.type)
        if wrong:
            row = min(wrong)
            raise BadInput(f"{path}, row {row + 1}: {wrong[row]}")
        if column.required and array.null_count:
            row = pc.index(array.is_null(), True).as_py()
            raise BadInput(f"{path}, row {row + 1}: {column.name} is missing")
        arrays.append(array)
    found = pa.table(arrays, schema=table.arrow)
    for column in table.columns:
        _check(path, column, found)
    return found


def _check(path: Path, column: Column, table: pa.Table) -> None:
    # A contract of a kind that nobody knows, or that ended before it began, would silently cover nobody.
    values = table.column(column.name)
    if column.one_of:
        row = pc.index(pc.or_(pc.is_in(values, pa.array(column.one_of)), values.is_null()), False).as_py()
        if row >= 0:
            raise BadInput(f"{path}, row {row + 1}: {column.name} must be one of {', '.join(column.one_of)}")
    if column.not_before:
        row = pc.index(pc.less(values, table.column(column.not_before)), True).as_py()
        if row >= 0:
            raise BadInput(f"{path}, row {row + 1}: {column.name} is before {column.not_before}: are they exchanged?")
