from __future__ import annotations

import numpy as np
import pytest

from stillwatch.provenance.watermark.laws import Bernoulli, Exponential, Law, Layers

LAWS = [Bernoulli(0.25), Bernoulli(0.9), Exponential(), Layers((1.0,) * 4), Layers((3.0, 2.0, 0.5))]


def draws(law: Law, count: int) -> np.ndarray:
    rng = np.random.default_rng(7)
    if isinstance(law, Bernoulli):
        return (rng.random(count) < law.share).astype(float)
    if isinstance(law, Layers):
        return rng.integers(0, 2, (count, len(law.weights))) @ np.array(law.weights)
    return rng.exponential(size=count)


@pytest.mark.parametrize("law", LAWS, ids=repr)
def test_moments_are_those_of_draws(law: Law) -> None:
    sample = draws(law, 200_000)
    assert sample.mean() == pytest.approx(law.mean, abs=5 * np.sqrt(law.variance / len(sample)))
    assert sample.var() == pytest.approx(law.variance, rel=0.03)


@pytest.mark.parametrize("law", LAWS, ids=repr)
@pytest.mark.parametrize("t", [-1.5, -0.2, 0.3, 0.45])
def test_the_generating_function_is_that_of_draws(law: Law, t: float) -> None:
    sample = draws(law, 400_000) - law.mean
    tilt = np.exp(t * sample)
    log, first, second = (float(c[0]) for c in law.cumulants(np.array([t])))
    assert log == pytest.approx(np.log(tilt.mean()), abs=0.02)
    mean = (sample * tilt).mean() / tilt.mean()
    assert first == pytest.approx(mean, abs=0.03 * np.sqrt(law.variance) + 0.03 * abs(mean))
    assert second == pytest.approx((sample**2 * tilt).mean() / tilt.mean() - mean**2, rel=0.08)


@pytest.mark.parametrize("law", LAWS, ids=repr)
def test_derivatives_are_derivatives(law: Law) -> None:
    t, h = np.array([-3.0, -0.5, 0.1, 0.5, 0.9]), 1e-6
    _, first, second = law.cumulants(t)
    above, below = law.cumulants(t + h), law.cumulants(t - h)
    assert first == pytest.approx((above[0] - below[0]) / (2 * h), abs=1e-6)
    assert second == pytest.approx((above[1] - below[1]) / (2 * h), abs=1e-4)
    nothing = law.cumulants(np.zeros(1))
    assert float(nothing[0][0]) == 0 and float(nothing[1][0]) == pytest.approx(0, abs=1e-12)
    assert float(nothing[2][0]) == pytest.approx(law.variance)


@pytest.mark.parametrize("law", [Bernoulli(0.25), Layers((1.0, 2.0))], ids=repr)
def test_bounded_laws_hold_at_any_tilt(law: Law) -> None:
    log, first, second = law.cumulants(np.array([-1e6, -2000.0, 2000.0, 1e6]))
    assert np.all(np.isfinite(log)) and np.all(np.isfinite(first)) and np.all(second >= 0)


@pytest.mark.parametrize("t", [1e-12, -1e-12, 1e-9])
@pytest.mark.parametrize("law", LAWS, ids=repr)
def test_nothing_is_lost_near_zero(law: Law, t: float) -> None:
    """A million pairs are summed at such tilts: log E is t^2 var / 2 there, to some digits or not at all above it."""
    log = float(law.cumulants(np.array([t]))[0][0])
    assert abs(log - t * t * law.variance / 2) <= 2e-16 * max(abs(t), 1e-16) * 50
