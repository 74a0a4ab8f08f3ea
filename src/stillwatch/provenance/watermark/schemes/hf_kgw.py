"""Hugging Face's green list (`WatermarkingConfig`), on its own wire, as marked on a CPU.

A seed of the key and the context shuffles the vocabulary; its first `gamma` part is green. `lefthash` seeds with
key * last token; `selfhash` with the least key * table[t] * table[candidate] over a window that ends in the
candidate itself. Torch's CPU generator reads 32 bits of the seed. GPUs shuffle otherwise: text marked on a GPU is
not found here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from stillwatch.errors import BadSettings
from stillwatch.provenance.watermark.laws import Bernoulli
from stillwatch.provenance.watermark.pairs import Pairs
from stillwatch.provenance.watermark.schemes.engine_keys import hashing_key
from stillwatch.provenance.watermark.schemes.mersenne import green_tokens, permutation
from stillwatch.provenance.watermark.schemes.scheme import totals_one_by_one

__all__ = ["HfKgw"]

_TABLE = 1_000_003
_FOLD = 2**64 - 1


@dataclass(frozen=True)
class HfKgw:
    """1 if green, else 0. `vocabulary` is the model's `vocab_size`, which shapes the lists; `gamma` its
    `greenlist_ratio`; `context` its `context_width` (left at 0: 1 for lefthash, 4 for selfhash).

    Known faults. After token 0 every key has the same list under lefthash, and under selfhash pairs of one seed
    and token share their fate: such values are set to the mean, which tells nothing and keeps p honest. Keys share
    lists wherever key * token meets (`isolation`). A list costs gamma * vocabulary draws, so scanning many keys is
    slow.
    """

    vocabulary: int
    gamma: float = 0.25
    seeding: str = "lefthash"
    context: int = 0
    padded: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        if self.seeding not in ("lefthash", "selfhash"):
            raise BadSettings(f"hf-kgw: seeding={self.seeding} is neither lefthash nor selfhash.")
        if self.seeding == "selfhash" and self.context == 1:
            raise BadSettings("hf-kgw: selfhash with context=1 knows no context at all; use 2 or more.")
        if not (0 < self.gamma < 1 and 0 < self.greens < self.vocabulary <= 2**24):
            raise BadSettings("hf-kgw: gamma is between 0 and 1, and vocabulary the model's vocab_size, up to 2^24.")

    @property
    def name(self) -> str:
        context = f"context={self.width + 1}," if self.seeding == "selfhash" else ""
        return f"hf-kgw:{context}gamma={self.gamma:g},seeding={self.seeding},vocabulary={self.vocabulary}"

    @property
    def width(self) -> int:
        """Tokens before the candidate that matter: lefthash reads the last one, whatever `context` says."""
        return 1 if self.seeding == "lefthash" else (self.context or 4) - 1

    @property
    def greens(self) -> int:
        return int(self.vocabulary * self.gamma)

    @property
    def law(self) -> Bernoulli:
        return Bernoulli(self.greens / self.vocabulary)

    def values(self, pairs: Pairs, key: bytes) -> NDArray[np.float64]:
        green = self.greens_of(pairs.contexts, pairs.tokens, key).astype(np.float64)
        seeds = self.seeds(pairs.contexts, pairs.tokens, key)
        first = np.zeros(len(pairs), np.bool_)
        first[np.unique(seeds << np.uint64(32) | pairs.tokens.astype(np.uint64), return_index=True)[1]] = True
        green[~first | (seeds == 0)] = self.law.mean
        return green

    def totals(self, pairs: Pairs, weights: NDArray[np.float64], keys: Sequence[bytes]) -> NDArray[np.float64]:
        return totals_one_by_one(self, pairs, weights, keys)

    def greens_of(self, contexts: NDArray[np.int32], tokens: NDArray[np.int32], key: bytes) -> NDArray[np.bool_]:
        """Is each token on the green list that its context makes? What a sampler favours."""
        seeds = self.seeds(contexts, tokens, key)
        order = np.argsort(seeds, kind="stable")
        green = np.empty(len(tokens), np.bool_)
        green[order] = green_tokens(seeds[order], tokens[order], self.vocabulary, self.greens)
        return green

    def seeds(self, contexts: NDArray[np.int32], tokens: NDArray[np.int32], key: bytes) -> NDArray[np.uint64]:
        """The 32 bits of each (context, token)'s seed that the generator reads. For lefthash tokens do not matter."""
        number = hashing_key(key)
        if self.seeding == "lefthash":
            return _folded_products(number, contexts[:, -1])
        table = _fixed_table(number & 0xFFFFFFFF)
        last = table[tokens % _TABLE]
        with np.errstate(over="ignore"):
            least = np.int64(number) * last * last
            for column in contexts.T:
                least = np.minimum(least, np.int64(number) * table[column % _TABLE] * last)
        wrapped = least.view(np.uint64)
        # Python's remainder by 2^64 - 1 of a signed number: a negative one is 1 less than its 64 bits say.
        exact = np.where(least < 0, wrapped - np.uint64(1), wrapped)
        return np.asarray(exact & np.uint64(0xFFFFFFFF))


def _folded_products(number: int, tokens: NDArray[np.int32]) -> NDArray[np.uint64]:
    """number * token modulo 2^64 - 1, its low 32 bits; exact in 64-bit arithmetic, for tokens below 2^31."""
    t = np.maximum(tokens, 0).astype(np.uint64)
    low, high = np.uint64(number & 0xFFFFFFFF) * t, np.uint64(number >> 32) * t  # each below 2^63
    with np.errstate(over="ignore"):
        # number * t = low + high * 2^32, and 2^64 counts as 1: high = top * 2^32 + rest gives low + rest * 2^32 + top
        shifted = (high << np.uint64(32)) + (high >> np.uint64(32))
        total = low + shifted
        total = np.where(total < low, total + np.uint64(1), total)
    total = np.where(total == np.uint64(_FOLD), np.uint64(0), total)
    return np.asarray(total & np.uint64(0xFFFFFFFF))


@lru_cache(maxsize=4)
def _fixed_table(seed: int) -> NDArray[np.int64]:
    return np.asarray(permutation(np.uint64(seed), _TABLE), np.int64) + 1
