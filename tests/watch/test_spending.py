from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from stillwatch.campaigns import DAYS_A_MONTH, cut_offs
from stillwatch.watch.spending import EPOCH, Allowance, microseconds, new_days

Make = Callable[..., Allowance]
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def test_the_log_is_spent_once() -> None:
    assert new_days(0.0, NOON, NOON + timedelta(hours=6), 1) == (0.25, 0.25)
    assert new_days(0.25, NOON, NOON + timedelta(days=1), 2) == (1.0, 0.75)
    assert new_days(1.0, NOON - timedelta(days=1), NOON + timedelta(days=1), 3) == (2.0, 1.0)  # an older log came late
    assert new_days(2.0, NOON, NOON + timedelta(days=1), 2) == (2.0, 0.0)  # nothing is given back
    assert new_days(0.0, None, None, 0) == (0.0, 0.0)


def test_a_row_whose_clock_was_wrong_spends_a_day_and_not_its_years() -> None:
    length, spent = new_days(2.0, NOON, NOON + timedelta(days=20_000), 4)
    assert (length, spent) == (4.0, 2.0)
    assert new_days(length, NOON, NOON + timedelta(days=20_000), 5) == (5.0, 1.0)  # the next day has its share


def test_microseconds_are_exact() -> None:
    at = EPOCH + timedelta(days=20_000, microseconds=1)
    assert microseconds(at) == 20_000 * 86_400_000_000 + 1


@pytest.mark.parametrize("judged", [1, 8])
@pytest.mark.parametrize("budget", [0.2, 1.0])
def test_one_look_has_the_cut_offs_of_a_scan(judged: int, budget: float) -> None:
    days, tests = 9.0, 40
    cuts = cut_offs(budget=budget, days=days, tests=tests, judged=judged, accounts=5000, linked_share=0.01)
    facts = {
        "budget": {
            "allowed_here": cuts.allowed,
            "p_cut": math.exp(cuts.log_p),
            "log_lr_cut": cuts.log_lr,
            "log_lr_cut_kernel": cuts.log_lr_kernel,
        }
    }
    look = Allowance.of(facts, budget, days)
    assert look.tests == pytest.approx(tests)
    for origin, cut in (("toolkit", cuts.log_lr), ("owner", cuts.log_lr), ("kernel", cuts.log_lr_kernel)):
        assert look.harvests(look.share(origin, cut + 1e-9))
        assert not look.harvests(look.share(origin, cut - 1e-9))
    assert look.coordinated(math.exp(cuts.log_p) * (1 - 1e-9))
    assert not look.coordinated(math.exp(cuts.log_p) * (1 + 1e-6))
    assert look.coordinated(0.0)


def test_a_look_without_new_log_gives_nothing(allowance: Make) -> None:
    look = allowance(0.0)
    assert look.share("toolkit", 30.0) == 0.0
    assert not look.coordinated(1e-300)


def test_constant_evidence_is_worth_the_same_in_one_look_and_in_many(allowance: Make) -> None:
    whole = allowance(30.0).share("toolkit", 5.0)
    assert sum(allowance(days).share("toolkit", 5.0) for days in (1.0, 4.0, 0.5, 24.5)) == pytest.approx(whole)
    assert allowance(1.0).share("toolkit", None) == 0.0


def test_over_a_year_of_looks_false_campaigns_stay_inside_the_budget(allowance: Make) -> None:
    """Honest groups that are tested every day, on data that hardly changes: their e-values have mean 1, heavy tails and
    any dependence. A cut-off of its own month for each look would let many times the budget through."""
    draw = np.random.default_rng(3)
    years, days, groups, budget = 60, 365, 20, 1.0
    looks = allowance(1.0, budget=budget, judged=float(groups))
    # An e-value that is 1 / u for u < 1 / 20, taken as it is every day with probability 0.9, else drawn anew.
    carried = np.zeros((years, groups))
    worst = np.zeros((years, groups))
    value = np.zeros((years, groups))
    for day in range(days):
        fresh = 0.5 / np.sqrt(draw.random((years, groups)))  # mean 1, tail ~ x^-2
        value = np.where((draw.random((years, groups)) < 0.9) & (day > 0), value, fresh)
        share = looks.months / looks.judged
        carried += share * value
        worst = np.maximum(worst, value)
    raised = (carried >= 2 / budget).sum(axis=1)
    months = days / DAYS_A_MONTH
    assert raised.mean() <= budget / 2 * months
    naive = (worst >= 2 * groups / budget).sum(axis=1)  # each look with a month's own cut-off
    assert naive.mean() > raised.mean()
    assert looks.share("toolkit", math.log(2.0)) == pytest.approx(2.0 * share)
