from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.signals.evidence import Spread, log_e, rank, ranks

VALUES = st.lists(st.integers(-5, 5), min_size=1, max_size=40)


def test_log_e_is_the_calibrator() -> None:
    assert float(log_e(1.0)) == pytest.approx(math.log(0.5), abs=1e-6)
    for p in (0.9, 0.3, 0.01, 1e-4):  # the mean of k p^(k-1) over k, by quadrature
        k = (np.arange(20_000) + 0.5) / 20_000
        assert float(log_e(p)) == pytest.approx(math.log((k * p ** (k - 1)).mean()), abs=1e-4)
    assert np.isfinite(log_e(1e-300))
    assert (np.diff(log_e(np.linspace(1e-6, 1, 1000))) <= 1e-9).all()


def test_an_e_value_has_mean_at_most_one_under_the_null() -> None:
    for tenants in (50, 1000):
        p_values = np.arange(1, tenants + 2) / (tenants + 1)
        assert np.exp(log_e(p_values)).mean() <= 1


@settings(max_examples=60, deadline=None)
@given(tenants=VALUES, value=st.integers(-5, 5), left_out=st.integers(0, 10), tail=st.sampled_from(["upper", "lower"]))
def test_rank_counts_ties_as_far_out(tenants: list[int], value: int, left_out: int, tail: str) -> None:
    excluded, kept = tenants[:left_out], tenants[left_out:]
    extreme = sum(one >= value if tail == "upper" else one <= value for one in kept)
    found = rank(value, np.sort(np.array(tenants, float)), np.array(excluded, float), tail=tail)
    assert (found.extreme, found.tenants) == (extreme, len(kept))
    assert found.p_value == pytest.approx((1 + extreme) / (1 + len(kept)))


@settings(max_examples=60, deadline=None)
@given(values=VALUES, tail=st.sampled_from(["upper", "lower"]))
def test_ranks_agrees_with_rank_of_each_among_the_others(values: list[int], tail: str) -> None:
    array = np.array([*values, np.nan], float)
    found = ranks(array, tail=tail)
    assert np.isnan(found[-1])
    for place, value in enumerate(values):
        others = np.sort(np.array(values[:place] + values[place + 1 :], float))
        assert found[place] == pytest.approx(rank(value, others, np.array([]), tail=tail).p_value)


def mean_e_value(values: list[float], tail: str = "upper") -> float:
    """Over exchangeable units: each in turn against all others."""
    units = np.array(values)
    found = []
    for place, value in enumerate(units):
        ordered = np.sort(np.delete(units, place))
        p_value = rank(value, ordered, np.empty(0), tail=tail).p_value
        found.append(np.exp(Spread(ordered, tail=tail).weight(p_value)))
    return float(np.mean(found))


@settings(max_examples=60, deadline=None)
@given(
    events=st.integers(0, 30),
    size=st.integers(60, 150),
    kinds=st.integers(1, 20),
    tail=st.sampled_from(["upper", "lower"]),
)
def test_e_values_keep_mean_one_however_many_tenants_tie(events: int, size: int, kinds: int, tail: str) -> None:
    values = [float(place % kinds + 1) for place in range(events)] + [0.0] * (size - events)
    assert mean_e_value(values, tail) <= 1 + 1e-9


def test_ties_give_back_what_they_cost() -> None:
    none, few = np.zeros(400), np.concatenate([np.zeros(395), np.ones(5)])
    assert Spread(none).weight(1.0) > -0.2 > float(log_e(1.0))
    assert Spread(few).weight(6 / 401) - float(log_e(6 / 401)) > 0.3


def test_without_ties_nothing_changes() -> None:
    values = np.arange(400.0)
    for p_value in (1 / 401, 0.1, 1.0):
        assert Spread(values).weight(p_value) == pytest.approx(float(log_e(p_value)), abs=0.02)
