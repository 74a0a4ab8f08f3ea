"""A chunk of text to batches of exchanges: nothing is dropped, every record is an exchange or is rejected."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from stillwatch.sources.base import MAX_RAW_BYTES, Batch, Chunk, NoPeers, Peers, Rejected, Source
from stillwatch.sources.columns import exchanges_table
from stillwatch.sources.exchange import Exchange, Refusal
from stillwatch.sources.framing import Block, Unread, documents, lines
from stillwatch.sources.keys import mask
from stillwatch.sources.peers import peer_index, split_lines
from stillwatch.sources.streams import compression, pieces

__all__ = ["Gathered", "decode_fault", "read_text"]

BATCH_ROWS = 16_384
BATCH_BYTES = 32 << 20

_LONE_SURROGATE = re.compile(
    rb"(?<!\\)((?:\\\\)*)(?:(\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})|\\u[dD][89a-fA-F][0-9a-fA-F]{2})"
)
_EXCHANGE = msgspec.json.Decoder(Exchange, strict=False)
_ANY = msgspec.json.Decoder(dict[str, Any])
_FAULTS = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


class Gathered:
    """Rows on their way to a batch, each with its place and bytes, and the records that were refused."""

    def __init__(self, chunk: Chunk, suffix: str = ""):
        self._chunk = chunk
        self._suffix = suffix
        self._rows: list[Exchange] = []
        self._places: list[tuple[str, str, bytes]] = []  # (id part, place, raw)
        self._rejected: list[Rejected] = []
        self._bytes = 0

    @property
    def full(self) -> bool:
        return len(self._rows) + len(self._rejected) >= BATCH_ROWS or self._bytes >= BATCH_BYTES

    @property
    def empty(self) -> bool:
        return not self._rows and not self._rejected

    def add(self, row: Exchange | Refusal, part: str, place: str, raw: bytes) -> None:
        """One row or refusal; `part` makes its id unique inside the file."""
        if not self._places or self._places[-1][2] is not raw:
            self._bytes += len(raw)
        if isinstance(row, Refusal):
            self.reject(place, row.reason, raw)
        else:
            self._rows.append(row)
            self._places.append((part, place, raw))

    def reject(self, place: str, reason: str, raw: bytes) -> None:
        cut = mask(raw[:MAX_RAW_BYTES])[:MAX_RAW_BYTES]
        self._rejected.append(Rejected(str(self._chunk.path), place + self._suffix, reason, cut))

    def batch(self) -> Batch:
        """What was gathered, and starts anew."""
        table, reasons = exchanges_table(self._rows, lambda row: f"{self._chunk.file_id}-{self._places[row][0]}")
        for row in sorted(reasons):
            _, place, raw = self._places[row]
            self.reject(place, reasons[row], raw)
        batch = Batch(table, tuple(self._rejected))
        self._rows, self._places, self._rejected, self._bytes = [], [], [], 0
        return batch


def read_text(chunk: Chunk, source: Source) -> Iterator[Batch]:
    """The batches of a line or document chunk, plain or compressed, in the order of the file."""
    packed = compression(chunk.path) is not None
    gathered = Gathered(chunk, " of the decompressed text" if packed else "")
    peers: Peers = peer_index(source, chunk.peers) if source.keys is not None and chunk.peers else NoPeers()
    for part in _framed(chunk, packed):
        if isinstance(part, Unread):
            gathered.reject(f"byte {part.offset}", part.reason, part.head)
            continue
        if source.native and chunk.framing == "lines":
            whole = _whole(part, gathered, chunk)
            if whole is not None:
                yield whole
                continue
        records = split_lines(part) if chunk.framing == "lines" else ((part.offset, part.data),)
        for offset, raw in records:
            _gather(gathered, source, peers, offset, raw)
            if gathered.full:
                yield gathered.batch()
    if not gathered.empty:
        yield gathered.batch()


def decode_fault(error: Exception) -> str:
    """Why a record cannot be decoded, in words that hold nothing of its content."""
    if isinstance(error, UnicodeDecodeError):
        return "not valid UTF-8"
    if isinstance(error, RecursionError):
        return "nested too deeply"
    if isinstance(error, msgspec.ValidationError):
        return f"a value has the wrong type: {error}"
    return f"not valid JSON: {error}"


def _framed(chunk: Chunk, packed: bool) -> Iterator[Block | Unread]:
    if chunk.framing == "document":
        return documents(pieces(chunk.path))
    if packed:
        return lines(pieces(chunk.path))
    return lines(pieces(chunk.path, max(0, chunk.start - 1)), chunk.start, chunk.end)


def _whole(block: Block, gathered: Gathered, chunk: Chunk) -> Batch | None:
    """The block at once where every line is a good row; None where lines must be looked at one by one."""
    try:
        rows = _EXCHANGE.decode_lines(block.data)
    except _FAULTS:
        return None
    if len(rows) != block.data.count(b"\n") + (not block.data.endswith(b"\n")) or not gathered.empty:
        return None
    places: list[int] = []

    def identify(row: int) -> str:
        if not places:
            places.extend(offset for offset, _ in split_lines(block))
        return f"{chunk.file_id}-{places[row]:x}"

    table, reasons = exchanges_table(rows, identify)
    return None if reasons else Batch(table, ())


def _gather(gathered: Gathered, source: Source, peers: Peers, offset: int, raw: bytes) -> None:
    place = f"byte {offset}"
    try:
        rows = _decoded(source, peers, raw)
    except _FAULTS as error:
        gathered.reject(place, decode_fault(error), raw)
        return
    except (TypeError, ValueError, LookupError, AttributeError, ArithmeticError) as error:
        # A shape that the reader was not made for must not end the run, nor be lost.
        gathered.reject(place, f"the reader of {source.name} cannot make sense of it ({type(error).__name__})", raw)
        return
    for number, row in enumerate(rows):
        part = f"{offset:x}-{number}" if number else f"{offset:x}"
        gathered.add(row, part, place if number == 0 else f"{place} row {number}", raw)


def _decoded(source: Source, peers: Peers, raw: bytes) -> list[Exchange | Refusal]:
    """The rows of one record. Unpaired surrogates, which no text can hold, are read as U+FFFD."""
    decoder = _EXCHANGE if source.native else _ANY
    try:
        record = decoder.decode(raw)
    except msgspec.ValidationError:
        raise
    except msgspec.DecodeError:
        if b"\\u" not in raw:
            raise
        record = decoder.decode(_LONE_SURROGATE.sub(_repaired, raw))
    if isinstance(record, Exchange):
        return [record]
    return list(source.rows(record, peers))


def _repaired(found: re.Match[bytes]) -> bytes:
    return found[1] + (found[2] or b"\\ufffd")
