"""One chunk to its batches, whatever its format and framing."""

from __future__ import annotations

from collections.abc import Iterator

from stillwatch.errors import BadInput
from stillwatch.sources.base import Batch, Chunk
from stillwatch.sources.batches import read_text
from stillwatch.sources.formats import source_named
from stillwatch.sources.parquet import read_row_groups

__all__ = ["read"]


def read(chunk: Chunk) -> Iterator[Batch]:
    """The batches of `chunk`: each record of it is a row of a batch's table or one of its rejected.

    Raises BadInput where the file has gone or cannot be opened any more.
    """
    source = source_named(chunk.format)
    try:
        yield from read_row_groups(chunk, source) if chunk.framing == "row-groups" else read_text(chunk, source)
    except OSError as error:
        raise BadInput(f"{chunk.path}: cannot be read: {error.strerror or error}") from None
