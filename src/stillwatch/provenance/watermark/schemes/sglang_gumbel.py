"""SGLang's native Gumbel watermark (0.5.23, `watermark: {"key": HEX}`), on its own wire.

Murmur over the last `width` tokens, prompt included, gives a 32-bit context hash; with the key and the token it
gives each token a uniform u of 32 bits, and the token of largest log(u) / p is written. A context is marked once
an answer, and 4,096 contexts at most. With a key B set in the server, a coin kept by the keys and the context says
which of the two is used.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numba
import numpy as np
from numpy.typing import NDArray

from stillwatch.errors import BadSettings
from stillwatch.provenance.watermark.laws import Exponential
from stillwatch.provenance.watermark.pairs import Pairs, Texts
from stillwatch.provenance.watermark.schemes.engine_keys import engine_key
from stillwatch.provenance.watermark.schemes.fresh import Habits, fresh_pairs, require_width
from stillwatch.provenance.watermark.schemes.logarithm import logarithm
from stillwatch.provenance.watermark.schemes.murmur import context_hashes, finished, key_state, mix

__all__ = ["BUDGET", "SglangGumbel"]

BUDGET = 4096
_16, _20 = np.uint64(16), np.uint64(20)
_MASK, _32 = np.uint64(0xFFFFFFFF), np.uint64(32)


@dataclass(frozen=True)
class SglangGumbel:
    """Score -log(1 - u), exponential under a wrong key. Key A is the first eight bytes; with `dual`, key B the
    next eight (`engine_keys.with_second_key`). Of the 64 bits 32 matter: murmur.py tells why. `mixing` is the
    share of A."""

    width: int = 4
    dual: int = 0
    mixing: float = 0.5
    padded: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        require_width(self.width, "sglang-gumbel")
        if not 0 < self.mixing < 1:
            raise BadSettings(f"sglang-gumbel: mixing={self.mixing} is not between 0 and 1.")

    @property
    def name(self) -> str:
        return "sglang-gumbel:" + (f"dual=1,mixing={self.mixing:g}," if self.dual else "") + f"width={self.width}"

    @property
    def law(self) -> Exponential:
        return Exponential()

    def pairs(self, texts: Texts) -> Pairs:
        return fresh_pairs(texts, Habits(self.width, prompted=True, budget=BUDGET))

    def values(self, pairs: Pairs, key: bytes) -> NDArray[np.float64]:
        hashes = context_hashes(np.ascontiguousarray(pairs.contexts))
        return np.asarray(-np.log1p(-_uniforms(hashes, pairs.tokens, *self._engine_keys(key), self._below)))

    def totals(self, pairs: Pairs, weights: NDArray[np.float64], keys: Sequence[bytes]) -> NDArray[np.float64]:
        hashes = context_hashes(np.ascontiguousarray(pairs.contexts))
        weights = np.ascontiguousarray(weights, np.float64)
        both = np.array([self._engine_keys(key) for key in keys], np.uint64).reshape(-1, 2)
        return np.asarray(_totals(hashes, pairs.tokens, weights, both, self._below, bool(self.dual)) - weights.sum())

    def uniforms(self, contexts: NDArray[np.int32], tokens: NDArray[np.int32], key: bytes) -> NDArray[np.float64]:
        """u of each (context, token): what the sampler compares."""
        hashes = context_hashes(np.ascontiguousarray(contexts))
        return np.asarray(_uniforms(hashes, tokens, *self._engine_keys(key), self._below))

    @property
    def _below(self) -> np.uint64:
        """Coins under this take key A; without key B all do."""
        return np.uint64(int(self.mixing * 2**32)) if self.dual else np.uint64(2**32)

    def _engine_keys(self, key: bytes) -> tuple[np.uint64, np.uint64]:
        return np.uint64(engine_key(key)), np.uint64(int.from_bytes(key[8:16])) if self.dual else np.uint64(0)


@numba.njit(cache=True, nogil=True, inline="always")
def _token_uniform(context: np.uint64, token: np.int32, state: np.uint64) -> float:
    word = finished(mix(mix(state, context), np.uint64(token)), _16)
    return (np.float64(word) + 0.5) * 2.0**-32


@numba.njit(cache=True, nogil=True, inline="always")
def _uniform(
    context: np.uint64, token: np.int32, first: np.uint64, second: np.uint64, coin: np.uint64, below: np.uint64
) -> float:
    state = first if finished(mix(coin, context), _20) < below else second
    uniform: float = _token_uniform(context, token, state)
    return uniform


@numba.njit(cache=True, nogil=True)
def _uniforms(
    hashes: NDArray[np.uint64], tokens: NDArray[np.int32], key_a: np.uint64, key_b: np.uint64, below: np.uint64
) -> NDArray[np.float64]:
    first, second = key_state(key_a), key_state(key_b)
    coin = mix(mix(first, key_b & _MASK), key_b >> _32)
    out = np.empty(len(tokens), np.float64)
    for i in range(len(tokens)):
        out[i] = _uniform(hashes[i], tokens[i], first, second, coin, below)
    return out


@numba.njit(cache=True, nogil=True, parallel=True, fastmath=True)
def _totals(
    hashes: NDArray[np.uint64],
    tokens: NDArray[np.int32],
    weights: NDArray[np.float64],
    keys: NDArray[np.uint64],
    below: np.uint64,
    dual: bool,
) -> NDArray[np.float64]:
    out = np.zeros(len(keys), np.float64)
    for k in numba.prange(len(keys)):
        first, second = key_state(keys[k, 0]), key_state(keys[k, 1])
        coin = mix(mix(first, keys[k, 1] & _MASK), keys[k, 1] >> _32)
        total = 0.0
        if dual:
            for i in range(len(tokens)):
                total -= weights[i] * logarithm(1.0 - _uniform(hashes[i], tokens[i], first, second, coin, below))
        else:
            for i in range(len(tokens)):
                total -= weights[i] * logarithm(1.0 - _token_uniform(hashes[i], tokens[i], first))
        out[k] = total
    return out
