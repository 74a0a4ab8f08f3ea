from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from stillwatch.signals.account_synchrony import AccountSynchrony
from stillwatch.testing import check_signal

SIGNAL = AccountSynchrony()


@pytest.mark.parametrize("case", ["fires", "quiet", "blind"])
def test_cases(case: str, judge_case: Any, verdict: Any) -> None:
    expected, judgement = judge_case(SIGNAL, case)
    assert expected == case
    assert verdict(judgement) == expected, judgement.text


def test_keeps_the_contract() -> None:
    check_signal(SIGNAL)


def correlation(active: np.ndarray, rhythm: np.ndarray) -> float:
    """The mean correlation of all pairs, made pair by pair, over accounts by hours; `rhythm` is each account's own."""
    residual = active - active.sum(axis=1, keepdims=True) * rhythm
    pairs = sum(
        residual[one] @ residual[other] for one in range(len(active)) for other in range(len(active)) if one != other
    )
    return float(pairs / (residual**2).sum() / (len(active) - 1))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_closed_form_is_what_all_pairs_come_to(group_value: Any, seed: int) -> None:
    random = np.random.default_rng(seed)
    active = random.random((30, 48)) < (0.3 + random.random((30, 1))) * random.random(48)
    rows = [{"account": account, "at": int(hour), "country": "US"} for account, hour in np.argwhere(active)]
    everybody = active.sum(axis=0) / active.sum()
    found = group_value(SIGNAL, rows, list(range(9)))
    assert found == pytest.approx(correlation(active[:9].astype(float), everybody), abs=1e-5)


def test_countries_keep_their_own_hours(group_value: Any) -> None:
    """Two countries of 200 accounts on opposite halves of the day: within each, nobody is synchronous."""
    rows = []
    for account in range(400):
        half = account % 2
        for turn in range(3):
            hour = 12 * half + (account * 5 + turn * 7) % 12
            rows.append({"account": account, "at": hour, "country": ("US", "JP")[half]})
    members = list(range(0, 60, 2))
    people = {account: {"billing_country": ("US", "JP")[account % 2]} for account in range(400)}
    assert group_value(SIGNAL, rows, members, people=people) == pytest.approx(0, abs=0.05)
    nowhere: dict[int, dict[str, Any]] = {account: {"billing_country": None} for account in range(400)}
    unknown = [row | {"country": None} for row in rows]
    assert group_value(SIGNAL, unknown, members, people=nowhere) > 0.1


def test_more_requests_in_an_hour_change_nothing(group_value: Any) -> None:
    rows = [{"account": account, "at": (account * 3 + turn) % 24} for account in range(20) for turn in range(4)]
    once = group_value(SIGNAL, rows, list(range(8)))
    assert group_value(SIGNAL, rows + rows[:40], list(range(8))) == pytest.approx(once)
