"""What every watermarking scheme offers to a test: the pairs it scores, each pair's value under a key, and the law of
that value under a wrong key. Samplers know more; detectors need no more than this."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from stillwatch.provenance.watermark.laws import Law
from stillwatch.provenance.watermark.pairs import Pairs

__all__ = ["Scheme", "totals_one_by_one"]


class Scheme(Protocol):
    """`name` in full, such as "kgw:gamma=0.25,width=1": it enters the key's derivation, so two settings never share a
    key. `width` tokens of context; `padded` if positions near the beginning are scored too.

    `values(pairs, key)`: float64[n], higher under the right key. `totals(pairs, weights, keys)`: for each key
    sum(weights * (value - law.mean)), over many keys at once. `key` is 32 bytes; each scheme takes what it needs.
    """

    @property
    def name(self) -> str: ...
    @property
    def width(self) -> int: ...
    @property
    def padded(self) -> bool: ...
    @property
    def law(self) -> Law: ...
    def values(self, pairs: Pairs, key: bytes) -> NDArray[np.float64]: ...
    def totals(self, pairs: Pairs, weights: NDArray[np.float64], keys: Sequence[bytes]) -> NDArray[np.float64]: ...


def totals_one_by_one(
    scheme: Scheme, pairs: Pairs, weights: NDArray[np.float64], keys: Sequence[bytes]
) -> NDArray[np.float64]:
    """`totals` for a scheme without a kernel of its own over many keys."""
    centre = scheme.law.mean * float(weights.sum())
    return np.array([float(weights @ scheme.values(pairs, key)) - centre for key in keys])
