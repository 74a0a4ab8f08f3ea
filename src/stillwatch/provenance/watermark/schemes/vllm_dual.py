"""vLLM's dual-key Gumbel watermark (`"algorithm": "dual_key_gumbel"`), on its own wire.

From the one key that is set, two are made (SHA-256 of a name and the key). Each token is drawn under key B with
probability `alpha`, else under key A: which, nobody records. With speculative decoding the draft model's tokens
carry key A and what is drawn after a rejection key B, so there the share of B is not `alpha` but the share of
rejections.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from stillwatch.errors import BadSettings
from stillwatch.provenance.watermark.pairs import Pairs, Texts
from stillwatch.provenance.watermark.schemes.engine_keys import engine_key
from stillwatch.provenance.watermark.schemes.fresh import Habits, fresh_pairs, require_width
from stillwatch.provenance.watermark.schemes.vllm_gumbel import HISTORY, philox_scores, philox_totals

__all__ = ["VllmDualGumbel", "WeightedExponentials", "both_keys"]


@dataclass(frozen=True)
class WeightedExponentials:
    """A weighted sum of independent exponentials of mean 1, as a `laws.Law`; weights at or above 0, not all 0."""

    weights: tuple[float, ...]

    @property
    def mean(self) -> float:
        return sum(self.weights)

    @property
    def variance(self) -> float:
        return sum(w * w for w in self.weights)

    @property
    def bound(self) -> float:
        return 1.0 / max(self.weights)

    def cumulants(self, t: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        w = np.asarray(self.weights)
        x = np.multiply.outer(np.asarray(t), w)
        share = w / (1.0 - x)
        return (-np.log1p(-x) - x).sum(-1), (share * x).sum(-1), (share * share).sum(-1)


def both_keys(key: int) -> tuple[int, int]:
    """Keys A and B that vLLM makes from the 64-bit key it was given."""
    digests = (hashlib.sha256(name + key.to_bytes(8)).digest() for name in (b"key_a", b"key_b"))
    first, second = (int.from_bytes(digest[:8]) for digest in digests)
    return first, second


@dataclass(frozen=True)
class VllmDualGumbel:
    """Value (1 - alpha) * score under A + alpha * score under B, as vLLM's detector fuses them; but its null law
    here is exact (vLLM puts a gamma of equal variance in its place). `alpha` in [0, 1]."""

    width: int = 4
    alpha: float = 0.1
    padded: bool = field(default=True, init=False)

    def __post_init__(self) -> None:
        require_width(self.width, "vllm-dual-gumbel")
        if not 0 <= self.alpha <= 1:
            raise BadSettings(f"vllm-dual-gumbel: alpha={self.alpha} is not between 0 and 1.")

    @property
    def name(self) -> str:
        return f"vllm-dual-gumbel:alpha={self.alpha:g},width={self.width}"

    @property
    def law(self) -> WeightedExponentials:
        return WeightedExponentials((1 - self.alpha, self.alpha))

    def pairs(self, texts: Texts) -> Pairs:
        return fresh_pairs(texts, Habits(self.width, prompted=False, history=HISTORY))

    def values(self, pairs: Pairs, key: bytes) -> NDArray[np.float64]:
        first, second = both_keys(engine_key(key))
        return (1 - self.alpha) * philox_scores(pairs, first) + self.alpha * philox_scores(pairs, second)

    def totals(self, pairs: Pairs, weights: NDArray[np.float64], keys: Sequence[bytes]) -> NDArray[np.float64]:
        halves = [both_keys(engine_key(key)) for key in keys]
        both = philox_totals(pairs, weights, [half for pair in halves for half in pair]).reshape(-1, 2)
        return np.asarray(both @ np.array([1 - self.alpha, self.alpha]))
