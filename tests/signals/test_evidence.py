from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.signals.evidence import log_e, rank, ranks

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
