from __future__ import annotations

import numpy as np
import pytest

from stillwatch.provenance.watermark.laws import Bernoulli, Exponential, Layers
from stillwatch.provenance.watermark.tracing.tilts import Tilt, tilt_of

PROBABILITY = np.array([0.002, 0.05, 0.3, 0.7, 1.0])


@pytest.mark.parametrize("strength", [None, 2.0, 0.5])
def test_green_lists_tilt_as_the_formula_says(strength: float | None) -> None:
    tilt = tilt_of(Bernoulli(0.25), PROBABILITY, strength)
    assert tilt is not None
    green, red = tilt.excess(np.ones(5)), tilt.excess(np.zeros(5))
    lift = np.inf if strength is None else np.exp(strength)
    rest = 1.0 if strength is None else 1 + 0.25 * (lift - 1)
    wanted = 1 / (0.3 + 0.7 * 0.25) if strength is None else lift / (0.3 * lift + 0.7 * rest) - 1 / (0.3 + 0.7 * rest)
    assert green[2] - red[2] == pytest.approx(wanted)
    assert 0.25 * green + 0.75 * red == pytest.approx(np.zeros(5))
    assert tilt.variance == pytest.approx(0.25 * 0.75 * (green - red) ** 2)


def test_gumbel_tilts_have_mean_0_and_the_variance_told() -> None:
    tilt = tilt_of(Exponential(), PROBABILITY)
    assert tilt is not None
    u = (np.arange(200_000) + 0.5) / 200_000
    for place, p in enumerate(PROBABILITY):
        one = Tilt(Exponential(), np.full(len(u), p))
        excess = one.excess(-np.log1p(-u))
        assert np.mean(excess) == pytest.approx(0, abs=2e-3 / p)
        assert np.mean(excess**2) == pytest.approx(tilt.variance[place], rel=0.05, abs=1e-9)
        assert np.abs(excess * one.weight).max() <= 1 + 1e-9


def test_a_gumbel_tilt_is_what_the_argmax_draws() -> None:
    random = np.random.default_rng(2)
    p = np.array([0.5, 0.3, 0.2])
    u = random.random((200_000, 3))
    drawn = (np.log(u) / p).argmax(1) == 1
    near = np.abs(u[:, 1] - 0.9) < 0.02
    tilt = Tilt(Exponential(), np.full(1, 0.3))
    assert 0.3 * (1 + tilt.excess(-np.log1p(-np.array([0.9])))[0]) == pytest.approx(drawn[near].mean(), abs=0.02)


def test_layers_have_no_formula() -> None:
    assert tilt_of(Layers((1.0, 1.0)), PROBABILITY) is None
