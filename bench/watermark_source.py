"""A source of text with a set mean entropy, for measuring detectors without a model.

A next-token distribution is a softmax over 32,000 normal logits, cut to its 64 likeliest tokens, as engines cut; the
logits' spread sets the mean entropy, so that some tokens are nearly certain and some quite open, as in text. A pool of
such distributions is drawn once; each position takes one at random and gives its places to random tokens. Contexts are
the tokens just written, so marks are made exactly as our samplers make them (same hashes, same mixing).
"""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray

from stillwatch.provenance.watermark.prf import GOLDEN, context_hash, halves, mixed, unit_interval
from stillwatch.provenance.watermark.schemes import Gumbel, Kgw
from stillwatch.provenance.watermark.schemes.kgw import green_below

VOCABULARY, KEPT, POOL = 32_000, 64, 512


@dataclass(frozen=True)
class Source:
    """`logits` float64[pool, kept], falling. `entropy` in nats, `certain` the share of distributions below 0.1."""

    logits: NDArray[np.float64]
    entropy: float
    certain: float


def source_of(entropy: float, seed: int = 0) -> Source:
    """A source whose mean entropy is that, to 1 %."""
    normal = np.random.default_rng(seed).standard_normal((POOL, VOCABULARY))
    top = -np.sort(-np.partition(normal, VOCABULARY - KEPT, axis=1)[:, VOCABULARY - KEPT :], axis=1)
    low, high = 0.5, 60.0
    for _ in range(40):
        spread = 0.5 * (low + high)
        each = _entropies(spread * top)
        low, high = (spread, high) if each.mean() > entropy else (low, spread)
    return Source(spread * top, float(each.mean()), float(np.mean(each < 0.1)))


def write(
    source: Source,
    scheme: Gumbel | Kgw,
    key: bytes | None,
    texts: int,
    tokens: int,
    *,
    delta: float = 2.0,
    seed: int = 0,
) -> NDArray[np.int32]:
    """int32[texts, tokens], marked throughout with the key, or not at all where there is none."""
    first, second = halves(key if key is not None else bytes(16))
    kind = 0 if key is None else 1 if isinstance(scheme, Kgw) else 2
    below = green_below(scheme.gamma) if isinstance(scheme, Kgw) else np.uint64(0)
    return np.asarray(
        _write(source.logits, texts, tokens, scheme.width, kind, first, second, below, delta, seed), np.int32
    )


def _entropies(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    p = np.exp(logits - logits[:, :1])
    p /= p.sum(1, keepdims=True)
    return -np.sum(p * np.log(np.maximum(p, 1e-300)), 1)


@numba.njit(cache=True)
def _write(logits, texts, tokens, width, kind, first, second, below, delta, seed):  # type: ignore[no-untyped-def]
    np.random.seed(seed)
    pool, kept = logits.shape
    out = np.empty((texts, tokens + width), np.int32)
    choices = np.empty(kept, np.int64)
    for t in range(texts):
        for i in range(width):
            out[t, i] = np.random.randint(VOCABULARY)
        for i in range(width, tokens + width):
            row = logits[np.random.randint(pool)]
            head = context_hash(out[t], i, width)
            best, place = -np.inf, 0
            for j in range(kept):
                choices[j] = np.random.randint(VOCABULARY)
                bits = mixed(head + np.uint64(choices[j] + 1) * GOLDEN, first, second)
                u = unit_interval(bits) if kind == 2 else np.random.random() * (1 - 1e-16) + 1e-17
                score = row[j] + (delta if kind == 1 and bits < below else 0.0) - np.log(-np.log(u))
                if score > best:
                    best, place = score, j
            out[t, i] = choices[place]
    return out[:, width:]
