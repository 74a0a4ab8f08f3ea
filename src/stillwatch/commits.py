"""What the lake writes down about each chunk, and how a file is replaced so that a kill cannot tear it."""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from pathlib import Path

import msgspec
import xxhash

__all__ = [
    "Commit",
    "Coverage",
    "Extent",
    "Fault",
    "Part",
    "key_fingerprint",
    "log_days",
    "part_key",
    "replace_file",
    "summed",
    "sync_folder",
]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """Base: immutable, written as JSON."""


class Extent(Record, frozen=True, kw_only=True):
    """The bytes of a file that a chunk was made from, so that a chunk that has grown is known again."""

    start: int
    length: int
    head: str  # xxh3-128 of the first min(length, 4096) bytes
    digest: str  # xxh3-128 of all of them


class Fault(Record, frozen=True, kw_only=True):
    """Rows that were quarantined for one reason, and the place of the first one."""

    reason: str
    rows: int
    example: str


class Part(Record, frozen=True, kw_only=True):
    """One Parquet file: its name (also the source of its rows' `part_key`), its day and its rows."""

    name: str
    day: str
    rows: int


class Commit(Record, frozen=True, kw_only=True):
    """One chunk of the log. Holds no time of writing: the same chunk gives the same bytes."""

    chunk: str
    sequence: int  # order of commit; where rows repeat, the first committed stays
    source: str
    format: str
    size: int  # bytes
    extent: Extent | None  # None where a chunk cannot grow, as in Parquet
    contains: tuple[str, ...]  # chunks that this one begins with: they cease to exist
    rows: int
    repeated: int  # rows left out because the chunk held their exchange_id already
    first_us: int | None
    last_us: int | None
    parts: tuple[Part, ...]
    columns: dict[str, int]  # rows that are not NULL, by column
    faults: tuple[Fault, ...]


class Coverage(Record, frozen=True, kw_only=True):
    """What a lake holds. Shares are of the stored rows, those retracted as duplicates with them."""

    rows: int
    chunks: int
    duplicates: int
    columns: dict[str, float]  # share of rows that are not NULL; empty for an empty lake
    quarantined: int
    faults: tuple[Fault, ...]
    first: datetime | None
    last: datetime | None
    days_held: int  # UTC days with an exchange

    @property
    def days(self) -> float:
        """Length of the log that a budget is spent on: never under a day."""
        return max(log_days(self.first, self.last, self.days_held), 1.0)


def log_days(first: datetime | None, last: datetime | None, held: int) -> float:
    """Length of a log in days, at most `held`, those with an exchange: one row whose clock was wrong by years must not
    buy years of budget, or spend them."""
    return 0.0 if first is None or last is None else min((last - first) / timedelta(days=1), held)


def summed(commits: Iterable[Commit], retracted: int) -> Coverage:
    """The commits added up; `retracted` rows are stored but do not count."""
    commits = tuple(commits)
    stored = sum(commit.rows for commit in commits)
    filled: dict[str, int] = {}
    faults: dict[str, Fault] = {}
    for commit in commits:
        for name, count in commit.columns.items():
            filled[name] = filled.get(name, 0) + count
        for fault in commit.faults:
            known = faults.get(fault.reason)
            example = known.example if known else fault.example
            rows = fault.rows + (known.rows if known else 0)
            faults[fault.reason] = Fault(reason=fault.reason, rows=rows, example=example)
    first = min((commit.first_us for commit in commits if commit.first_us is not None), default=None)
    last = max((commit.last_us for commit in commits if commit.last_us is not None), default=None)
    return Coverage(
        rows=stored - retracted,
        chunks=len(commits),
        duplicates=retracted + sum(commit.repeated for commit in commits),
        columns={name: count / stored for name, count in filled.items()} if stored else {},
        quarantined=sum(fault.rows for fault in faults.values()),
        faults=tuple(sorted(faults.values(), key=lambda fault: (-fault.rows, fault.reason))),
        first=None if first is None else EPOCH + timedelta(microseconds=first),
        last=None if last is None else EPOCH + timedelta(microseconds=last),
        days_held=len({part.day for commit in commits for part in commit.parts}),
    )


def part_key(name: str) -> int:
    """The signed 64-bit integer that stands for a part in its rows: what a retraction points at."""
    return int.from_bytes(xxhash.xxh3_64_digest(name.encode()), "little", signed=True)


def key_fingerprint(key: bytes | None) -> str | None:
    """Tells two hash keys apart without revealing either: keyed BLAKE2b of a fixed word."""
    if key is None:
        return None
    # BLAKE2b takes at most 64 bytes of key; a longer one is digested first, as HMAC does.
    usable = key if len(key) <= 64 else blake2b(key).digest()
    return blake2b(b"stillwatch lake", key=usable, digest_size=16).hexdigest()


def replace_file(path: Path, data: bytes, *, mode: int = 0o644) -> None:
    """Write a file whole or not at all: a temporary name, fsync, rename, fsync of the folder."""
    temporary = path.with_name(path.name + ".tmp")
    temporary.unlink(missing_ok=True)
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(handle, "wb") as sink:
        sink.write(data)
        sink.flush()
        os.fsync(sink.fileno())
    temporary.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder survive a power cut."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
