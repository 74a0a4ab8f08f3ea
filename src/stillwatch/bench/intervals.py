"""Intervals for what was measured on independent worlds: shares, rates and means."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np
from scipy import stats

__all__ = ["Estimate", "mean", "median", "rate", "share"]

LEVEL = 0.95
DRAWS = 4_000


class Estimate(msgspec.Struct, frozen=True, kw_only=True):
    """A figure, its 95 % interval (None: cannot be given) and how many independent worlds, or months, it rests on."""

    value: float | None
    low: float | None = None
    high: float | None = None
    n: float = 0


def share(hits: int, of: int) -> Estimate:
    """A share of independent trials, with the exact interval of Clopper and Pearson."""
    if of == 0:
        return Estimate(value=None)
    tail = (1 - LEVEL) / 2
    low = float(stats.beta.ppf(tail, hits, of - hits + 1)) if hits else 0.0
    high = float(stats.beta.ppf(1 - tail, hits + 1, of - hits)) if hits < of else 1.0
    return Estimate(value=hits / of, low=low, high=high, n=of)


def rate(events: int, exposure: float) -> Estimate:
    """Events in `exposure` units of time, with the exact Poisson interval."""
    if exposure <= 0:
        return Estimate(value=None)
    tail = (1 - LEVEL) / 2
    low = float(stats.gamma.ppf(tail, events)) / exposure if events else 0.0
    high = float(stats.gamma.ppf(1 - tail, events + 1)) / exposure
    return Estimate(value=events / exposure, low=low, high=high, n=exposure)


def mean(values: Sequence[float], *, seed: int = 0) -> Estimate:
    """The mean over worlds, with the percentile bootstrap over whole worlds; one world has no interval."""
    return _bootstrap(values, np.mean, seed)


def median(values: Sequence[float | None], *, seed: int = 0) -> Estimate:
    """The median over worlds where None is later than everything that was looked at; None if the median itself is."""
    return _bootstrap([np.inf if value is None else value for value in values], _median, seed)


def _median(values: np.ndarray, axis: int) -> np.ndarray:
    """The lower median: a value that was seen, so that infinity is never averaged with anything."""
    ordered = np.sort(values, axis=axis)
    result: np.ndarray = np.take(ordered, (values.shape[axis] - 1) // 2, axis=axis)
    return result


def _bootstrap(values: Sequence[float], statistic, seed: int) -> Estimate:  # type: ignore[no-untyped-def]
    worlds = np.asarray(values, dtype=np.float64)
    if not len(worlds):
        return Estimate(value=None)
    value = float(statistic(worlds[None, :], axis=1)[0])
    if len(worlds) == 1:
        return Estimate(value=_finite(value), n=1)
    drawn = np.random.default_rng(seed).integers(len(worlds), size=(DRAWS, len(worlds)))
    found = np.sort(statistic(worlds[drawn], axis=1))
    tail = int((1 - LEVEL) / 2 * DRAWS)
    return Estimate(value=_finite(value), low=_finite(found[tail]), high=_finite(found[-1 - tail]), n=len(worlds))


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
