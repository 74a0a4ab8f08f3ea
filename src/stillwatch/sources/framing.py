"""Bytes to records: lines of a byte range, or the values of a JSON document, each with its place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from stillwatch.sources.base import MAX_RAW_BYTES, MAX_RECORD_BYTES
from stillwatch.sources.streams import BrokenStream

__all__ = ["Block", "Unread", "documents", "lines"]

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_STRUCTURE = re.compile(rb'["{}\[\]]')
_STRING = re.compile(rb'[^"\\]*+(?:\\.[^"\\]*+)*+', re.DOTALL)  # up to its end, or to the end of what was read
_SCALAR = re.compile(rb'[^\s,\[\]{}"]++')
_BETWEEN = re.compile(rb"[\s,\x1e]*+")
_QUOTE, _OPEN_LIST, _CLOSE_LIST = b'"[]'


@dataclass(frozen=True, slots=True)
class Block:
    """Whole lines, or one value of a document, from byte `offset` on."""

    offset: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Unread:
    """Bytes from `offset` on that cannot be records: too long, or the stream broke off. `head`: the first of them."""

    offset: int
    reason: str
    head: bytes


def lines(stream: Iterable[bytes], start: int = 0, end: int | None = None) -> Iterator[Block | Unread]:
    """The lines that begin at bytes `start` ≤ b < `end`, in blocks of whole lines; the last may lack its newline.

    `stream` begins at byte `start`, or one byte before it where start > 0: the newline that ends the line before
    must be seen. No line over 64 MiB is held in memory.
    """
    offset = max(0, start - 1)  # of pending[0]
    pending = b""
    dropping = start > 0  # through the end of a line that is another chunk's, or is too long
    long: Unread | None = None
    broken: str | None = None
    for piece in _until_broken(stream):
        if isinstance(piece, str):
            broken = piece
            break
        if offset == 0 and not pending and piece.startswith(_BYTE_ORDER_MARK):
            piece, offset = piece[3:], 3
        if pending:
            newline = piece.find(b"\n")
            if len(pending) + (newline if newline >= 0 else len(piece)) > MAX_RECORD_BYTES:
                long, dropping = _too_long(offset, pending), True
                offset += len(pending)
                pending = b""
        if dropping:
            newline = piece.find(b"\n")
            offset += newline + 1 if newline >= 0 else len(piece)
            if newline >= 0:
                dropping = False
                if long:
                    yield long
                long = None
                piece = piece[newline + 1 :]
            if not long and end is not None and offset >= end:
                return
            if dropping:
                continue
        buffer = pending + piece
        if end is not None and offset + len(buffer) >= end:
            cut = buffer.find(b"\n", end - 1 - offset)  # ends the last line that begins before `end`
            if cut >= 0:
                yield Block(offset, buffer[: cut + 1])
                return
        cut = buffer.rfind(b"\n")
        if cut >= 0:
            yield Block(offset, buffer[: cut + 1])
        pending = buffer[cut + 1 :]
        offset += cut + 1
    if long:
        yield long
    if broken:
        yield Unread(offset, broken, pending[:MAX_RAW_BYTES])
    elif pending:
        yield Block(offset, pending)


def documents(stream: Iterable[bytes]) -> Iterator[Block | Unread]:
    """The values of concatenated JSON values, one by one; a list at the top gives its items. Newlines play no part.

    Only brackets and strings are looked at: a value that is bad JSON inside is handed out to be refused by the
    decoder and the next one is found all the same; a value that never ends is handed out as it stands.
    """
    scan = _Scan()
    broken: str | None = None
    for piece in _until_broken(stream):
        if isinstance(piece, str):
            broken = piece
            break
        scan.buffer += piece
        yield from scan.values()
        scan.shrink()
    rest = bytes(scan.buffer[scan.begin if scan.begin >= 0 else scan.at :])
    place = scan.offset + max(scan.begin, 0) - scan.lost
    if broken:
        yield Unread(place, broken, rest[:MAX_RAW_BYTES])
    elif scan.lost:
        yield _too_long(place, rest)
    elif rest.strip():
        yield Block(place, rest)


class _Scan:
    """Where the reading of a document stands: a buffer and a position in it, carried from piece to piece."""

    def __init__(self) -> None:
        self.buffer = bytearray()
        self.offset = 0  # of buffer[0] in the stream
        self.at = 0  # scanned up to here
        self.begin = -1  # of the open value; -1 between values
        self.depth = 0
        self.in_string = False
        self.in_list = False  # at the top
        self.lost = 0  # bytes of an overlong value that were let go

    def values(self) -> Iterator[Block | Unread]:
        buffer = self.buffer
        while True:
            if self.in_string:
                if not self._string_ends():
                    return
            elif self.begin < 0:
                if not self._begins():
                    return
                if self.at > self.begin >= 0:  # a bare word or number
                    yield self._value()
                continue
            else:
                mark = _STRUCTURE.search(buffer, self.at)
                if mark is None:
                    self.at = len(buffer)
                    return
                self.at = mark.end()
                byte = buffer[mark.start()]
                if byte == _QUOTE:
                    self.in_string = True
                    continue
                self.depth = max(0, self.depth + (1 if byte in b"{[" else -1))
            if self.depth == 0:
                yield self._value()

    def _string_ends(self) -> bool:
        found = _STRING.match(self.buffer, self.at)
        self.at = found.end() if found else self.at
        if self.at >= len(self.buffer) or self.buffer[self.at] != _QUOTE:
            return False  # it, or an escape in it, goes on in the next piece
        self.at += 1
        self.in_string = False
        return True

    def _begins(self) -> bool:
        """Moves to the next value; False where the buffer holds none."""
        if self.offset == 0 and self.at == 0 and self.buffer.startswith(_BYTE_ORDER_MARK):
            self.at = len(_BYTE_ORDER_MARK)
        between = _BETWEEN.match(self.buffer, self.at)
        self.at = between.end() if between else self.at
        if self.at >= len(self.buffer):
            return False
        byte = self.buffer[self.at]
        if (byte == _OPEN_LIST and not self.in_list) or (byte == _CLOSE_LIST and self.in_list):
            self.in_list = not self.in_list
            self.at += 1
            return True
        self.begin = self.at
        scalar = _SCALAR.match(self.buffer, self.at)
        if scalar:
            self.at = scalar.end()
        return True

    def _value(self) -> Block | Unread:
        data, place = bytes(self.buffer[self.begin : self.at]), self.offset + self.begin - self.lost
        long = self.lost > 0
        self.begin, self.lost = -1, 0
        return _too_long(place, data) if long else Block(place, data)

    def shrink(self) -> None:
        """Lets go what is done, and the middle of a value that has grown too long: only its head is kept."""
        if self.begin >= 0 and self.at - self.begin > MAX_RECORD_BYTES:
            head = self.buffer[self.begin : self.begin + MAX_RAW_BYTES]
            gone = self.at - self.begin - len(head)
            self.buffer = head + self.buffer[self.at :]
            self.offset += self.begin + gone
            self.lost += gone
            self.begin, self.at = 0, len(head)
            return
        done = self.begin if self.begin >= 0 else self.at
        del self.buffer[:done]
        self.offset += done
        self.at -= done
        self.begin = min(self.begin, 0)


def _until_broken(stream: Iterable[bytes]) -> Iterator[bytes | str]:
    """The pieces of `stream`, and last, where it broke off, the reason as text."""
    try:
        yield from stream
    except BrokenStream as error:
        yield str(error)


def _too_long(offset: int, head: bytes) -> Unread:
    return Unread(offset, f"the record is longer than {MAX_RECORD_BYTES >> 20} MiB", head[:MAX_RAW_BYTES])
