"""What the suspect wrote of each (context, token) pair, against what an unmarked reference would have written.

No key enters here: the table, and every weight made from it, would be the same whatever key is tested next.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from stillwatch.errors import BadInput
from stillwatch.provenance.watermark.pairs import Pairs, Texts
from stillwatch.provenance.watermark.prf import GOLDEN
from stillwatch.provenance.watermark.radioactivity.masses import LEAST, Masses
from stillwatch.provenance.watermark.radioactivity.positions import (
    closed_positions,
    context_hashes,
    contexts_at,
    open_positions,
)
from stillwatch.provenance.watermark.radioactivity.windows import Predictor, batches

__all__ = ["Evidence", "closed_evidence", "closed_growth", "open_evidence", "open_growth"]

CLOSED_WINDOW = 1024
"""Tokens that a reference model is shown at once; less where it takes less."""

OPEN_WINDOW = 256
"""The same in open access, where a context counts once a window: shorter windows leave more to score."""


@dataclass(frozen=True)
class Evidence:
    """One row a pair. `seen` float64[n]: closed, how often the suspect wrote the token after the context; open, its
    probability of doing so, summed over the positions scored. `expected` float64[n]: the same under the reference,
    over the same positions. `tokens` were read. The pairs are those written, and all with `expected` (in open access:
    or `seen`) of at least `masses.LEAST`."""

    pairs: Pairs
    seen: NDArray[np.float64]
    expected: NDArray[np.float64]
    tokens: int
    access: Literal["closed", "open"]


def closed_evidence(texts: Texts, reference: Predictor, width: int, *, padded: bool = False) -> Evidence:
    """From answers alone: `expected` runs the reference over the suspect's own texts (teacher forcing)."""
    return next(closed_growth(texts, reference, width, (texts.written,), padded=padded))


def open_evidence(
    suspect: Predictor, reference: Predictor, contexts: Texts, width: int, *, padded: bool = False
) -> Evidence:
    """From both models' probabilities over the same texts: known outputs of the account, or any text."""
    return next(open_growth(suspect, reference, contexts, width, (contexts.written,), padded=padded))


def closed_growth(
    texts: Texts, reference: Predictor, width: int, sizes: Sequence[int], *, padded: bool = False
) -> Iterator[Evidence]:
    """`closed_evidence` of the first tokens written, for each of the rising `sizes` in tokens, in one pass."""
    hashes = context_hashes(texts, width)
    positions = closed_positions(texts, hashes, width, padded=padded)
    return _Table(texts, hashes, positions, width, None, reference).growth(sizes)


def open_growth(
    suspect: Predictor, reference: Predictor, contexts: Texts, width: int, sizes: Sequence[int], *,
    padded: bool = False,
) -> Iterator[Evidence]:  # fmt: skip
    """`open_evidence` of the first tokens of the contexts, for each of the rising `sizes` in tokens, in one pass."""
    hashes = context_hashes(contexts, width)
    window = min(OPEN_WINDOW, suspect.longest, reference.longest) // 2 * 2
    positions = open_positions(contexts, hashes, width, window, padded=padded)
    return _Table(contexts, hashes, positions, width, suspect, reference).growth(sizes)


class _Table:
    def __init__(
        self, texts: Texts, hashes: NDArray[np.uint64], positions: NDArray[np.int64], width: int,
        suspect: Predictor | None, reference: Predictor,
    ) -> None:  # fmt: skip
        self.texts, self.positions, self.width = texts, positions, width
        self.suspect, self.reference = suspect, reference
        both = [reference] if suspect is None else [reference, suspect]
        longest = min(one.longest for one in both)
        self.window = min(CLOSED_WINDOW if suspect is None else OPEN_WINDOW, longest) // 2 * 2
        self.vocabulary = min(one.vocabulary for one in both)
        if len(texts.tokens) and (highest := int(texts.tokens.max())) >= self.vocabulary:
            raise BadInput(
                f"token {highest:,} is in the texts, but a model knows {self.vocabulary:,} tokens only. "
                "Models and texts must be read with the provider's one tokenizer."
            )
        _, first, self.context = np.unique(hashes[positions], return_index=True, return_inverse=True)
        self.first = positions[first]
        self.hashes = hashes[self.first]
        self.tokens = texts.tokens[positions].astype(np.int64)

    def growth(self, sizes: Sequence[int]) -> Iterator[Evidence]:
        keys = self.context * self.vocabulary + self.tokens
        written, first = np.unique(keys, return_index=True)
        frequency = np.bincount(self.context, minlength=len(self.hashes))
        closed = self.suspect is None
        masses = Masses(frequency, written if closed else np.zeros(0, np.int64), self.vocabulary)
        ends = np.searchsorted(np.cumsum(self.texts.is_written())[self.positions], sizes, "right")
        begin = 0
        for size, end in zip(sizes, ends.tolist(), strict=True):
            self._add(masses, begin, end)
            counts = np.bincount(np.searchsorted(written, keys[:end]), minlength=len(written))
            yield self._evidence(masses, size, written, self.positions[first], counts)
            begin = end

    def _add(self, masses: Masses, begin: int, end: int) -> None:
        positions, context = self.positions[begin:end], self.context[begin:end]
        weights = np.ones(len(positions))
        reach = self.reference.reach
        if self.suspect is None and reach is not None and reach <= self.width:
            # What depends on the context alone is computed once for each.
            context, first, counts = np.unique(context, return_index=True, return_counts=True)
            order = np.argsort(first)
            positions, context, weights = positions[first[order]], context[order], counts[order].astype(np.float64)
        for batch in batches(self.texts, positions, self.window, self.vocabulary):
            at = np.searchsorted(positions, batch.positions)
            expected = self.reference.probabilities(batch)[:, : self.vocabulary]
            own = None if self.suspect is None else self.suspect.probabilities(batch)[:, : self.vocabulary]
            masses.add(context[at], weights[at], expected, own)

    def _evidence(
        self, masses: Masses, size: int, written: NDArray[np.int64], places: NDArray[np.int64],
        counts: NDArray[np.int64],
    ) -> Evidence:  # fmt: skip
        keys, sums = masses.keys, masses.sums
        at = np.minimum(np.searchsorted(written, keys), max(len(written) - 1, 0))
        known = written[at] == keys if len(written) else np.zeros(len(keys), np.bool_)
        count = np.where(known, counts[at], 0) if len(written) else np.zeros(len(keys), np.int64)
        seen = count.astype(np.float64) if self.suspect is None else sums[:, 1]
        least = 0.5 if self.suspect is None else LEAST
        kept = np.flatnonzero((seen >= least) | (sums[:, 0] >= LEAST))
        kept = kept[np.argsort(keys[kept])]
        keys, count = keys[kept], count[kept]
        context, token = keys // self.vocabulary, (keys % self.vocabulary).astype(np.int32)
        pairs = Pairs(
            self.hashes[context] + (token.astype(np.int64) + 1).astype(np.uint64) * GOLDEN,
            contexts_at(self.texts, self.first, self.width)[context],
            token,
            count,
            np.where(count > 0, places[at[kept]], -1) if len(written) else np.full(len(kept), -1, np.int64),
        )
        access: Literal["closed", "open"] = "closed" if self.suspect is None else "open"
        return Evidence(pairs, seen[kept], sums[kept, 0], size, access)
