"""Many keys tested as one: accounts that were joined before anyone looked.

A campaign that splits over many accounts leaves little of each key in the student. The declared test adds the totals of
its keys: under wrong keys that sum is again a weighted sum of independent values, each weight once a key, so its law is
exact and far more powerful than the best single account. Where shares are very unequal the sum dilutes the strong ones;
the truncated product (Zaykin et al., 2002) then sees more. It is exploratory: shown, never part of a verdict.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaincc, gammaln, logsumexp
from scipy.stats import binom

from stillwatch.provenance.watermark.laws import Law
from stillwatch.provenance.watermark.tails import Tail

__all__ = ["TRUNCATED_AT", "pooled", "truncated_product"]

Array = NDArray[np.float64]

TRUNCATED_AT = 0.05
"""p-values above it do not enter the product; fixed in advance, as the authors propose."""

_LOG10 = float(np.log(10.0))


def pooled(totals: Array, weights: Array, law: Law) -> tuple[float, float]:
    """(z, log10 p) of the sum of the totals of independent keys, all taken with the same weights."""
    tail = Tail(weights, law, copies=max(len(totals), 1))
    total = float(np.sum(totals))
    return float(tail.z(total)[0]), float(tail.log10_p(total)[0])


def truncated_product(log10_p: Array, bound: float = TRUNCATED_AT) -> float:
    """log10 p of the product of those p-values that are at most `bound`, all of independent tests.

    Under the null k of m are below the bound with binomial chance, and minus the log of their product, less k times
    that of the bound, is Gamma(k). Far out the gamma tail is replaced by its upper bound, so p is never too small.
    """
    p = np.asarray(log10_p, np.float64) * _LOG10
    below = p[p <= np.log(bound)]
    if not len(below):
        return 0.0
    m, product = len(p), -float(below.sum())
    k = np.arange(1, m + 1)
    left = product + k * np.log(bound)
    chance = binom.logpmf(k, m, bound)
    terms = chance + np.where(left <= 0, 0.0, _log_gamma_tail(k, np.maximum(left, 1e-300)))
    return min(float(logsumexp(terms)) / _LOG10, 0.0)


def _log_gamma_tail(k: NDArray[np.int64], x: Array) -> Array:
    near = gammaincc(k, x)
    usable = near > 1e-290
    far = k * np.log(x) - x - gammaln(k) - np.log(np.maximum(x - k + 1, 1.0))
    return np.where(usable, np.log(np.where(usable, near, 1.0)), np.minimum(far, 0.0))
