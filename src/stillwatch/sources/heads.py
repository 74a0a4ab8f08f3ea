"""The first records of a file: how it is framed, and whose it is."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from stillwatch.errors import BadInput
from stillwatch.sources.base import MAX_RECORD_BYTES, Framing, Record, Source
from stillwatch.sources.formats import FORMATS, recognise
from stillwatch.sources.framing import Block, documents
from stillwatch.sources.records import table_records
from stillwatch.sources.streams import BrokenStream, pieces

__all__ = ["Head", "look"]

_HEAD_BYTES = 1 << 20
_HEAD_RECORDS = 256
_WIDE = {b"\xff\xfe": "UTF-16LE", b"\xfe\xff": "UTF-16BE"}


@dataclass(frozen=True)
class Head:
    """What the start of a file tells. `source` is None for a file that holds nothing at all."""

    framing: Framing
    source: Source | None
    row_groups: tuple[int, ...] = ()  # compressed bytes of each, for Parquet


def look(path: Path, forced: Source | None) -> Head:
    """Framing and format of a file. Raises BadInput where it cannot be read or nobody recognises it."""
    try:
        with path.open("rb") as file:
            magic = file.read(4)
        if not magic:
            return Head("lines", None)
        if magic == b"PAR1":
            return _parquet(path, forced)
        data = _head(path)
    except OSError as error:
        raise BadInput(f"{path}: cannot be read: {error.strerror or error}") from None
    if data.startswith(b"\xef\xbb\xbf"):
        data = data[3:]
    for mark, name in _WIDE.items():
        if data.startswith(mark):
            raise BadInput(f"{path}: is written in {name}: make it UTF-8 with `iconv -f {name} -t UTF-8`")
    if not data.strip():
        return Head("lines", None)
    if data[:4] == b"PAR1":
        raise BadInput(f"{path}: is compressed Parquet: decompress it first, Parquet is compressed inside")
    framing = _framing(data)
    records = _records(data, framing)
    source = forced or recognise(records)
    if source is None:
        raise BadInput(f"{path}: no format is recognised ({_seen(records, data)}); {_remedy()}")
    return Head(framing, source)


def _head(path: Path) -> bytes:
    """The first MiB, or the first line where it is longer, up to what a record may measure."""
    held = b""
    try:
        for piece in pieces(path):
            held += piece
            if len(held) >= _HEAD_BYTES:
                newline = held.find(b"\n", 0, MAX_RECORD_BYTES)
                if newline >= 0 or len(held) >= MAX_RECORD_BYTES:
                    held = held[: max(_HEAD_BYTES, newline + 1)]
                    break
    except BrokenStream as error:
        if not held:
            raise BadInput(f"{path}: {error}; nothing of it can be read: fetch it again") from None
    return held


def _framing(data: bytes) -> Framing:
    """Lines where the first line is a whole object, a document where the first value spans lines or is a list."""
    body = data.lstrip()
    if body[:1] == b"[":
        return "document"
    first, *others = islice(body.split(b"\n"), 64)
    if body[:1] != b"{" or _object(first) is not None:
        return "lines"
    value = next((part for part in documents([body]) if isinstance(part, Block)), None)
    if value is not None and b"\n" in value.data and _object(value.data) is not None:
        return "document"
    whole = sum(_object(line) is not None for line in others[:-1])
    unfinished = len(data) >= _HEAD_BYTES and value is not None and len(value.data) >= len(body.rstrip())
    return "document" if unfinished and not whole and len(others) > 2 else "lines"


def _object(data: bytes) -> dict[str, Any] | None:
    try:
        found = msgspec.json.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _records(data: bytes, framing: Framing) -> list[Record]:
    if framing == "document":
        parts = (part.data for part in documents([data]) if isinstance(part, Block))
    else:
        parts = (line for line in data.split(b"\n") if line.strip())
    return [found for part in islice(parts, _HEAD_RECORDS) if (found := _object(part)) is not None]


def _seen(records: list[Record], data: bytes) -> str:
    if not records:
        text = b"\0" not in data[:4096]
        return "its first lines are no JSON objects" if text else "it looks like a binary file"
    names = [name if len(name) <= 40 else name[:40] + "…" for name in records[0]]
    return "its first record has " + (", ".join(map(repr, names[:12])) or "no keys") + (" …" if names[12:] else "")


def _remedy() -> str:
    return "name the format with --format: " + ", ".join(source.name for source in FORMATS)


def _parquet(path: Path, forced: Source | None) -> Head:
    try:
        with pq.ParquetFile(path) as file:
            names = file.schema_arrow.names
            groups = tuple(
                sum(
                    file.metadata.row_group(number).column(column).total_compressed_size
                    for column in range(file.metadata.num_columns)
                )
                for number in range(file.metadata.num_row_groups)
            )
            rows = file.metadata.num_rows
            head = None if forced or not rows else next(file.iter_batches(batch_size=_HEAD_RECORDS))
            sample = [] if head is None else table_records(pa.Table.from_batches([head]))
    except (pa.ArrowException, OSError, StopIteration) as error:
        kind = type(error).__name__
        raise BadInput(f"{path}: is no readable Parquet file ({kind}; cut short or damaged?): fetch it again") from None
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise BadInput(f"{path}: has more than one column named {twice[0]!r}: rename or drop one")
    if not rows:
        return Head("row-groups", None)
    source = forced or recognise(sample)
    if source is None:
        raise BadInput(f"{path}: no format is recognised (columns {', '.join(names[:12])}); {_remedy()}")
    return Head("row-groups", source, groups)
