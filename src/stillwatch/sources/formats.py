"""The readers, in the order in which they are asked whether a record is theirs: the most particular first."""

from __future__ import annotations

from collections.abc import Iterable

from stillwatch.errors import BadInput
from stillwatch.sources.anthropic import ANTHROPIC
from stillwatch.sources.base import Record, Source
from stillwatch.sources.batch_files import ANTHROPIC_BATCH, OPENAI_BATCH
from stillwatch.sources.litellm import LITELLM, LITELLM_SPENDLOGS
from stillwatch.sources.native import NATIVE
from stillwatch.sources.openai import OPENAI
from stillwatch.sources.openinference import OPENINFERENCE
from stillwatch.sources.otel import OTEL

__all__ = ["FORMATS", "recognise", "source_named"]

FORMATS: tuple[Source, ...] = (
    NATIVE,
    OPENINFERENCE,
    OTEL,
    LITELLM,
    LITELLM_SPENDLOGS,
    OPENAI_BATCH,
    ANTHROPIC_BATCH,
    ANTHROPIC,
    OPENAI,
)


def source_named(name: str) -> Source:
    """The reader of that name; raises BadInput listing the names there are."""
    for source in FORMATS:
        if source.name == name:
            return source
    known = ", ".join(source.name for source in FORMATS)
    raise BadInput(f"there is no format {name!r}: --format takes one of {known}")


def recognise(records: Iterable[Record]) -> Source | None:
    """The reader that knows most of `records`; of equals the first in FORMATS. None: nobody knows any of them."""
    votes = [0] * len(FORMATS)
    for record in records:
        for number, source in enumerate(FORMATS):
            if source.sniff(record):
                votes[number] += 1
                break
    best = max(votes)
    return FORMATS[votes.index(best)] if best else None
