"""Small hand-made tables: CSV, JSON or JSON Lines, read as rows of text with their place in the file.

Such a table is written by people and by spreadsheets: a byte order mark, semicolons, blank lines and odd capitals in
the head are no reason to stop. What cannot be understood is named by file and line, never guessed.
"""

from __future__ import annotations

import csv
import datetime
import io
import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from stillwatch.errors import BadInput, NothingToRead

__all__ = ["LARGEST", "Row", "as_day", "as_number", "quoted", "read_rows"]

LARGEST = 64 << 20  # bytes: no table of releases or scores comes near
_DAY = re.compile(r"(\d{4}-\d{2}-\d{2})(?:$|[T ])")
_LONGEST = 40


@dataclass(frozen=True, slots=True)
class Row:
    """One row: `values` by column in lower case, stripped, "" where empty; `place` as "file, line 3"."""

    place: str
    values: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        return self.values.get(column, "")


def read_rows(path: Path, needed: Mapping[str, Sequence[str]], optional: Mapping[str, Sequence[str]]) -> list[Row]:
    """Rows of `path`. Both mappings: column → other names under which it is accepted. Columns not named are dropped.

    Raises NothingToRead where there is no file or no row, BadInput where it is no table or lacks a needed column.
    """
    text = _text(path)
    if path.suffix.lower() in (".json", ".jsonl", ".ndjson") or text.lstrip()[:1] in ("[", "{"):
        head, rows = _json(path, text)
    else:
        head, rows = _csv(path, text)
    known = {_name(column): column for column in head}
    taken: dict[str, str] = {}
    for column, others in (*needed.items(), *optional.items()):
        found = next((known[name] for name in (column, *others) if name in known), None)
        if found is not None:
            taken[column] = found
        elif column in needed:
            also = f" (or {', '.join(others)})" if others else ""
            raise BadInput(f"{path}: has no column {column}{also}. It needs: {', '.join(needed)}.")
    made = [
        Row(place, {column: values.get(source, "") for column, source in taken.items()})
        for place, values in rows
        if any(values.values())
    ]
    if not made:
        raise NothingToRead(f"{path}: holds no row.")
    return made


def as_day(value: str) -> datetime.date | None:
    """A day from "2026-03-01" or a moment that begins with one (in UTC where it has an offset); else None."""
    if not _DAY.match(value):
        return None
    try:
        if len(value) == 10:
            return datetime.date.fromisoformat(value)
        moment = datetime.datetime.fromisoformat(value)
        return (moment.astimezone(datetime.UTC) if moment.tzinfo else moment).date()
    except (ValueError, OverflowError):
        return None


def as_number(value: str) -> float | None:
    """A finite number from "71.5", "71,5" or "71.5 %"; else None."""
    bare = value.removesuffix("%").strip()
    if "," in bare and "." not in bare and bare.count(",") == 1:
        bare = bare.replace(",", ".")
    try:
        number = float(bare)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def quoted(value: object) -> str:
    """A value of a file as it may stand in an error message: short, plain ASCII."""
    text = str(value)
    return ascii(text[:_LONGEST] + ("..." if len(text) > _LONGEST else ""))


def _text(path: Path) -> str:
    try:
        size = path.stat().st_size
        if size > LARGEST:
            raise BadInput(f"{path}: {size:,} bytes, more than the {LARGEST:,} that such a table may have.")
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise NothingToRead(f"{path}: no such file.") from None
    except UnicodeDecodeError as error:
        raise BadInput(
            f"{path}: not UTF-8 text (byte {error.start:,}). Give a CSV or JSON file in UTF-8, not compressed."
        ) from None
    except OSError as error:
        raise BadInput(f"{path}: cannot be read ({error.strerror}).") from None


def _csv(path: Path, text: str) -> tuple[list[str], Iterator[tuple[str, dict[str, str]]]]:
    first = text.lstrip().partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text.lstrip("\n\r"), newline=""), delimiter=delimiter)
    try:
        head = next(reader, [])
        rows = [(f"{path}, line {reader.line_num}", row) for row in reader]
    except csv.Error as error:
        raise BadInput(
            f"{path}, line {reader.line_num}: not CSV ({error}). Quote cells that hold line breaks."
        ) from None
    if len({_name(column) for column in head}) < len(head):
        raise BadInput(f"{path}: two columns have the same name. Rename one.")
    return head, (
        (place, {column: cell.strip() for column, cell in zip(head, row, strict=False)}) for place, row in rows
    )


def _json(path: Path, text: str) -> tuple[list[str], Iterator[tuple[str, dict[str, str]]]]:
    try:
        try:
            whole = json.loads(text)
            items = whole if isinstance(whole, list) else [whole]
        except json.JSONDecodeError:
            items = [json.loads(line) for line in text.splitlines() if line.strip()]
    except (json.JSONDecodeError, RecursionError):
        raise BadInput(f"{path}: neither JSON nor JSON Lines. Give a list of objects, or a CSV file.") from None
    rows: list[tuple[str, dict[str, str]]] = []
    for number, item in enumerate(items, start=1):
        if not isinstance(item, dict):
            raise BadInput(f"{path}, entry {number}: not an object. Give a list of objects.")
        rows.append((f"{path}, entry {number}", {key: _cell(value) for key, value in item.items()}))
    head = list(dict.fromkeys(key for _, row in rows for key in row))
    return head, iter(rows)


def _cell(value: object) -> str:
    if isinstance(value, list):
        return ";".join(_cell(part) for part in value)
    return "" if value is None or isinstance(value, dict) else str(value).strip()


def _name(column: str) -> str:
    return column.strip().lower().replace(" ", "_").replace("-", "_")
