"""Which files are read, by whom, and in which parts."""

from __future__ import annotations

import filecmp
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from stillwatch.errors import BadInput, NothingToRead
from stillwatch.sources.base import Chunk, Plan, Source
from stillwatch.sources.formats import source_named
from stillwatch.sources.heads import Head, look
from stillwatch.sources.streams import compression, file_digest
from stillwatch.sources.tables import TABLES, table_name

__all__ = ["plan"]

_CHUNK_BYTES = 32 << 20
_SUFFIXES = frozenset({".json", ".jsonl", ".ndjson", ".parquet", ".log"})
_PACKED = frozenset({".gz", ".zst"})


def plan(paths: Sequence[Path], *, format: str | None = None, chunk_bytes: int = _CHUNK_BYTES) -> Plan:  # noqa: A002
    """The chunks of all files under `paths`, and their side tables; `format` forces one reader for all.

    A folder is walked: hidden files, links and files of other kinds are skipped and listed. A file that is
    named itself, or has a log's suffix, must be readable and recognised. Raises BadInput where one is not and
    NothingToRead where nothing at all is left.
    """
    forced = source_named(format) if format is not None else None
    chunk_bytes = max(1, chunk_bytes)
    skipped: list[tuple[Path, str]] = []
    tables: dict[str, Path] = {}
    seen: dict[str, Path] = {}
    found: list[tuple[Path, Head, str]] = []
    for path in _files(paths, tables, skipped):
        head = look(path, forced)
        if head.source is None:
            skipped.append((path, "empty file"))
            continue
        digest = file_digest(path)
        other = seen.get(digest)
        if other is not None and filecmp.cmp(path, other, shallow=False):
            skipped.append((path, f"the same content as {other}"))
            continue
        if other is not None:  # equal size, start and end but another middle
            digest = f"{digest}-{len(found)}"
        seen[digest] = path
        found.append((path, head, digest))
    if not found:
        why = "; ".join(f"{path}: {reason}" for path, reason in skipped[:5])
        if not why:
            folders = ", ".join(map(str, paths))
            why = (
                f"no file in {folders}: name a log file, or a folder that holds one" if folders else "no file was given"
            )
        raise NothingToRead(f"nothing to read: {why}")
    chunks = [chunk for path, head, digest in found for chunk in _chunks(path, head, digest, chunk_bytes)]
    return Plan(tuple(_with_peers(chunks)), tables, tuple(skipped))


def _files(paths: Sequence[Path], tables: dict[str, Path], skipped: list[tuple[Path, str]]) -> Iterator[Path]:
    given: set[Path] = set()
    for path in paths:
        if path.is_dir():
            files = _walk(path, tables, skipped)
        elif not path.exists():
            raise BadInput(f"{path}: there is no such file or folder")
        elif not path.is_file():
            raise BadInput(f"{path}: is neither a file nor a folder")
        elif table_name(path):
            _note_table(path, tables)
            continue
        else:
            files = iter((path,))
        for file in files:
            real = file.resolve()
            if real in given:
                skipped.append((file, "given twice"))
                continue
            given.add(real)
            yield file


def _walk(folder: Path, tables: dict[str, Path], skipped: list[tuple[Path, str]]) -> Iterator[Path]:
    """The log files of a folder in order of name. Where it has `exchanges`, only these are the log."""
    try:
        entries = sorted(folder.iterdir())
    except OSError as error:
        raise BadInput(f"{folder}: cannot be read: {error.strerror or error}") from None
    named = any(_stem(entry) == "exchanges" and not entry.is_symlink() for entry in entries)
    for entry in entries:
        if table_name(entry) and entry.is_file() and not entry.is_symlink():
            _note_table(entry, tables)
        elif named and _stem(entry) != "exchanges":
            skipped.append((entry, "beside a folder or file named exchanges, which is the log"))
        else:
            yield from _below(entry, tables, skipped, table_ok=not named)


def _below(entry: Path, tables: dict[str, Path], skipped: list[tuple[Path, str]], *, table_ok: bool) -> Iterator[Path]:
    if entry.name.startswith((".", "_")):
        skipped.append((entry, "hidden"))
    elif entry.is_symlink():
        skipped.append((entry, "a link: give its target by name to read it"))
    elif entry.is_dir():
        try:
            inner = sorted(entry.iterdir())
        except OSError as error:
            raise BadInput(f"{entry}: cannot be read: {error.strerror or error}") from None
        for below in inner:
            yield from _below(below, tables, skipped, table_ok=table_ok)
    elif not entry.is_file():
        skipped.append((entry, "no regular file"))
    elif table_ok and table_name(entry):
        _note_table(entry, tables)
    elif _suffix(entry) in _SUFFIXES:
        yield entry
    else:
        skipped.append((entry, f"not a log by its name (none of {', '.join(sorted(_SUFFIXES))}, with .gz or .zst)"))


def _stem(path: Path) -> str:
    return path.name.split(".", 1)[0]


def _suffix(path: Path) -> str:
    name = path.with_suffix("") if path.suffix.lower() in _PACKED else path
    return name.suffix.lower()


def _note_table(path: Path, tables: dict[str, Path]) -> None:
    name = table_name(path)
    assert name in TABLES  # noqa: S101 - the callers ask first
    other = tables.setdefault(name, path)
    if other.resolve() != path.resolve():
        raise BadInput(f"{path}: there is already a table of {name}, {other}: give one of them")


def _chunks(path: Path, head: Head, digest: str, chunk_bytes: int) -> Iterator[Chunk]:
    source = head.source
    assert isinstance(source, Source)  # noqa: S101 - files without one were skipped
    size = path.stat().st_size

    def chunk(start: int, end: int, share: int) -> Chunk:
        name = f"{digest}-{source.name}-{start:x}-{end:x}"
        return Chunk(path, source.name, start, end, share, name, digest, head.framing)

    if head.framing == "row-groups":
        start = held = 0
        for number, group in enumerate(head.row_groups):
            if held and held + group > chunk_bytes:
                yield chunk(start, number, held)
                start, held = number, 0
            held += group
        yield chunk(start, len(head.row_groups), held)
    elif head.framing == "document" or compression(path) is not None:
        yield chunk(0, size, size)
    else:
        for start in range(0, size, chunk_bytes):
            end = min(size, start + chunk_bytes)
            yield chunk(start, end, end - start)


def _with_peers(chunks: Sequence[Chunk]) -> Iterator[Chunk]:
    """Names to each chunk the files in which its records' other halves may stand: of its folder, else of the plan."""
    by_format: dict[str, dict[Path, bool]] = defaultdict(dict)
    for chunk in chunks:
        by_format[chunk.format][chunk.path] = chunk.framing == "lines"
    for chunk in chunks:
        if source_named(chunk.format).keys is None or chunk.framing == "row-groups":
            yield chunk
            continue
        every = tuple(by_format[chunk.format].items())
        beside = tuple(item for item in every if item[0].parent == chunk.path.parent)
        yield replace(chunk, peers=beside if len(beside) > 1 else every)
