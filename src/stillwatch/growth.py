"""Which planned chunks are new, and which only continue a chunk that is in the lake already.

A plain log file is cut at fixed bytes, so when it grows only its last chunk changes: the new one begins with the
same bytes as the old one. It is read again from its own start (at most one chunk is), and takes the old one's
place in the same commit. So a last line that was half written is mended too, and no row is there twice.

A chunk is known by its format, place, length, first and last bytes: a file that was moved or copied is the same
file. A log may grow; one that is edited in place keeps its chunks unless their length or their edges change. A chunk
of which no row could be used is read again as another format, and what that makes of it takes its place.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import BinaryIO

import xxhash

from stillwatch.commits import Commit, Extent
from stillwatch.errors import BadInput
from stillwatch.sources import Chunk

__all__ = ["NewChunk", "measure", "strangers", "survey"]

HEAD_BYTES = 4096
EDGE_BYTES = 16 << 10
BLOCK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class NewChunk:
    """A chunk to read, under the lake's own `id`. It takes the place of the chunks in `contains`."""

    id: str
    chunk: Chunk
    length: int  # bytes from `chunk.start` to the end of the last line that begins before `chunk.end`
    contains: tuple[str, ...] = ()

    @property
    def can_grow(self) -> bool:
        """Whether `chunk.start` is a place in bytes, so that a longer chunk may begin with this one."""
        return self.chunk.framing != "row-groups"


@dataclass(slots=True)
class Beginning:
    """Bytes that a longer chunk may begin with: of a commit (digest known), or of a planned chunk."""

    length: int
    digest: str | None
    ids: tuple[str, ...]
    planned: NewChunk | None = None
    refused: str | None = None  # the format as which not one of its rows could be used

    def settled(self) -> str:
        if self.digest is None:
            assert self.planned is not None  # noqa: S101 - one of the two is always given
            self.digest = _digests(self.planned, {self.length})[self.length]
        return self.digest


def survey(chunks: Sequence[Chunk], commits: Iterable[Commit]) -> list[NewChunk]:
    """The chunks that the lake lacks, in the order of the plan, without those that another of them begins with.

    Raises BadInput where a file is gone, or shorter than it was when it was planned.
    """
    commits = tuple(commits)
    known = {chunk for commit in commits for chunk in (commit.chunk, *commit.contains)}
    fresh: dict[str, NewChunk] = {}
    for chunk in chunks:
        length, identity = _identity(chunk)
        if identity not in known:
            fresh.setdefault(identity, NewChunk(identity, chunk, length))

    # By where they start, how long their head is (the first 4096 bytes, or all) and its digest.
    beginnings: dict[int, dict[int, dict[str, list[Beginning]]]] = defaultdict(
        lambda: defaultdict(lambda: defaultdict(list))
    )
    for commit in commits:
        extent = commit.extent
        if extent is not None:
            refused = None if commit.rows else commit.format
            beginning = Beginning(extent.length, extent.digest, (commit.chunk, *commit.contains), refused=refused)
            beginnings[extent.start][min(extent.length, HEAD_BYTES)][extent.head].append(beginning)

    gone: set[str] = set()
    for new in sorted(fresh.values(), key=lambda new: new.length):
        if not new.can_grow:
            continue
        here = beginnings[new.chunk.start]
        size = min(new.length, HEAD_BYTES)
        heads = _digests(new, {size, *(known_size for known_size in here if known_size <= size)})
        near = [beginning for length, head in heads.items() for beginning in here.get(length, {}).get(head, ())]
        whole = _digests(new, {beginning.length for beginning in near if beginning.length > HEAD_BYTES})
        whole |= heads
        same = [beginning for beginning in near if beginning.settled() == whole.get(beginning.length)]
        if any(one.length == new.length and one.refused in (None, new.chunk.format) for one in same):
            gone.add(new.id)  # the same bytes under another id
            continue
        contains = tuple(sorted({identity for beginning in same for identity in beginning.ids}))
        gone.update(contains)
        fresh[new.id] = NewChunk(new.id, new.chunk, new.length, contains)
        here[size][heads[size]].append(Beginning(new.length, None, (new.id, *contains), new))
    return [new for new in fresh.values() if new.id not in gone]


def strangers(chunks: Sequence[Chunk], commits: Iterable[Commit]) -> list[Commit]:
    """Commits of what is not among `chunks`, not even as the beginning of one that has grown. Raises as `survey`."""
    commits = tuple(commits)
    named = {_identity(chunk)[1] for chunk in chunks}
    named |= {identity for new in survey(chunks, commits) for identity in new.contains}
    return [commit for commit in commits if commit.chunk not in named]


def measure(new: NewChunk) -> Extent | None:
    """The extent of a chunk, to be kept with its commit; None where a chunk cannot grow."""
    if not new.can_grow:
        return None
    size = min(new.length, HEAD_BYTES)
    digests = _digests(new, {size, new.length})
    return Extent(start=new.chunk.start, length=new.length, head=digests[size], digest=digests[new.length])


def _digests(new: NewChunk, lengths: set[int]) -> dict[int, str]:
    """xxh3-128 of the chunk's first bytes, for each length, in one pass."""
    found: dict[int, str] = {}
    state = xxhash.xxh3_128()
    done = 0
    try:
        with new.chunk.path.open("rb", buffering=0) as source:
            source.seek(new.chunk.start)
            for length in sorted(lengths):
                while done < length:
                    block = source.read(min(BLOCK_BYTES, length - done))
                    if not block:
                        raise BadInput(_shortened(new.chunk))
                    state.update(block)
                    done += len(block)
                found[length] = state.hexdigest()
    except FileNotFoundError:
        raise BadInput(f"{new.chunk.path}: gone since it was planned. Ingest again.") from None
    return found


def _identity(chunk: Chunk) -> tuple[int, str]:
    """The chunk's length in bytes, to the end of the line that begins before its end, and the lake's id for it.

    The source's own id serves only where places are not bytes: it names the whole file, and so changes in every
    chunk when the file grows.
    """
    if chunk.framing == "row-groups":
        return chunk.size, chunk.id
    try:
        with chunk.path.open("rb", buffering=0) as source:
            size = source.seek(0, os.SEEK_END)
            if size < chunk.end:
                raise BadInput(_shortened(chunk))
            end = _line_end(source, chunk.end) if chunk.framing == "lines" else chunk.end
            length = end - chunk.start
            state = xxhash.xxh3_128(f"{chunk.format} {chunk.start} {length} ".encode())
            for place in (chunk.start, max(chunk.start, end - EDGE_BYTES)):
                source.seek(place)
                state.update(source.read(min(EDGE_BYTES, length)))
    except FileNotFoundError:
        raise BadInput(f"{chunk.path}: gone since it was planned. Ingest again.") from None
    return length, state.hexdigest()


def _line_end(source: BinaryIO, end: int) -> int:
    """Where the line ends that holds byte `end` - 1: after its newline, or with the file."""
    place = source.seek(max(end - 1, 0))
    while block := source.read(EDGE_BYTES):
        cut = block.find(b"\n")
        if cut >= 0:
            return place + cut + 1
        place += len(block)
    return place


def _shortened(chunk: Chunk) -> str:
    return (
        f"{chunk.path}: shorter than when it was planned, so it is being rewritten. "
        "Ingest again once it is complete; a log file may only grow."
    )
