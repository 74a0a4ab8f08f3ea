"""Rows of a CSV file that a person wrote: columns by name, words without the blanks around them."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

from stillwatch.errors import BadInput, NothingToRead

__all__ = ["csv_rows"]


def csv_rows(
    path: Path, needed: Sequence[str], *, optional: Sequence[str] = ()
) -> Iterator[tuple[int, dict[str, str]]]:
    """(line, words of the `needed` and `optional` columns) of each row, "" where a cell or an optional column is
    missing; the header is line 1. Other columns are not read. Raises BadInput, or NothingToRead where there is no file,
    as the rows are taken."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            missing = [name for name in needed if name not in (reader.fieldnames or ())]
            if missing:
                raise BadInput(f"{path}: lacks the columns {', '.join(missing)}; it needs {', '.join(needed)}.")
            for line, row in enumerate(reader, start=2):
                yield line, {name: (row.get(name) or "").strip() for name in (*needed, *optional)}
    except FileNotFoundError:
        raise NothingToRead(f"{path}: no such file.") from None
    except (UnicodeDecodeError, csv.Error, OSError) as error:
        raise BadInput(f"{path}: cannot be read as CSV ({type(error).__name__}). Save it as UTF-8 text.") from None
