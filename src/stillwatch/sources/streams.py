"""The bytes of a file, plain or compressed, in bounded pieces; a stream that breaks off says where."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from pathlib import Path

import xxhash
import zstandard

__all__ = ["BrokenStream", "compression", "file_digest", "pieces"]

PIECE_BYTES = 8 << 20  # small enough that rows and columns of a piece stay near the processor
# A zstd block of 4 bytes may stand for 128 KiB, so little input at a time keeps a bomb's output small.
_ZSTD_INPUT_BYTES = 1 << 10
_READ_BYTES = 1 << 20
_EDGE_BYTES = 64 << 10


class BrokenStream(Exception):
    """The compressed stream ends in the middle or is damaged. What came before it was handed out."""


def compression(path: Path) -> str | None:
    """`gzip` or `zstd` by the file's first bytes, whatever its name; None: plain."""
    with path.open("rb") as file:
        head = file.read(4)
    if head[:2] == b"\x1f\x8b":
        return "gzip"
    return "zstd" if head == b"\x28\xb5\x2f\xfd" else None


def file_digest(path: Path) -> str:
    """A name for the file's content: XXH3 of its size, first and last 64 KiB. Path and times play no part."""
    size = path.stat().st_size
    digest = xxhash.xxh3_128(str(size).encode())
    with path.open("rb") as file:
        digest.update(file.read(_EDGE_BYTES))
        file.seek(max(0, size - _EDGE_BYTES))
        digest.update(file.read(_EDGE_BYTES))
    return str(digest.hexdigest())[:24]


def pieces(path: Path, start: int = 0) -> Iterator[bytes]:
    """The decompressed bytes in pieces of some 8 MiB; a plain file from byte `start` on.

    Raises BrokenStream after the last readable piece where the compression ends early or is damaged.
    """
    kind = compression(path)
    if kind is None:
        with path.open("rb") as file:
            file.seek(start)
            while data := file.read(PIECE_BYTES):
                yield data
        return
    held: list[bytes] = []
    size = 0
    fault: str | None = None
    try:
        for part in _gzip(path) if kind == "gzip" else _zstd(path):
            held.append(part)
            size += len(part)
            if size >= PIECE_BYTES:
                yield b"".join(held)
                held, size = [], 0
    except BrokenStream as error:
        fault = str(error)
    if held:
        yield b"".join(held)
    if fault:
        raise BrokenStream(fault)


def _gzip(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        data = file.read(_READ_BYTES)
        while data.strip(b"\0"):  # gzip files may be padded with zeros
            member = zlib.decompressobj(wbits=31)
            while not member.eof:
                try:
                    out = member.decompress(data, PIECE_BYTES)
                except zlib.error:
                    raise BrokenStream("the gzip stream is damaged") from None
                if out:
                    yield out
                data = member.unconsumed_tail
                if not data and not member.eof:
                    data = file.read(_READ_BYTES)
                    if not data and not out:
                        raise BrokenStream("the gzip stream ends in the middle: the file is truncated")
            data = member.unused_data or file.read(_READ_BYTES)


def _zstd(path: Path) -> Iterator[bytes]:
    reader = zstandard.ZstdDecompressor()
    with path.open("rb") as file:
        data = file.read(_ZSTD_INPUT_BYTES)
        while data:
            frame = reader.decompressobj()
            while not frame.eof:
                if not data:
                    raise BrokenStream("the zstd stream ends in the middle: the file is truncated")
                try:
                    out = frame.decompress(data)
                except zstandard.ZstdError as error:
                    long = "memory" in str(error).lower()
                    raise BrokenStream(
                        "the zstd frame needs a long window: decompress it with `zstd -d --long=31` first"
                        if long
                        else "the zstd stream is damaged"
                    ) from None
                if out:
                    yield out
                data = b"" if frame.eof else file.read(_ZSTD_INPUT_BYTES)
            data = frame.unused_data or file.read(_ZSTD_INPUT_BYTES)
