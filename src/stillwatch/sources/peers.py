"""The other half of a record: found by its key in the files that were planned together."""

from __future__ import annotations

import os
import tempfile
import weakref
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import IO

import msgspec

from stillwatch.sources.base import Record, Source
from stillwatch.sources.framing import Block, documents, lines
from stillwatch.sources.streams import compression, pieces

__all__ = ["PeerIndex", "peer_index", "split_lines"]

_PLACES = 1024  # of one key: more is no record's other half, and would make the join quadratic
_DECODED = 64  # documents kept: neighbours ask for the same one


class PeerIndex:
    """Where each key of a kind stands in `files`. Holds places, not records; a kind is indexed when first asked for.

    Compressed files are decompressed into an unnamed temporary file. Records that cannot be decoded have no key:
    they are refused where they are read themselves.
    """

    def __init__(self, source: Source, files: Sequence[tuple[Path, bool]]):
        self._source = source
        self._files = files
        self._places: dict[str, dict[str, list[tuple[int, int, int]]]] = {}
        self._handles: dict[int, IO[bytes]] = {}
        self.close = weakref.finalize(self, _close, self._handles)
        self._record = lru_cache(maxsize=_DECODED)(self._load)

    def find(self, key: str, /) -> Sequence[Record]:
        kind = key.partition(":")[0]
        if kind not in self._places:
            self._places[kind] = self._index(kind)
        return [self._record(*place) for place in self._places[kind].get(key, ())]

    def _index(self, kind: str) -> dict[str, list[tuple[int, int, int]]]:
        found: dict[str, list[tuple[int, int, int]]] = {}
        if self._source.keys is None:
            return found
        mark, prefix = dict(self._source.marks).get(kind, b""), kind + ":"
        for number, (path, by_lines) in enumerate(self._files):
            for offset, data in _records(path, by_lines):
                if mark not in data:
                    continue
                try:
                    record = msgspec.json.decode(data)
                except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
                    continue
                if isinstance(record, dict):
                    for key in self._source.keys(record):
                        if not key.startswith(prefix):
                            continue
                        places = found.setdefault(key, [])
                        if len(places) < _PLACES:
                            places.append((number, offset, len(data)))
        return found

    def _load(self, number: int, offset: int, length: int) -> Record:
        handle = self._handles.get(number)
        if handle is None:
            handle = self._handles[number] = _seekable(self._files[number][0])
        record: Record = msgspec.json.decode(os.pread(handle.fileno(), length, offset))
        return record


def peer_index(source: Source, files: tuple[tuple[Path, bool], ...]) -> PeerIndex:
    """The index that all chunks of one log share in this process: it is as dear as reading the log once."""
    return _shared(source, files, tuple((path.stat().st_size, path.stat().st_mtime_ns) for path, _ in files))


@lru_cache(maxsize=1)
def _shared(source: Source, files: tuple[tuple[Path, bool], ...], _state: tuple[tuple[int, int], ...]) -> PeerIndex:
    return PeerIndex(source, files)


def _close(handles: dict[int, IO[bytes]]) -> None:
    for handle in handles.values():
        handle.close()
    handles.clear()


def split_lines(block: Block) -> Iterator[tuple[int, bytes]]:
    """The lines of `block` that are not blank, each with its offset."""
    offset = block.offset
    for line in block.data.split(b"\n"):
        if line and not line.isspace():
            yield offset, line
        offset += len(line) + 1


def _records(path: Path, by_lines: bool) -> Iterator[tuple[int, bytes]]:
    stream = pieces(path)
    for part in lines(stream) if by_lines else documents(stream):
        if isinstance(part, Block):
            if by_lines:
                yield from split_lines(part)
            else:
                yield part.offset, part.data


def _seekable(path: Path) -> IO[bytes]:
    if compression(path) is None:
        return path.open("rb")
    unpacked = tempfile.TemporaryFile(prefix="stillwatch-")  # noqa: SIM115 - lives as long as the index
    for block in lines(pieces(path)):
        if isinstance(block, Block):
            unpacked.seek(block.offset)
            unpacked.write(block.data)
    unpacked.flush()
    return unpacked
