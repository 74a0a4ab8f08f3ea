"""Documents of a case: their tokens, who wrote them, and where each token stands in its text."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stillwatch.provenance.watermark.pairs import Texts

__all__ = ["Documents"]


@dataclass(frozen=True)
class Documents:
    """`ids` are unique. `accounts` has "" where none is told. `characters` int32[tokens, 2] is where each token stands
    in its document's `written` text, -1 where unknown; `written` has None for documents that came as tokens.

    `files` are (path as given, SHA-256 of its bytes); `left_out` is {reason: documents}."""

    texts: Texts
    ids: tuple[str, ...]
    accounts: tuple[str, ...]
    characters: NDArray[np.int32]
    written: tuple[str | None, ...]
    files: tuple[tuple[str, str], ...] = ()
    left_out: tuple[tuple[str, int], ...] = ()

    def __len__(self) -> int:
        return len(self.ids)

    def one(self, index: int) -> Documents:
        """That document alone."""
        texts = self.texts
        start, end = int(texts.offsets[index]), int(texts.offsets[index + 1])
        alone = Texts(texts.tokens[start:end], np.array([0, end - start], np.int64), texts.prompts[index : index + 1])
        return Documents(
            alone, self.ids[index : index + 1], self.accounts[index : index + 1], self.characters[start:end],
            self.written[index : index + 1], self.files,
        )  # fmt: skip

    def characters_of(self, index: int, start: int, end: int) -> tuple[int, int] | None:
        """The characters that tokens [start, end) of a document cover, counted from its first token; None if
        unknown."""
        first = int(self.texts.offsets[index])
        span = self.characters[first + start : first + end]
        known = span[span[:, 0] >= 0]
        return (int(known[:, 0].min()), int(known[:, 1].max())) if len(known) else None
