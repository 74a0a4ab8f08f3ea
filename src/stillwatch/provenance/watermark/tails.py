"""Upper tails of weighted sums: exact where the weights are equal, else a saddlepoint; never a normal tail.

With equal weights sums of Bernoulli values are binomial and of exponential ones gamma. With others the tail is the
saddlepoint's of Lugannani and Rice (1980) in the form of Barndorff-Nielsen (1986): r* is standard normal to high
relative order, far into the tail. r* depends on weights and law alone, so one table serves every key of a test.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator
from scipy.special import log_ndtr, ndtri
from scipy.stats import binom, gamma

from stillwatch.provenance.watermark.laws import Bernoulli, Exponential, Law, Layers

__all__ = ["Tail", "rounded"]

Array = NDArray[np.float64]

_LOG10 = float(np.log(10.0))
_NEAREST = 0.02
"""Around 0 the formula is 0 / 0; r* is smooth there, so the table's spline bridges the gap."""

_FARTHEST = 60.0
"""The table's ends, in deviations of r: beyond them the p-value is that of the end, below 1e-700."""


def rounded(weights: Array) -> Array:
    """Weights with eight binary digits: some thousand distinct values, so that a table over a million pairs is quick.
    What is rounded is the weight itself, before any key is looked at, so the null stays exact."""
    mantissa, exponent = np.frexp(weights)
    return np.ldexp(np.round(mantissa * 256) / 256, exponent)


class Tail:
    """The null law of sum(w * (value - mean)) for fixed weights. `log10_p(totals)` is vectorised over keys.

    `copies` independent keys with the same weights, their totals added: each weight then counts that often.
    """

    def __init__(self, weights: Array, law: Law, *, copies: int = 1) -> None:
        if copies < 1:
            raise ValueError(f"a tail has at least one copy of its weights, not {copies}")
        values, counts = np.unique(weights[weights != 0], return_counts=True)
        self._values, self._counts, self._law = values, counts.astype(np.float64) * copies, law
        self.squares = float(np.sum(self._counts * values * values))
        self.deviation = float(np.sqrt(self.squares * law.variance))
        self.dominance = float(np.max(np.abs(values)) / np.sqrt(self.squares)) if len(values) else 0.0
        self._equal = len(values) == 1 and values[0] > 0 and self._exact is not None
        self._table = None if self._equal or not len(values) else self._make_table()

    def log10_p(self, totals: Array | float) -> Array:
        """log10 of P(sum >= total) under a wrong key. No weights at all: p is 1."""
        x = np.atleast_1d(np.asarray(totals, np.float64))
        if not len(self._values):
            return np.zeros_like(x)
        if self._equal:
            exact = self._exact_log(x)
            # Below 1e-308 the exact tails are 0 in floats, and the saddlepoint goes on; above the largest sum they are
            # 0.
            far = ~np.isfinite(exact) & (x <= self._largest)
            if np.any(far):
                self._table = self._table or self._make_table()
                exact[far] = self._approximate(x[far], self._table)
            return np.minimum(exact / _LOG10, 0.0)
        self._table = self._table or self._make_table()
        return self._approximate(x, self._table) / _LOG10

    def z(self, totals: Array | float) -> Array:
        """Totals in null deviations, for reading."""
        return np.atleast_1d(np.asarray(totals, np.float64)) / self.deviation if self.deviation else np.zeros(1)

    def quantile(self, p: float) -> float:
        """The total whose upper tail is p, by the table."""
        table = self._table or self._make_table()
        wanted = -float(ndtri(p))
        return float(np.interp(wanted, table(table.x), table.x))

    @property
    def _largest(self) -> float:
        """The largest sum of equal weights; infinite where values have no end."""
        law, n = self._law, float(self._counts[0])
        most = 1.0 if isinstance(law, Bernoulli) else float(sum(law.weights)) if isinstance(law, Layers) else np.inf
        return float(n * self._values[0] * (most - law.mean) + 1e-6)

    @property
    def _exact(self) -> Law | None:
        law = self._law
        whole = isinstance(law, Layers) and set(law.weights) == {1.0}
        return law if whole or isinstance(law, Bernoulli | Exponential) else None

    def _exact_log(self, x: Array) -> Array:
        n, law = float(self._counts[0]), self._law
        total = x / self._values[0] + n * law.mean
        if isinstance(law, Exponential):
            return np.asarray(gamma.logsf(total, n))
        share, n = (law.share, n) if isinstance(law, Bernoulli) else (0.5, n * len(getattr(law, "weights", ())))
        return np.asarray(binom.logsf(np.ceil(total - 1e-6) - 1, n, share))

    def _approximate(self, x: Array, table: PchipInterpolator) -> Array:
        inside = np.clip(x, table.x[0], table.x[-1])
        return np.asarray(log_ndtr(-table(inside)))

    def _make_table(self) -> PchipInterpolator:
        t, k, k1, k2 = self._grid()
        root = np.sign(t) * np.sqrt(np.maximum(2.0 * (t * k1 - k), 0.0))
        u = t * np.sqrt(k2)
        keep = (np.abs(root) > _NEAREST) & np.isfinite(root) & (k2 > 0) & (np.abs(root) < _FARTHEST)
        root, u, k1 = root[keep], u[keep], k1[keep]
        star = root + np.log(u / root) / root
        order = np.argsort(k1)
        x, r = k1[order], star[order]
        # Near the ends of a bounded sum r* turns back. From the centre outwards, the table ends where it first does:
        # beyond, the p-value is that of the end, which is too large, never too small.
        up = (np.diff(x) > 0) & (np.diff(r) > 0)
        centre = min(max(int(np.searchsorted(x, 0.0)), 1), len(x) - 1)
        falls = np.flatnonzero(~up)
        low = int(falls[falls < centre - 1].max(initial=-1)) + 1
        high = int(falls[falls >= centre].min(initial=len(up)))
        return PchipInterpolator(x[low : high + 1], r[low : high + 1])

    def _grid(self) -> tuple[Array, Array, Array, Array]:
        """Saddlepoints t from far below to far above 0, and the cumulants of the whole sum there."""
        v, n, law = self._values, self._counts, self._law
        scale = 1.0 / self.deviation
        sinh = np.sinh(np.linspace(0.5, 9.0, 160)) * 0.05 * scale
        high = law.bound / v.max() if v.max() > 0 else np.inf
        low = law.bound / -v.min() if v.min() < 0 else np.inf

        def within(limit: float) -> Array:
            if not np.isfinite(limit):
                return sinh
            near = limit * (1 - np.geomspace(0.5, 1e-6, 80))
            return np.unique(np.concatenate([sinh[sinh < 0.5 * limit], near]))

        t = np.concatenate([-within(low)[::-1], within(high)])
        k, k1, k2 = np.zeros_like(t), np.zeros_like(t), np.zeros_like(t)
        for begin in range(0, len(v), 4096):
            w, m = v[begin : begin + 4096, None], n[begin : begin + 4096, None]
            c0, c1, c2 = law.cumulants(w * t)
            k += np.sum(m * c0, 0)
            k1 += np.sum(m * w * c1, 0)
            k2 += np.sum(m * w * w * c2, 0)
        return t, k, k1, k2
