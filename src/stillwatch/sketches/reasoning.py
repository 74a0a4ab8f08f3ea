"""Blocks of reasoning: the one that was issued with an answer, and the last one that a request presents.

A provider hands the reasoning behind an answer out as a block (a text, or sealed: a signature, encrypted content), and
clients present it again with the next request. Equal blocks have equal hashes, so a block that turns up where it was
not issued shows. Which words a block holds does not matter and is not kept.
"""

from __future__ import annotations

from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from stillwatch.sketches.buffers import one_chunk, text_of
from stillwatch.sketches.hashing import hash_column

__all__ = ["LEAST_BLOCK", "issued_hashes", "presented_blocks", "presented_hashes"]

MOST_BLOCK = 1024  # characters that are hashed
LEAST_BLOCK = 32  # characters: shorter reasoning ("The user says hello.") is anybody's
# What a request that presents a block must hold somewhere; the user may have written it, too.
_MARKS = '"(?:thinking|redacted_thinking|reasoning|reasoning_content|encrypted_content)"'
_ENVELOPE = 80  # bytes around the system prompt and the one prompt of a request that presents nothing
_SEALED = ("signature", "data", "encrypted_content")


class _Message(msgspec.Struct):
    # Typed as anything: a log that writes a number where a text belongs must not lose its row.
    type: Any = None
    content: Any = None
    reasoning: Any = None
    reasoning_content: Any = None
    summary: Any = None
    encrypted_content: Any = None


_DECODER = msgspec.json.Decoder(list[_Message])


def issued_hashes(reasoning: pa.Array | pa.ChunkedArray, key: bytes | None) -> pa.Array:
    """int64 a row: the hash of the block that was issued; NULL where there is none, or next to nothing in it."""
    trimmed = pc.utf8_trim_whitespace(pc.utf8_slice_codeunits(one_chunk(reasoning), 0, MOST_BLOCK))
    long = pc.greater_equal(pc.utf8_length(trimmed), LEAST_BLOCK)
    return hash_column(pc.if_else(long, trimmed, pa.scalar(None, pa.string())), key=key, kind="block")


def presented_hashes(
    messages: pa.Array | pa.ChunkedArray, spoken: list[pa.Array | pa.ChunkedArray], key: bytes | None
) -> pa.Array:
    """int64 a row: the hash of the last block that the request presents; equal to `issued_hashes` of that block.

    `spoken`: the system prompts and prompts. Messages hardly longer than these present nothing and are not read.
    """
    return issued_hashes(presented_blocks(messages, spoken), key)


def presented_blocks(messages: pa.Array | pa.ChunkedArray, spoken: list[pa.Array | pa.ChunkedArray]) -> pa.Array:
    """The last block of each row's messages, as text; NULL where there is none or the messages are no JSON list."""
    column = one_chunk(messages)
    least = pa.scalar(_ENVELOPE + LEAST_BLOCK, pa.int32())
    for words in spoken:
        least = pc.add(least, pc.fill_null(pc.binary_length(words), 0))
    longer = pc.fill_null(pc.greater(pc.binary_length(column), least), False)
    rows = pc.indices_nonzero(longer)
    rows = rows.filter(pc.match_substring_regex(column.take(rows), _MARKS))
    text = text_of(column)
    raw = text.data.data
    found: dict[int, str] = {}
    for row in rows.to_pylist():
        try:
            items = _DECODER.decode(raw[text.offsets[row] : text.offsets[row + 1]])
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            continue
        block = next((block for item in reversed(items) if (block := _block(item))), None)
        if block is not None:
            found[row] = block
    if not found:
        return pa.nulls(len(column), pa.string())
    blocks = [found.get(row) for row in range(len(column))]
    return pa.array([None if one is None else one.encode("utf-8", "replace").decode() for one in blocks], pa.string())


def _block(item: _Message) -> str:
    """The block of one message, in any provider's shape: parts of thinking joined by empty lines."""
    if item.type == "reasoning":
        return _text(item.content) or _text(item.summary) or _first(item.encrypted_content)
    parts = [
        _text(part.get("thinking")) or _first(*(part.get(name) for name in _SEALED))
        for part in (item.content if isinstance(item.content, list) else ())
        if isinstance(part, dict) and part.get("type") in ("thinking", "redacted_thinking", "reasoning")
    ]
    return "\n\n".join(part for part in parts if part) or _text(item.reasoning_content) or _text(item.reasoning)


def _text(value: Any) -> str:
    if isinstance(value, list):
        texts = (part if isinstance(part, str) else part.get("text") for part in value if isinstance(part, (str, dict)))
        return "\n".join(text for text in texts if isinstance(text, str) and text)
    return value if isinstance(value, str) else ""


def _first(*values: Any) -> str:
    return next((value for value in values if isinstance(value, str) and value), "")
