"""An unmarked reference from text alone: interpolated Kneser-Ney over the reference's own answers.

It knows no more than the last `width` tokens and the answers it was given, where a model knows the whole prefix and all
it was trained on. Its expectations are therefore blunter: the test stays exact, for no key enters, but it loses power,
most of it where the answers are few or the context is wide. A model of the same family is the better reference.
"""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray

from stillwatch.provenance.watermark.pairs import Texts
from stillwatch.provenance.watermark.prf import GOLDEN
from stillwatch.provenance.watermark.radioactivity.positions import context_hashes
from stillwatch.provenance.watermark.radioactivity.windows import Batch

__all__ = ["BackOff"]

DISCOUNT = 0.75
"""Taken off each count and given to shorter contexts: the usual constant of absolute discounting."""


@dataclass(frozen=True)
class _Order:
    """Counts after contexts of one length: context i, `hashes[i]` (sorted), was followed by
    tokens[offsets[i]:offsets[i+1]], so often each."""

    hashes: NDArray[np.uint64]
    offsets: NDArray[np.int64]
    tokens: NDArray[np.int32]
    counts: NDArray[np.float64]


class BackOff:
    """A `Predictor` from answers. `width`: the longest context, that of the scheme."""

    longest = 4096

    def __init__(self, texts: Texts, width: int, vocabulary: int) -> None:
        self.vocabulary = vocabulary
        self._width = width
        places = np.flatnonzero(texts.is_written())
        orders: list[_Order] = []
        for length in range(width, -1, -1):
            order, places = _counted(texts, places, length)
            orders.append(order)
        self._orders = orders[::-1]
        base = np.zeros(vocabulary)
        lowest = self._orders[0]
        total = lowest.counts.sum()
        base[lowest.tokens] = np.maximum(lowest.counts - DISCOUNT, 0) / max(total, 1)
        self._base = base + (1 - base.sum()) / vocabulary

    @property
    def reach(self) -> int:
        return self._width

    def probabilities(self, batch: Batch) -> NDArray[np.float32]:
        rows = np.empty((len(batch.positions), self.vocabulary), np.float32)
        rows[:] = self._base
        for length, order in enumerate(self._orders[1:], start=1):
            wanted = context_hashes(batch.texts, length)[batch.positions]
            at = np.minimum(np.searchsorted(order.hashes, wanted), max(len(order.hashes) - 1, 0))
            found = order.hashes[at] == wanted if len(order.hashes) else np.zeros(len(wanted), np.bool_)
            _interpolate(rows, np.where(found, at, -1), order.offsets, order.tokens, order.counts)
        return rows


def _counted(texts: Texts, places: NDArray[np.int64], length: int) -> tuple[_Order, NDArray[np.int64]]:
    """Counts at `places`, and one place of each distinct pair. Shorter orders count each pair of the longer one once
    (`places` are then those): in how many contexts a token occurs says more of it than how often (Kneser, Ney 1995)."""
    hashes = context_hashes(texts, length)[places]
    tokens = texts.tokens[places]
    pairs = hashes + (tokens.astype(np.int64) + 1).astype(np.uint64) * GOLDEN
    _, first, counts = np.unique(pairs, return_index=True, return_counts=True)
    order = np.lexsort((tokens[first], hashes[first]))
    first, counts = first[order], counts[order]
    contexts, begins = np.unique(hashes[first], return_index=True)
    offsets = np.append(begins, len(first)).astype(np.int64)
    return _Order(contexts, offsets, tokens[first], counts.astype(np.float64)), places[first]


@numba.njit(cache=True, nogil=True)
def _interpolate(
    rows: NDArray[np.float32], order: NDArray[np.int64], offsets: NDArray[np.int64], tokens: NDArray[np.int32],
    counts: NDArray[np.float64],
) -> None:  # fmt: skip
    for i in range(len(rows)):
        if order[i] < 0:
            continue
        begin, end = offsets[order[i]], offsets[order[i] + 1]
        total, held = 0.0, 0.0
        for k in range(begin, end):
            total += counts[k]
            held += max(counts[k] - DISCOUNT, 0.0)
        rows[i] *= np.float32((total - held) / total)
        for k in range(begin, end):
            rows[i, tokens[k]] += np.float32(max(counts[k] - DISCOUNT, 0.0) / total)
