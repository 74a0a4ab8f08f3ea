from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.errors import BadSettings
from stillwatch.provenance.watermark.pairs import Texts
from stillwatch.provenance.watermark.radioactivity.expected import closed_evidence
from stillwatch.provenance.watermark.radioactivity.forecast import (
    BUDGETS,
    SHARES,
    Rates,
    forecast,
    least_share,
    rates_of,
    tries,
)
from stillwatch.provenance.watermark.radioactivity.looks import LOOKS
from stillwatch.provenance.watermark.schemes import Gumbel, Kgw, scheme_named

Chains = Callable[..., Any]
RATES = st.tuples(st.integers(0, 999), st.sampled_from([300, 1000]), st.floats(-12, -6)).map(
    lambda drawn: Rates(np.exp(np.random.default_rng(drawn[0]).normal(drawn[2], 2.0, drawn[1])))
)
LEVELS = st.sampled_from([1e-12, 1e-6, 1e-3, 0.05])


@settings(max_examples=60, deadline=None)
@given(RATES, LEVELS, st.integers(1, 10_000))
def test_more_share_and_more_text_are_never_worse(rates: Rates, level: float, keys: int) -> None:
    points = forecast(rates, Kgw(), level, keys=keys)
    assert [(p.tokens, p.share) for p in points] == [(tokens, share) for tokens in BUDGETS for share in SHARES]
    power = np.array([p.power for p in points]).reshape(len(BUDGETS), -1)
    median = np.array([p.log10_p for p in points]).reshape(len(BUDGETS), -1)
    assert np.all((power >= 0) & (power <= 1))
    assert np.all(median <= 0)
    assert np.all(np.diff(power, axis=1) >= -1e-12)
    assert np.all(np.diff(median, axis=1) <= 1e-9)
    # Each budget draws the weights of an honest student anew, so from one to the next the law itself moves a little.
    assert np.all(np.diff(power, axis=0) >= -0.05)
    assert np.all(np.diff(median, axis=0) <= 0.1 - 0.1 * median[:-1])
    assert {p.level for p in points} == {level}


@settings(max_examples=60, deadline=None)
@given(RATES, LEVELS, st.sampled_from([1, 1000]), st.sampled_from([0.5, 0.9]))
def test_least_share_is_the_inverse_of_the_forecast(rates: Rates, level: float, keys: int, chance: float) -> None:
    share = least_share(rates, Gumbel(), level, 50_000, keys=keys, chance=chance)

    def at(one: float) -> float:
        [point] = forecast(rates, Gumbel(), level, keys=keys, budgets=(50_000,), shares=(one,))
        return point.power

    if share is None:
        assert at(1.0) < chance
    else:
        assert at(share) >= chance - 1e-9
        assert share <= 0.0011 or at(share - 0.001) < chance


def test_the_median_is_even_odds_at_its_own_level() -> None:
    rates = Rates(np.full(200, 1e-3))
    [point] = forecast(rates, Kgw(), 1e-6, budgets=(20_000,), shares=(0.5,))
    [again] = forecast(rates, Kgw(), 10.0**point.log10_p, budgets=(20_000,), shares=(0.5,))
    assert point.log10_p < -6 < 10 * point.power
    assert again.power == pytest.approx(0.5, abs=1e-3)


def test_no_rates_promise_nothing() -> None:
    points = forecast(Rates(np.zeros(0)), Kgw(), 1e-6)
    assert all(p.power == pytest.approx(1e-6 / len(LOOKS), rel=1e-3) for p in points)
    assert least_share(Rates(np.zeros(0)), Kgw(), 1e-6, 50_000) is None


@pytest.mark.parametrize("level", [0.0, 1.0, -1.0, 2.0])
def test_a_level_is_a_probability(level: float) -> None:
    with pytest.raises(BadSettings, match="between 0 and 1"):
        forecast(Rates(np.ones(1)), Kgw(), level)


def test_an_engines_scheme_has_a_forecast_too() -> None:
    rates = Rates(np.full(500, 1e-3))
    for name, width in (("hf-synthid", 4), ("vllm-gumbel", 4), ("hf-kgw:vocabulary=64", 1)):
        points = forecast(rates, scheme_named(name), 1e-6, budgets=(200_000,))
        own = forecast(rates, Kgw(width=width), 1e-6, budgets=(200_000,))
        # What was never measured promises no more than what was, but for the law of its values.
        assert all(p.log10_p >= 1.2 * o.log10_p for p, o in zip(points, own, strict=True))
        assert points[-1].power > 100 * points[0].power


def test_wider_contexts_are_inherited_less() -> None:
    rates = Rates(np.full(4000, 2e-4))
    for scheme in (Kgw, Gumbel):
        shares = [least_share(rates, scheme(width=width), 1e-6, 200_000) or 2.0 for width in (1, 2, 4)]
        assert 1.5 * shares[0] < shares[1] < shares[2]


def test_a_gumbel_mark_saturates_sooner() -> None:
    rates = Rates(np.full(4000, 2e-4))
    gain = []
    for scheme in (Kgw(), Gumbel()):
        low, high = forecast(rates, scheme, 1e-6, budgets=(50_000,), shares=(0.05, 1.0))
        gain.append(high.log10_p / low.log10_p)
    assert gain[0] > gain[1] > 1


def test_how_many_tries_there_are() -> None:
    assert tries([]) == tries(["account"]) == 1
    assert tries(["account"] * 7) == 7
    assert tries(["provider", "cohort", "cohort", *["account"] * 5]) == 15


def test_rates_are_those_of_the_reference(plain: Any, chain: Chains) -> None:
    evidence = closed_evidence(chain(plain).write(200, 60, seed=1), chain(plain), 1)
    rates = rates_of(evidence).rates
    assert np.all(rates > 0)
    # Every written position with a context brings one pair: 59 of 60 tokens.
    assert rates.sum() == pytest.approx(59 / 60, abs=0.01)
    assert len(rates_of(closed_evidence(Texts.of([[1], [2]]), chain(plain), 1)).rates) == 0


def test_a_short_text_promises_no_more_than_a_long_one(plain: Any, chain: Chains) -> None:
    """Contexts of four tokens: nearly every one of a short text is new, and would not come again."""

    def share(documents: int) -> float:
        texts = chain(plain).write(documents, 60, seed=documents)
        rates = rates_of(closed_evidence(texts, chain(plain), 4))
        return least_share(rates, Kgw(width=4), 1e-3, 50_000) or 2.0

    assert share(20) > 0.9 * share(400)
