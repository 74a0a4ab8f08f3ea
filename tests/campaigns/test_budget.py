import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from stillwatch.campaigns.budget import DAYS_A_MONTH, cut_offs, q_values


def cuts(**more: float):  # type: ignore[no-untyped-def]
    given = {"budget": 1.0, "days": DAYS_A_MONTH, "tests": 50, "judged": 40, "accounts": 30_000, "linked_share": 0.01}
    return cut_offs(**{**given, **more})  # type: ignore[arg-type]


def test_a_month_of_log_may_cost_one_months_budget() -> None:
    assert cuts().allowed == pytest.approx(1.0)
    assert cuts(days=DAYS_A_MONTH / 2).allowed == pytest.approx(0.5)


def test_half_the_budget_goes_to_each_way_of_being_wrong() -> None:
    found = cuts()
    assert 50 * math.exp(found.log_p) == pytest.approx(0.5)
    assert 40 * math.exp(-found.log_lr) == pytest.approx(0.5)
    assert 150 * math.exp(-found.log_lr_kernel) == pytest.approx(0.5)


@given(st.floats(0.01, 10), st.floats(0.01, 10))
@settings(deadline=None, max_examples=50)
def test_a_larger_budget_never_asks_for_more(one: float, other: float) -> None:
    low, high = cuts(budget=min(one, other)), cuts(budget=max(one, other))
    assert high.log_p >= low.log_p and high.log_lr <= low.log_lr and high.log_lr_kernel <= low.log_lr_kernel


def test_a_kernel_is_never_cheaper_than_a_group() -> None:
    assert cuts(accounts=10).log_lr_kernel >= cuts(accounts=10).log_lr


@given(st.lists(st.floats(1e-12, 1.0), min_size=1, max_size=30))
@settings(deadline=None, max_examples=60)
def test_without_decoys_it_is_benjamini_and_hochberg(p: list[float]) -> None:
    expected = stats.false_discovery_control(p, method="bh")
    np.testing.assert_allclose(q_values(np.log(p), np.log(p), np.empty(0)), expected, rtol=1e-9)


def test_decoys_raise_what_they_reach() -> None:
    log_p = np.log([1e-30, 1e-6])
    q = q_values(log_p, log_p, decoys=np.log([1e-7, 1e-2]))
    assert q[0] < 1e-20
    assert q[1] == pytest.approx(0.5)  # one decoy as surprising, two real ones


def test_an_owner_is_a_fact() -> None:
    assert q_values(np.array([-np.inf]), np.log([0.5]), np.empty(0))[0] == 0.0
    assert len(q_values(np.empty(0), np.empty(0), np.empty(0))) == 0


def test_one_number_joins_both_ways_in_the_unit_of_the_budget() -> None:
    cuts = cut_offs(budget=1.0, days=DAYS_A_MONTH, tests=40, judged=20, accounts=10_000, linked_share=0.02)
    at_the_cut = cuts.false_per_month(math.exp(cuts.log_p), cuts.log_lr, picked=False)
    assert at_the_cut == pytest.approx(1.0)  # exactly the budget
    assert cuts.false_per_month(0.0, cuts.log_lr_kernel, picked=True) == pytest.approx(0.5)
    assert cuts.false_per_month(0.0, None, picked=False) is None
    longer = cut_offs(budget=1.0, days=2 * DAYS_A_MONTH, tests=40, judged=20, accounts=10_000, linked_share=0.02)
    assert longer.false_per_month(1e-3, 5.0, picked=False) == pytest.approx(
        cuts.false_per_month(1e-3, 5.0, picked=False) / 2  # type: ignore[operator]
    )
