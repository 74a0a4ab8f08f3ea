"""Texts cut into windows that a model can take, in batches of bounded memory; and what can predict them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from stillwatch.provenance.watermark.pairs import Texts
from stillwatch.provenance.watermark.radioactivity.positions import window_starts

__all__ = ["Batch", "Predictor", "batches"]

MEMORY = 32 * 2**20
"""Bytes that one batch's probabilities may take: rows of float32 over the whole vocabulary. Larger is not faster."""

FEWEST = 512
"""Tokens of a batch at least, as models are slow on fewer; a vocabulary of 128,000 then takes more than `MEMORY`."""


@dataclass(frozen=True)
class Batch:
    """`inputs` int64[b, length], padded on the right with 0. The token at `positions[i]` (int64[m], into
    `texts.tokens`) is predicted by what follows `inputs[rows[i], : columns[i] + 1]`."""

    texts: Texts
    inputs: NDArray[np.int64]
    positions: NDArray[np.int64]
    rows: NDArray[np.int64]
    columns: NDArray[np.int64]


class Predictor(Protocol):
    """Next-token probabilities: a model, or counts of a text. No key enters.

    `vocabulary`: how many tokens it knows. `longest`: most tokens it takes at once. `reach`: how many tokens before a
    position its answer depends on, None for all of them. `probabilities(batch)`: float32[m, vocabulary].
    """

    @property
    def vocabulary(self) -> int: ...
    @property
    def longest(self) -> int: ...
    @property
    def reach(self) -> int | None: ...
    def probabilities(self, batch: Batch) -> NDArray[np.float32]: ...


def batches(texts: Texts, positions: NDArray[np.int64], window: int, vocabulary: int) -> Iterator[Batch]:
    """Batches that together cover `positions` (sorted), each once; windows of like length lie together."""
    if not len(positions):
        return
    starts = window_starts(texts, positions, window)
    first = np.flatnonzero(np.concatenate([[True], starts[1:] != starts[:-1]]))
    last = np.concatenate([first[1:], [len(positions)]])
    begins, lengths = starts[first], positions[last - 1] - starts[first]
    order = np.argsort(lengths, kind="stable")
    most = max(FEWEST, MEMORY // (4 * vocabulary))
    at = 0
    while at < len(order):
        # Lengths rise, so a batch of k windows from here takes k times the k-th length.
        ahead = lengths[order[at : at + most]] * np.arange(1, min(most, len(order) - at) + 1)
        end = at + max(1, int(np.searchsorted(ahead, most, "right")))
        chosen = order[at:end]
        at = end
        length = int(lengths[chosen].max())
        index = begins[chosen][:, None] + np.arange(length)
        inside = np.arange(length) < lengths[chosen][:, None]
        inputs = np.where(inside, texts.tokens[np.minimum(index, len(texts.tokens) - 1)], 0).astype(np.int64)
        counts = last[chosen] - first[chosen]
        rows = np.repeat(np.arange(len(chosen)), counts)
        within = np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts)
        covered = positions[np.repeat(first[chosen], counts) + within]
        yield Batch(texts, inputs, covered, rows, covered - 1 - begins[chosen][rows])
