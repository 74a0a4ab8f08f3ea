from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.signals.windows import Capital, Spending, e_value, e_value_of_sizes


def test_e_values_have_mean_one_at_most_under_the_null() -> None:
    for among in (20, 1000):
        p_values = np.arange(1, among + 1) / among  # ranks: each as likely
        assert np.mean([e_value(p_value) for p_value in p_values.tolist()]) <= 1
    assert e_value(0.0001) > 50 > e_value(0.01) > 4 > 1 > e_value(0.5)


def test_sizes_share_one_e_value() -> None:
    assert e_value_of_sizes([0.01, None, 0.4]) == pytest.approx((e_value(0.01) + e_value(0.4)) / 2)
    assert e_value_of_sizes([None]) is None


@given(st.lists(st.one_of(st.none(), st.floats(0, 50)), max_size=400), st.integers(1, 400))
@settings(max_examples=40, deadline=None)
def test_spending_never_gives_more_than_the_greatest_look(values: list[float | None], horizon: int) -> None:
    spending = Spending(horizon)
    totals = [spending.look(value) for value in values]
    assert totals == sorted(totals)
    assert spending.total <= max([value for value in values if value is not None], default=0.0) + 1e-9


def test_spending_spends_all_of_it_and_stops() -> None:
    spending = Spending(30)
    for _ in range(30):
        spending.look(2.0)
    assert spending.total == pytest.approx(2.0)
    assert spending.look(1000.0) == pytest.approx(2.0)


def test_spending_sees_a_newcomer_soon_and_a_late_turn_in_time() -> None:
    new, late = Spending(), Spending()
    soon = next(day for day in range(1, 366) if new.look(100.0) > 20)
    for day in range(1, 366):
        late.look(0.6 if day < 200 else 400.0)
        if late.alarms(0.05):
            break
    assert soon == 1
    assert 200 < day < 260


def test_a_lasting_quirk_does_not_add_up() -> None:
    """One honest tenant in fifty is this far out, every day: multiplied it alarms, spent it never does."""
    spending, capital = Spending(), Capital()
    for _ in range(365):
        spending.look(e_value(0.02))
        capital.look(e_value(0.02))
    assert not spending.alarms(0.05)
    assert capital.alarms(0.05)


def test_capital_keeps_villes_promise_where_looks_are_fresh() -> None:
    random = np.random.default_rng(1)
    alarmed = 0
    for _ in range(300):
        capital = Capital()
        for p_value in random.integers(1, 101, 200) / 100:
            capital.look(e_value(float(p_value)))
        alarmed += capital.alarms(0.1)
    assert alarmed <= 45  # of 300 at 0.1: more than 45 happen once in 400 times even at the very bound


def test_capital_remembers_and_leaves_unjudged_looks_out() -> None:
    capital = Capital()
    assert capital.look(math.e**3) == pytest.approx(3)
    assert capital.look(None) == pytest.approx(3)
    assert capital.look(0.0) == -math.inf
    assert capital.alarms(0.05)
    assert capital.looks == 3
