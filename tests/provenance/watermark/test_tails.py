from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, gamma

from stillwatch.provenance.watermark.laws import Bernoulli, Exponential, Law, Layers
from stillwatch.provenance.watermark.tails import Tail, rounded

# Never near 0, and drawn so (not filtered out): long lists of filtered draws exhaust the search now and then.
Weight = st.builds(math.copysign, st.floats(0.01, 5), st.sampled_from([-1.0, 1.0]))
Weights = st.lists(Weight, min_size=30, max_size=200).map(np.array)


def convolved(weights: list[int], share: float) -> np.ndarray:
    """The exact law of a sum of whole weights over Bernoulli values, from 0 to its largest."""
    law = np.array([1.0])
    for w in weights:
        longer = np.zeros(len(law) + w)
        longer[: len(law)] += (1 - share) * law
        longer[w:] += share * law
        law = longer
    return law


@pytest.mark.parametrize(("law", "exact"), [
    (Bernoulli(0.25), lambda x, n: binom.sf(x - 1, n, 0.25)),
    (Exponential(), lambda x, n: gamma.sf(x, n)),
    (Layers((1.0,) * 3), lambda x, n: binom.sf(x - 1, 3 * n, 0.5)),
], ids=["binomial", "gamma", "layers"])  # fmt: skip
def test_equal_weights_are_exact(law: Law, exact: object) -> None:
    n, w = 40, 2.5
    tail = Tail(np.full(n, w), law)
    sums = np.array([8.0, 12.0, 20.0, 25.0, 35.0])
    p = exact(sums, n)  # type: ignore[operator]
    assert tail.log10_p(w * (sums - n * law.mean)) == pytest.approx(np.log10(p), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("seed", range(3))
def test_the_saddlepoint_meets_exact_convolution_far_out(seed: int) -> None:
    """Unequal weights of green pairs, down to 1e-30: within 6 % of log p, half a step of the lattice either way."""
    rng = np.random.default_rng(seed)
    weights = rng.integers(1, 9, 300).tolist()
    law = convolved(weights, 0.25)
    above = np.cumsum(law[::-1])[::-1]
    tail = Tail(np.array(weights, float), Bernoulli(0.25))
    for p in (0.3, 1e-2, 1e-4, 1e-8, 1e-16, 1e-30):
        x = int(np.searchsorted(-above, -p))
        between = math.log10(0.5 * (above[x] + above[x + 1]))
        assert float(tail.log10_p(x - 0.25 * sum(weights))[0]) == pytest.approx(between, rel=0.01, abs=0.02)


@pytest.mark.parametrize("law", [Bernoulli(0.25), Exponential(), Layers((2.0, 1.0, 0.5))], ids=repr)
def test_the_saddlepoint_meets_simulation(law: Law) -> None:
    rng = np.random.default_rng(3)
    weights = np.concatenate([rng.exponential(size=80), -rng.exponential(size=40)])
    shape = (20_000, len(weights))
    if isinstance(law, Bernoulli):
        values = (rng.random(shape) < law.share).astype(np.float64)
    elif isinstance(law, Exponential):
        values = rng.exponential(size=shape)
    else:
        values = sum(w * rng.integers(0, 2, shape) for w in law.weights)
    totals = (values - law.mean) @ weights
    p = 10.0 ** Tail(weights, law).log10_p(totals)
    for level in (0.9, 0.5, 0.1, 0.01, 0.001):
        share = float(np.mean(p <= level))
        assert abs(share - level) < 5 * math.sqrt(level * (1 - level) / shape[0]) + 0.02 * level


@pytest.mark.parametrize("law", [Bernoulli(0.25), Exponential(), Layers((1.0,) * 30)], ids=repr)
def test_one_formula_meets_the_other_where_weights_hardly_differ(law: Law) -> None:
    equal = np.ones(2000)
    nearly = equal + 1e-5 * (np.arange(2000) % 20)
    totals = Tail(equal, law).deviation * np.array([-2.0, 0.5, 3.0, 8.0, 20.0])
    close = Tail(nearly, law).log10_p(totals)
    assert close == pytest.approx(Tail(equal, law).log10_p(totals), rel=0.02, abs=0.02)


def test_tails_go_on_where_floats_end() -> None:
    n = 20_000
    tail = Tail(np.ones(n), Bernoulli(0.25))
    log10_p = tail.log10_p(np.array([0.3, 0.4, 0.6, 0.75]) * n)
    assert np.all(np.isfinite(log10_p)) and np.all(np.diff(log10_p) <= 0) and log10_p[1] < -700
    assert Tail(np.ones(n), Exponential()).log10_p(1.0 * n)[0] < -700


def test_beyond_the_largest_sum_nothing_is_possible() -> None:
    tail = Tail(np.ones(3), Bernoulli(0.25))
    assert tail.log10_p(3 * 0.75)[0] == pytest.approx(3 * math.log10(0.25))
    assert tail.log10_p(4.0)[0] == -math.inf


@settings(max_examples=15, deadline=None)
@given(Weights, st.sampled_from([Bernoulli(0.25), Bernoulli(0.5), Exponential()]))
def test_p_falls_as_totals_rise_and_stays_a_probability(weights: np.ndarray, law: Law) -> None:
    tail = Tail(weights, law)
    log10_p = tail.log10_p(np.linspace(-60, 60, 200) * tail.deviation)
    assert np.all(np.isfinite(log10_p)) and np.all(log10_p <= 0) and np.all(np.diff(log10_p) <= 1e-9)
    assert tail.dominance <= 1.0


@settings(max_examples=15, deadline=None)
@given(Weights, st.floats(0.1, 100), st.randoms())
def test_neither_scale_nor_order_nor_zeros_matter(weights: np.ndarray, scale: float, order: object) -> None:
    tail = Tail(weights, Exponential())
    other = np.concatenate([weights * scale, np.zeros(7)])
    order.shuffle(other)  # type: ignore[attr-defined]
    totals = tail.deviation * np.array([-1.0, 0.0, 2.0, 6.0])
    assert Tail(other, Exponential()).log10_p(scale * totals) == pytest.approx(tail.log10_p(totals), abs=1e-6)


def test_copies_are_further_pairs_of_the_same_weight() -> None:
    weights = np.array([1.0, 2.0, 0.5] * 20)
    whole, copied = Tail(np.tile(weights, 4), Bernoulli(0.25)), Tail(weights, Bernoulli(0.25), copies=4)
    assert copied.deviation == pytest.approx(whole.deviation)
    assert copied.log10_p(20.0) == pytest.approx(whole.log10_p(20.0))


def test_nothing_to_score_shows_nothing() -> None:
    for weights in (np.zeros(0), np.zeros(5)):
        tail = Tail(weights, Exponential())
        assert tail.log10_p(np.array([0.0, 3.0])).tolist() == [0.0, 0.0]
        assert tail.dominance == tail.deviation == 0.0


def test_quantiles_turn_tails_round() -> None:
    tail = Tail(np.linspace(0.5, 2, 400), Exponential())
    for p in (0.3, 1e-3, 1e-9):
        assert tail.log10_p(tail.quantile(p))[0] == pytest.approx(math.log10(p), rel=0.01, abs=0.01)


def test_rounding_keeps_eight_binary_digits() -> None:
    weights = np.random.default_rng(0).exponential(size=100_000) * np.where(np.arange(100_000) % 2, 1, -1)
    made = rounded(weights)
    assert np.max(np.abs(made / weights - 1)) <= 1 / 256
    assert len(np.unique(made)) < 6000
