"""SynthID-Text as Hugging Face ships it (`SynthIDTextWatermarkingConfig`), on its own wire. Not the Gemini app's
hash.

A linear congruential hash of the last `ngram - 1` tokens of the answer (0 before its beginning, the prompt never
enters), the candidate and a layer's key points into a public table of coins: one g-value a layer. A context that
came in the last 1,024 is passed over.

Known faults. The table has 2^16 places, so of hash and key 16 bits matter: key and key + 65,536 mark alike, so do
tokens 65,536 apart, and there are no more than 65,536 pairs to tell apart. A key only shifts the place, so two key
lists that share one number (modulo 65,536), in whatever layer, share that layer's marks: with 30 layers 1.4 % of
all strangers do. It is no scheme for keys by account (`isolation`), and random decoys that share a layer with a key
that is tried are passed over, since they would score like it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from stillwatch.errors import BadSettings
from stillwatch.provenance.watermark.laws import Layers
from stillwatch.provenance.watermark.pairs import Pairs, Texts
from stillwatch.provenance.watermark.schemes.engine_keys import layer_keys
from stillwatch.provenance.watermark.schemes.fresh import Habits, fresh_pairs
from stillwatch.provenance.watermark.schemes.mersenne import coin_table

__all__ = ["HfSynthid"]

_MULTIPLIER = np.uint64(6364136223846793005)
_ONE = np.uint64(1)
_HISTORY = 1024


@dataclass(frozen=True)
class HfSynthid:
    """Sum over layers of weight * g-value. `weights` "linear" falls from 10 to 1 and sums to `depth` (as its authors
    score, because early layers carry more), "equal" makes the law binomial. `table` must be a power of two.

    Pairs that the hash cannot tell apart share their values under every key: the first counts, the others are set to
    the mean. `pairs` leaves them out at once.
    """

    depth: int = 30
    ngram: int = 5
    weights: str = "linear"
    table: int = 65536
    table_seed: int = 0
    padded: bool = field(default=True, init=False)

    def __post_init__(self) -> None:
        if self.weights not in ("linear", "equal"):
            raise BadSettings(f"hf-synthid: weights={self.weights} is neither linear nor equal.")
        if self.table & (self.table - 1) or not 2 <= self.table <= 2**24 or self.depth < 1 or self.ngram < 2:
            raise BadSettings("hf-synthid: depth is at least 1, ngram at least 2, table a power of two up to 2^24.")

    @property
    def name(self) -> str:
        own = (self.table, self.table_seed) != (65536, 0)
        table = f",table={self.table},table_seed={self.table_seed}" if own else ""
        return f"hf-synthid:depth={self.depth},ngram={self.ngram}{table},weights={self.weights}"

    @property
    def width(self) -> int:
        return self.ngram - 1

    @property
    def law(self) -> Layers:
        return Layers(tuple(float(w) for w in self.layer_weights))

    @property
    def layer_weights(self) -> NDArray[np.float64]:
        if self.weights == "equal":
            return np.ones(self.depth)
        falling = np.linspace(10, 1, self.depth)
        return np.asarray(falling * (self.depth / falling.sum()))

    def pairs(self, texts: Texts) -> Pairs:
        found = fresh_pairs(texts, Habits(self.width, prompted=False, history=_HISTORY))
        return found.take(self._first(self.places(found.contexts, found.tokens)))

    def values(self, pairs: Pairs, key: bytes) -> NDArray[np.float64]:
        places = self.places(pairs.contexts, pairs.tokens)
        out = np.zeros(len(pairs), np.float64)
        for weight, shift in zip(self.layer_weights, self._shifts(key), strict=True):
            out += weight * self._stepped[(places + shift) & (self.table - 1)]
        out[~self._first(places)] = self.law.mean
        return out

    def totals(self, pairs: Pairs, weights: NDArray[np.float64], keys: Sequence[bytes]) -> NDArray[np.float64]:
        """A key is a shift, so one correlation over the table serves every key and layer there is."""
        places = self.places(pairs.contexts, pairs.tokens)
        first = self._first(places)
        held = np.zeros(self.table)
        held[places[first]] = weights[first]
        coins = np.fft.rfft(self._stepped - 0.5)
        sums = np.fft.irfft(coins * np.conj(np.fft.rfft(held)), self.table)
        shifts = np.array([self._shifts(key) for key in keys], np.int64).reshape(-1, self.depth)
        return np.asarray(sums[shifts] @ self.layer_weights)

    def g_values(self, contexts: NDArray[np.int32], tokens: NDArray[np.int32], key: bytes) -> NDArray[np.uint8]:
        """uint8[n, depth] of 0 and 1, for [n, width] contexts and n tokens."""
        places = self.places(contexts, tokens)
        places = places[:, None] + self._shifts(key)
        return np.asarray(self._stepped[places & (self.table - 1)])

    def places(self, contexts: NDArray[np.int32], tokens: NDArray[np.int32]) -> NDArray[np.int64]:
        """What of a pair reaches the table, before a key is added: int64[n], below `table`."""
        state = np.ones(len(tokens), np.uint64)
        with np.errstate(over="ignore"):
            for column in (*np.maximum(contexts, 0).T, tokens):
                state = (state + column.astype(np.uint64)) * _MULTIPLIER + _ONE
        return np.asarray(state & np.uint64(self.table - 1)).astype(np.int64)

    @property
    def _stepped(self) -> NDArray[np.uint8]:
        """The coin at which a sum of place and key arrives."""
        return _stepped_table(self.table, self.table_seed)

    def _shifts(self, key: bytes) -> NDArray[np.int64]:
        """By how much each layer's key moves a place."""
        return np.array(layer_keys(key, self.depth), np.int64) & (self.table - 1)

    def _first(self, places: NDArray[np.int64]) -> NDArray[np.bool_]:
        at = np.arange(len(places))
        first = np.empty(self.table, np.int64)
        first[places[::-1]] = at[::-1]  # written from the end, so what stays is the first
        return np.asarray(first[places] == at)


@lru_cache(maxsize=4)
def _stepped_table(size: int, seed: int) -> NDArray[np.uint8]:
    with np.errstate(over="ignore"):
        step = np.arange(size, dtype=np.uint64) * _MULTIPLIER + _ONE
    return np.asarray(coin_table(np.uint64(seed), size)[(step & np.uint64(size - 1)).astype(np.int64)])
