"""Texts as tokens, and the distinct (context, token) pairs that are scored.

A repeated passage repeats its pairs; under a wrong key the copies agree with each other, so counting them makes 34 % of
innocent keys look guilty at 1e-6 (measured). Each pair therefore counts once, with whatever weight no key chose.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numba
import numpy as np
from numpy.typing import NDArray

from stillwatch.provenance.watermark.prf import GOLDEN, finished

__all__ = ["Pairs", "Texts", "contexts_before", "distinct_pairs", "pair_hashes"]


@dataclass(frozen=True)
class Texts:
    """Documents as one run of tokens. `tokens` int32[n]; document i is tokens[offsets[i]:offsets[i+1]], of which the
    first `prompts[i]` were not written by the suspect: they are context and never scored."""

    tokens: NDArray[np.int32]
    offsets: NDArray[np.int64]
    prompts: NDArray[np.int64]

    @classmethod
    def of(cls, documents: list[NDArray[np.int32]] | list[list[int]], prompts: list[int] | None = None) -> Self:
        arrays = [np.asarray(d, np.int32) for d in documents]
        offsets = np.zeros(len(arrays) + 1, np.int64)
        np.cumsum([len(a) for a in arrays], out=offsets[1:])
        flat = np.concatenate(arrays) if arrays else np.zeros(0, np.int32)
        return cls(flat, offsets, np.asarray(prompts if prompts is not None else [0] * len(arrays), np.int64))

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @property
    def written(self) -> int:
        """Tokens that the suspect wrote."""
        return len(self.tokens) - int(self.prompts.sum())

    def is_written(self, least: int = 0) -> NDArray[np.bool_]:
        """bool[n]: whether the suspect wrote this token, and its document holds at least `least` tokens before it."""
        lengths = np.diff(self.offsets)
        before = np.arange(len(self.tokens)) - np.repeat(self.offsets[:-1], lengths)
        return np.asarray(before >= np.repeat(np.maximum(self.prompts, least), lengths))

    def first(self, tokens: int) -> Texts:
        """The documents, whole, up to about that many written tokens."""
        written = np.cumsum(np.diff(self.offsets) - self.prompts)
        count = int(np.searchsorted(written, tokens, "left")) + 1 if len(self) else 0
        end = min(count, len(self))
        return Texts(self.tokens[: self.offsets[end]], self.offsets[: end + 1], self.prompts[:end])


@dataclass(frozen=True)
class Pairs:
    """Distinct pairs in order of first sight. `hashes` uint64[n] identify them, `contexts` int32[n, width] (-1 where
    the text had not begun), `tokens` int32[n], `counts` int64[n] how often each was written, `positions` int64[n] where
    in `Texts.tokens` it was first seen (-1: in no text)."""

    hashes: NDArray[np.uint64]
    contexts: NDArray[np.int32]
    tokens: NDArray[np.int32]
    counts: NDArray[np.int64]
    positions: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.hashes)

    def take(self, chosen: NDArray[np.bool_] | NDArray[np.int64]) -> Pairs:
        return Pairs(
            self.hashes[chosen],
            self.contexts[chosen],
            self.tokens[chosen],
            self.counts[chosen],
            self.positions[chosen],
        )


def distinct_pairs(texts: Texts, width: int, *, padded: bool = False) -> Pairs:
    """The pairs that were written, each once. A pair that some prompt also holds is left out: it may be an echo.

    `padded`: positions with fewer than `width` tokens before them are scored too, with -1 before the beginning.
    """
    begins = texts.offsets[:-1] + texts.prompts
    hashes = pair_hashes(texts.tokens, texts.offsets, width)
    skipped = 0 if padded else width
    small = len(texts.tokens) < np.iinfo(np.int32).max
    first, counts = _first_seen(
        hashes,
        texts.offsets,
        begins,
        skipped,
        _table_size(len(texts.tokens)),
        np.zeros(1, np.int32 if small else np.int64),
    )
    return Pairs(
        hashes[first], contexts_before(texts.tokens, texts.offsets, first, width), texts.tokens[first], counts, first
    )


def _table_size(entries: int) -> int:
    """A power of two that is at most half filled."""
    return max(16, 1 << (2 * entries - 1).bit_length())


@numba.njit(cache=True, nogil=True)
def pair_hashes(tokens: NDArray[np.int32], offsets: NDArray[np.int64], width: int) -> NDArray[np.uint64]:
    """For each position the hash of its pair, as `prf.context_hash` makes it. Position by position inside, so that the
    compiler runs several at once; where the text has not begun, the context holds -1."""
    first = finished(GOLDEN * np.uint64(width + 1))
    out = np.empty(len(tokens), np.uint64)
    for d in range(len(offsets) - 1):
        start, end = offsets[d], offsets[d + 1]
        own, text = out[start:end], tokens[start:end]
        own[:] = first
        for back in range(width, 0, -1):
            edge = min(back, len(own))
            for i in range(edge):
                own[i] = finished(own[i])
            for i in range(edge, len(own)):
                own[i] = finished(own[i] ^ (np.uint64(text[i - back] + 1) * GOLDEN))
        for i in range(len(own)):
            own[i] += np.uint64(text[i] + 1) * GOLDEN
    return out


@numba.njit(cache=True, nogil=True)
def _first_seen(
    hashes: NDArray[np.uint64],
    offsets: NDArray[np.int64],
    begins: NDArray[np.int64],
    skipped: int,
    size: int,
    kind: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where each written pair is first seen, in order, and how often it is written. The table holds positions (from
    1, of `kind`'s type) and no hashes: it is four times smaller so, and a new pair is mostly one look at it."""
    mask, shift = np.uint64(size - 1), np.uint64(32)
    table = np.zeros(size, kind.dtype)
    index = np.full(len(hashes), -1, kind.dtype)
    first = np.empty(len(hashes), np.int64)
    counts = np.empty(len(hashes), np.int64)
    found = 0
    for written in range(2):
        for d in range(len(begins)):
            start, end = offsets[d], offsets[d + 1]
            low, high = (begins[d], end) if written else (start, begins[d])
            for i in range(max(low, start + skipped), high):
                h = hashes[i]
                at = (h ^ (h >> shift)) & mask
                while table[at] and hashes[table[at] - 1] != h:
                    at = (at + np.uint64(1)) & mask
                if not table[at]:
                    table[at] = i + 1
                    if written:
                        index[i] = found
                        first[found] = i
                        counts[found] = 1
                        found += 1
                elif index[table[at] - 1] >= 0:
                    counts[index[table[at] - 1]] += 1
    return first[:found].copy(), counts[:found].copy()


@numba.njit(cache=True, nogil=True)
def contexts_before(
    tokens: NDArray[np.int32], offsets: NDArray[np.int64], positions: NDArray[np.int64], width: int
) -> NDArray[np.int32]:
    """The `width` tokens before each position (ascending), -1 before the text's beginning."""
    out = np.empty((len(positions), width), np.int32)
    d = 0
    for row in range(len(positions)):
        i = positions[row]
        while i >= offsets[d + 1]:
            d += 1
        for j in range(width):
            k = i - width + j
            out[row, j] = tokens[k] if k >= offsets[d] else -1
    return out
