"""What a reader of a log format is, and what planning and reading hand over."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

import msgspec
import pyarrow as pa

from stillwatch.schema import EXCHANGES
from stillwatch.sources.columns import exchanges_table
from stillwatch.sources.exchange import Exchange, Refusal

__all__ = [
    "MAX_RAW_BYTES",
    "MAX_RECORD_BYTES",
    "Batch",
    "Chunk",
    "Framing",
    "Peers",
    "Plan",
    "Record",
    "Rejected",
    "Source",
    "check_source",
]

MAX_RECORD_BYTES = 64 << 20
MAX_RAW_BYTES = 64 << 10

Framing = Literal["lines", "document", "row-groups"]
Record = Mapping[str, Any]


class Peers(Protocol):
    """The other records of the same log that belong to a record: the other half of a batch, a span's events."""

    def find(self, key: str, /) -> Sequence[Record]:
        """The records under `key`, in the order of the plan's files; empty where there are none."""


@dataclass(frozen=True)
class Source:
    """A reader of one log format.

    `sniff(record)` says whether a decoded record has this format's marks. `rows(record, peers)` yields one or
    more exchanges, a Refusal for what is none, or nothing where the record's exchange comes from a peer's record.
    `keys(record)` names the record for its peers as `kind:name`; without it records stand alone.
    """

    name: str
    description: str
    fills: frozenset[str]
    sniff: Callable[[Record], bool]
    rows: Callable[[Record, Peers], Iterable[Exchange | Refusal]]
    keys: Callable[[Record], Iterable[str]] | None = None
    # Kind of key to bytes that stand in every record with such a key: others are not decoded to look for one.
    marks: tuple[tuple[str, bytes], ...] = ()
    # Records are decoded straight into Exchange, where the format's names are this project's own.
    native: bool = False


@dataclass(frozen=True)
class Chunk:
    """A part of one file that can be read alone, in another process.

    `start`, `end`: bytes for plain line files (the lines that begin there), row groups for Parquet, the whole file
    for the rest. `id` comes from what the file holds, never from its path or times: a moved copy has the same.
    """

    path: Path
    format: str
    start: int
    end: int
    size: int
    id: str
    file_id: str
    framing: Framing = "lines"
    peers: tuple[tuple[Path, bool], ...] = ()  # the files of the same log, each with whether it is read by lines


@dataclass(frozen=True)
class Plan:
    """What will be read: chunks in order of path and place, side tables by name, and what is left out and why."""

    chunks: tuple[Chunk, ...]
    tables: dict[str, Path] = field(default_factory=dict)
    skipped: tuple[tuple[Path, str], ...] = ()

    @property
    def total_bytes(self) -> int:
        return sum(chunk.size for chunk in self.chunks)


@dataclass(frozen=True)
class Rejected:
    """A record that is no exchange: where it stands, why, and its bytes (API keys masked, cut to 64 KiB)."""

    path: str
    place: str
    reason: str
    raw: bytes


@dataclass(frozen=True)
class Batch:
    """Some exchanges, exactly in EXCHANGES.arrow, and the records met beside them that are none."""

    table: pa.Table
    rejected: tuple[Rejected, ...]


class NoPeers:
    """A record that stands alone."""

    def find(self, _key: str, /) -> Sequence[Record]:
        return ()


def check_source(source: Source, records: Iterable[Record]) -> Iterator[Exchange]:
    """The exchanges of `records`, each of which must be recognised and well treated by `source`.

    Raises AssertionError naming the first promise that is broken: names and marks are set, only declared columns
    are filled, a refusal has a reason, hostile variations of each record neither crash the reader nor mark an
    exchange without time and account.
    """
    name = source.name
    _hold(bool(name) and name == name.lower() and " " not in name, f"{name!r} is no format name")
    _hold(bool(source.description), f"{name} has no description")
    _hold(source.fills <= set(EXCHANGES.names), f"{name} fills columns that do not exist")
    _hold({"ts", "account_id"} <= source.fills, f"{name} cannot fill ts and account_id")
    odd: list[Exchange] = []
    for record in records:
        _hold(source.sniff(record), f"{name} does not recognise its own record")
        for row in source.rows(record, NoPeers()):
            if isinstance(row, Refusal):
                _hold(bool(row.reason), f"{name} refuses without a reason")
                continue
            filled = {column for column in EXCHANGES.names if getattr(row, column) is not None}
            _hold(filled <= source.fills, f"{name} fills undeclared columns: {sorted(filled - source.fills)}")
            yield row
        for hostile in _variations(record):
            source.sniff(hostile)
            for row in source.rows(hostile, NoPeers()):
                _hold(isinstance(row, (Exchange, Refusal)), f"{name} yields something else than rows")
                if isinstance(row, Exchange):
                    odd.append(row)
    table, reasons = exchanges_table(odd, str)
    _hold(table.num_rows + len(reasons) == len(odd), f"{name} loses rows that are not what they should be")


def _variations(record: Record) -> Iterator[Record]:
    """`record` with each value, at every depth up to fourteen, replaced by each kind of value that does not belong."""
    for path in _paths(record, 14):
        for wrong in (None, "", 0, -1.5, True, [], {}, [None], {"": None}, "\x00", [[1]], 10**30):
            copy = msgspec.json.decode(msgspec.json.encode(record))
            holder = copy
            for step in path[:-1]:
                holder = holder[step]
            holder[path[-1]] = wrong
            yield copy


def _paths(value: Any, depth: int) -> Iterator[tuple[Any, ...]]:
    if depth == 0:
        return
    items = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield (key,)
        for rest in _paths(inner, depth - 1):
            yield (key, *rest)


def _hold(promise: bool, broken: str) -> None:
    if not promise:
        raise AssertionError(broken)
