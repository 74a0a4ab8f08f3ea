from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import gamma, kstest

from stillwatch.provenance.watermark.laws import Bernoulli, Exponential
from stillwatch.provenance.watermark.tails import Tail
from stillwatch.provenance.watermark.tracing.pooling import TRUNCATED_AT, pooled, truncated_product


def test_keys_with_equal_weights_are_one_exact_sum() -> None:
    weights, totals = np.ones(50), np.array([9.0, 12.0, 4.0])
    z, log10_p = pooled(totals, weights, Exponential())
    assert log10_p == pytest.approx(gamma.logsf(25 + 150, 150) / np.log(10), rel=1e-9)
    assert z == pytest.approx(25 / np.sqrt(150))


@pytest.mark.parametrize("law", [Bernoulli(0.25), Exponential()])
def test_pooled_p_values_of_wrong_keys_are_uniform(law: Bernoulli | Exponential) -> None:
    random = np.random.default_rng(3)
    weights = random.standard_normal(60) * random.integers(1, 4, 60)
    shape = (1500, 6, 60)
    values = random.random(shape) < 0.25 if isinstance(law, Bernoulli) else random.exponential(size=shape)
    totals = (values - law.mean) @ weights
    one = Tail(weights, law, copies=6)
    log10_p = one.log10_p(totals.sum(1))
    assert [pooled(row, weights, law)[1] for row in totals[:3]] == pytest.approx(log10_p[:3].tolist())
    assert kstest(10**log10_p, "uniform").pvalue > 0.01
    assert np.std(totals.sum(1)) / one.deviation == pytest.approx(1, abs=0.06)


def test_many_weak_keys_pool_to_much_more_than_the_best() -> None:
    weights = np.linspace(-2, 2, 4000)
    tail = Tail(weights, Bernoulli(0.25))
    totals = np.full(8, 3.0 * tail.deviation)
    z, log10_p = pooled(totals, weights, Bernoulli(0.25))
    assert z == pytest.approx(3 * np.sqrt(8))
    assert -18 < log10_p < -16 and float(tail.log10_p(totals)[0]) > -3.2


def test_truncated_product_is_uniform_where_it_says_anything() -> None:
    random = np.random.default_rng(4)
    p = np.array([10 ** truncated_product(np.log10(random.random(20))) for _ in range(1500)])
    none = (1 - TRUNCATED_AT) ** 20
    assert np.mean(p == 1) == pytest.approx(none, abs=0.03)
    for bar in (0.3, 0.1, 0.01):
        assert np.mean(p <= bar) == pytest.approx(bar, abs=4 * np.sqrt(bar / 1500))


def test_truncated_product_sees_one_strong_key_and_reaches_far() -> None:
    lone = np.concatenate([[-40.0], np.log10(np.linspace(0.1, 0.9, 99))])
    assert -9 < truncated_product(lone) < -8  # as many mild ones would make the same product
    assert truncated_product(np.full(300, -50.0)) < -10_000
    assert truncated_product(np.array([-3.0, -4.0])) <= truncated_product(np.array([-3.0, -3.5])) < -3
    assert truncated_product(np.array([])) == 0.0 and truncated_product(np.log10([0.5, 0.06])) == 0.0
    assert truncated_product(np.full(5000, np.log10(0.04))) < -1000
