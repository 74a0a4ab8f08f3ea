from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from stillwatch.signals.round_robin import RoundRobin
from stillwatch.testing import check_signal

SIGNAL = RoundRobin()


@pytest.mark.parametrize("case", ["fires", "quiet", "blind"])
def test_cases(case: str, judge_case: Any, verdict: Any) -> None:
    expected, judgement = judge_case(SIGNAL, case)
    assert expected == case
    assert verdict(judgement) == expected, judgement.text


def test_keeps_the_contract() -> None:
    check_signal(SIGNAL)


def sent(order: list[int], per_hour: int) -> list[dict[str, Any]]:
    """A merged stream: the accounts in the order of their requests, so many an hour."""
    return [{"account": account, "at": place / per_hour} for place, account in enumerate(order)]


def test_strict_turns_lie_near_minus_one(group_value: Any) -> None:
    assert group_value(SIGNAL, sent(list(range(10)) * 48, 20), list(range(10))) == pytest.approx(-1, abs=0.02)


def test_chance_is_zero(group_value: Any) -> None:
    order = np.random.default_rng(4).integers(0, 10, 4800).tolist()
    assert group_value(SIGNAL, sent(order, 5), list(range(10))) == pytest.approx(0, abs=0.2)


def test_people_lie_above(group_value: Any) -> None:
    random = np.random.default_rng(5)
    order = random.choice(10, 4800, p=random.dirichlet(np.ones(10))).tolist()
    found = group_value(SIGNAL, sent(order, 50), list(range(10)))
    shares = np.bincount(order, minlength=10) / 4800
    # The squared coefficient of variation of the accounts' loads, as at every width.
    assert found == pytest.approx(float(shares.var() / shares.mean() ** 2), rel=0.3)


def test_a_pause_of_the_whole_pool_leaves_turns_turns(group_value: Any) -> None:
    rows = sent(list(range(10)) * 48, 20)
    rows = [row | {"at": row["at"] + (5.5 if row["at"] > 8 else 0)} for row in rows]
    assert group_value(SIGNAL, rows, list(range(10))) < -0.8


def test_sparse_days_cannot_be_measured(group_value: Any) -> None:
    assert group_value(SIGNAL, sent(list(range(10)) * 3, 10), list(range(10))) is None
