"""vLLM's native Gumbel watermark (0.32 and later, `"algorithm": "gumbel"`), on its own wire.

Philox over the last `width` tokens of the answer (the prompt never enters, -1 stands before the beginning) gives
each token a uniform u; the token of largest logit - log(-log u) is written. Contexts that repeat in an answer are
drawn freely.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numba
import numpy as np
from numpy.typing import NDArray

from stillwatch.provenance.watermark.laws import Exponential
from stillwatch.provenance.watermark.pairs import Pairs, Texts
from stillwatch.provenance.watermark.schemes.engine_keys import engine_key
from stillwatch.provenance.watermark.schemes.fresh import Habits, fresh_pairs, require_width
from stillwatch.provenance.watermark.schemes.logarithm import logarithm
from stillwatch.provenance.watermark.schemes.philox import CHUNK, context_words, token_uniforms

__all__ = ["HISTORY", "VllmGumbel", "philox_scores", "philox_totals", "philox_uniforms"]

HISTORY = 8192
"""vLLM's `deduplicate_contexts_max_history` where nothing else is set."""


@dataclass(frozen=True)
class VllmGumbel:
    """Score -log(1 - u), exponential under a wrong key (cut at 16.6, since u has 24 bits: p errs to the high side).
    The key is the first eight bytes as a 64-bit number, all of which matter."""

    width: int = 4
    padded: bool = field(default=True, init=False)

    def __post_init__(self) -> None:
        require_width(self.width, "vllm-gumbel")

    @property
    def name(self) -> str:
        return f"vllm-gumbel:width={self.width}"

    @property
    def law(self) -> Exponential:
        return Exponential()

    def pairs(self, texts: Texts) -> Pairs:
        return fresh_pairs(texts, Habits(self.width, prompted=False, history=HISTORY))

    def values(self, pairs: Pairs, key: bytes) -> NDArray[np.float64]:
        return philox_scores(pairs, engine_key(key))

    def totals(self, pairs: Pairs, weights: NDArray[np.float64], keys: Sequence[bytes]) -> NDArray[np.float64]:
        return philox_totals(pairs, weights, [engine_key(key) for key in keys])


def philox_uniforms(contexts: NDArray[np.int32], tokens: NDArray[np.int32], key: int) -> NDArray[np.float64]:
    """u of each (context, token) under one 64-bit key; contexts int32[n, width], -1 before the beginning."""
    out = np.empty(len(tokens), np.float64)
    words = context_words(contexts)
    token_uniforms(words, contexts.shape[1], tokens, np.uint64(key), 0, len(out), out)
    return out


def philox_scores(pairs: Pairs, key: int) -> NDArray[np.float64]:
    """-log(1 - u) of every pair under one 64-bit key."""
    return np.asarray(-np.log1p(-philox_uniforms(pairs.contexts, pairs.tokens, key)))


def philox_totals(pairs: Pairs, weights: NDArray[np.float64], keys: list[int]) -> NDArray[np.float64]:
    """For each 64-bit key: the sum of weight * (score - 1)."""
    words, width = context_words(pairs.contexts), pairs.contexts.shape[1]
    weights = np.ascontiguousarray(weights, np.float64)
    sums = _totals(words, width, pairs.tokens, weights, np.array(keys, np.uint64))
    return np.asarray(sums - weights.sum())


@numba.njit(cache=True, nogil=True, parallel=True, fastmath=True)
def _totals(
    words: NDArray[np.uint32],
    width: int,
    tokens: NDArray[np.int32],
    weights: NDArray[np.float64],
    keys: NDArray[np.uint64],
) -> NDArray[np.float64]:
    out = np.zeros(len(keys), np.float64)
    for k in numba.prange(len(keys)):
        uniforms = np.empty(CHUNK, np.float64)
        total = 0.0
        for begin in range(0, len(tokens), CHUNK):
            end = min(begin + CHUNK, len(tokens))
            token_uniforms(words, width, tokens, keys[k], begin, end, uniforms)
            for i in range(end - begin):
                total -= weights[begin + i] * logarithm(1.0 - uniforms[i])
        out[k] = total
    return out
