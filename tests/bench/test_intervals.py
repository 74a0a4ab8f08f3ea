from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from stillwatch.bench.intervals import mean, median, rate, share


def test_known_intervals() -> None:
    none = share(0, 20)
    assert (none.value, none.low) == (0.0, 0.0)
    assert none.high == pytest.approx(0.1684, abs=1e-4)
    assert share(20, 20).low == pytest.approx(1 - 0.1684, abs=1e-4)
    silent = rate(0, 10.0)
    assert silent.high == pytest.approx(0.36889, abs=1e-4)
    assert rate(5, 1.0).low == pytest.approx(1.6235, abs=1e-3)


@given(st.integers(1, 60), st.data())
@settings(max_examples=40, deadline=None)
def test_an_exact_interval_ends_where_the_tail_is_a_fortieth(of: int, data: st.DataObject) -> None:
    hits = data.draw(st.integers(1, of))
    found = share(hits, of)
    assert found.low is not None and found.high is not None and found.value is not None
    assert found.low <= found.value <= found.high
    assert stats.binom.sf(hits - 1, of, found.low) == pytest.approx(0.025, abs=1e-6)


def test_the_bootstrap_covers_about_as_often_as_it_says() -> None:
    random = np.random.default_rng(3)
    inside = 0
    for trial in range(200):
        found = mean(list(random.normal(0.0, 1.0, 20)), seed=trial)
        assert found.low is not None and found.high is not None
        inside += found.low <= 0.0 <= found.high
    assert 170 <= inside <= 199


def test_a_world_alone_has_no_interval_and_none_has_no_value() -> None:
    assert mean([0.5]).low is None
    assert mean([]).value is None
    assert share(0, 0).value is None
    assert rate(3, 0.0).value is None


def test_a_median_of_what_was_never_seen_is_not_made_up() -> None:
    assert median([6, 12, None]).value == 12
    later = median([6.0, None, None])
    assert later.value is None
    assert later.low == 6.0
    assert later.n == 3
    assert median([6, 12, 24, 48]).value == 12
