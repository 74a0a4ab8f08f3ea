"""Small tables that people keep by hand: CSV, JSON lines or Parquet, read with their columns as they are."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.json
import pyarrow.parquet

from stillwatch.errors import BadInput, NothingToRead

__all__ = ["column", "read_table"]

_MOST_ROWS = 20_000_000


def read_table(path: Path) -> pa.Table:
    """The whole table. Account numbers such as 007 stay text: in CSV only columns of figures are read as such."""
    if not path.is_file():
        raise NothingToRead(f"{path}: no such file.")
    try:
        if path.suffix == ".parquet":
            return pa.parquet.read_table(path)
        if path.suffix in (".jsonl", ".json", ".ndjson"):
            return pa.json.read_json(path)
        return _read_csv(path)
    except (pa.ArrowException, UnicodeDecodeError) as error:
        kind = type(error).__name__
        raise BadInput(
            f"{path}: cannot be read as a table ({kind}). Write CSV with a header, JSON lines or Parquet."
        ) from None


def column(table: pa.Table, names: Sequence[str], path: Path) -> list[str | None]:
    """The first of these columns that is there, as text without spaces around it; None or "" where empty. Raises
    BadInput if none is there."""
    for name in names:
        if name in table.column_names:
            values = table.column(name).to_pylist()
            return [None if value is None else str(value).strip() for value in values]
    raise BadInput(f"{path}: has no column {' or '.join(names)}. It has: {', '.join(table.column_names[:12])}.")


def _read_csv(path: Path) -> pa.Table:
    with path.open("rb") as file:
        header = file.readline(1 << 16).decode("utf-8-sig")
    names = [name.strip().strip('"') for name in header.strip().split(",")]
    options = pa.csv.ReadOptions(column_names=names, skip_rows=1)
    # Every column as text: "007", "1e5" and "2026" are names of accounts as well as anything.
    convert = pa.csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False)
    return pa.csv.read_csv(path, read_options=options, convert_options=convert)
